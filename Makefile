# GNU make.  Everything made is under build/.  "make help" lists the targets.

SHELL     = /bin/bash
B         = build
PORT      = 8443
MEDIA_PORT = 3478
SECS      = 60
NGINX_SRC = /usr/share/nginx/src
NGINX     = /usr/sbin/nginx

PACKAGES  = nginx nginx-dev libnginx-mod-stream libssl-dev libjansson-dev \
            libpcre2-dev zlib1g-dev gcc make openssl perl
TEST_PACKAGES = clang libclang-rt-14-dev llvm valgrind chromium firefox-esr \
            fonts-dejavu-core cppcheck $(shell command -v node > /dev/null \
            || echo nodejs) $(shell command -v npm > /dev/null || echo npm)

# a static libsrtp2 on OpenSSL, or the system's

ifneq ($(wildcard .ci/srtp),)
SRTP      = $(B)/srtp/lib/libsrtp2.a
SRTP_INC  = -I$(B)/srtp/include
SRTP_ENV  = NGX_SECMEET_SRTP=$(abspath $(B))/srtp
else
PACKAGES += libsrtp2-dev
SRTP_LIB  = -lsrtp2
endif

M         = ngx_secmeet_module
HEADERS   = $(shell find $(M) -name '*.h') $(wildcard t/unit/*.h t/peer/*.h)
LOWER     = $(wildcard $(M)/wire/*.c $(M)/engine/*.c $(M)/crypto/*.c)
UNITS     = $(patsubst t/unit/%.c,$(B)/unit/%,$(wildcard t/unit/*.c))
FUZZERS   = $(patsubst t/fuzz/fuzz_%.c,$(B)/fuzz/%,$(wildcard t/fuzz/*.c))
PEER      = $(if $(wildcard t/peer/*.c),$(B)/peer/peer)
TESTS     = $(wildcard t/*.t t/browser/*.t)
SERVED    = $(filter-out $(addprefix t/,style.t floors.t docs.t unit.t \
            fuzz.t js.t build.t),$(wildcard t/*.t))

INCS      = -I$(B)/nginx $(SRTP_INC) $(addprefix -I$(NGINX_SRC)/src/,core \
            event event/modules event/quic os/unix http http/modules stream)
WARN      = -Wall -Wextra -Wno-unused-parameter -Werror
LIBS      = $(SRTP) $(SRTP_LIB) -lssl -lcrypto -ljansson -lpthread
SAN       = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
            -fno-omit-frame-pointer
TINCS     = -I$(M) $(addprefix -I$(M)/,wire engine crypto) -It/unit
AUTO      = $(B)/nginx/Makefile

CC_unit   = gcc -g -O1 $(WARN) $(SAN)
CC_fuzz   = clang -g -O1 $(WARN) $(SAN) -fsanitize=fuzzer-no-link
CC_peer   = gcc -g -O2 $(WARN)


all build: $(B)/$(M).so			## the module (default)

help:					## this list
	@sed -n 's/^\([a-z ]*\):.*\t## \(.*\)/  \1\t\2/p' Makefile \
	    | expand -t 16

# nginx: configure with Debian's own flags, then its Makefile

define nginx
$(B)/$(1)/Makefile: config $(B)/sources $(SRTP)
	cd $(NGINX_SRC) && . ./conf_flags && $(SRTP_ENV) ./configure \
	    "$$$${NGX_CONF_FLAGS[@]}" --builddir=$(abspath $(B))/$(1) \
	    --with-cc-opt="$(2) -fPIC" --with-ld-opt="$(3) -fPIC" \
	    --add-dynamic-module=$(CURDIR) > $(abspath $(B))/$(1).log \
	    || { cat $(abspath $(B))/$(1).log; false; }

$(B)/$(1)/$(M).so: $(B)/$(1)/Makefile FORCE
	@$(MAKE) -s -C $(NGINX_SRC) -f $(abspath $(B))/$(1)/Makefile modules
endef

FLAGS    := $(shell dpkg-buildflags --get CFLAGS 2> /dev/null) \
            $(shell dpkg-buildflags --get CPPFLAGS 2> /dev/null)
LDFLAGS  := $(shell dpkg-buildflags --get LDFLAGS 2> /dev/null)

$(eval $(call nginx,nginx,$(FLAGS),$(LDFLAGS)))
$(eval $(call nginx,asan,-g -O1 $(SAN),$(SAN)))

$(B)/$(M).so: $(B)/nginx/$(M).so
	@cp --remove-destination $< $@

# changes only when a source file comes or goes

$(B)/sources: FORCE
	@mkdir -p $(B) && find $(M) -name '*.[ch]' | sort > $@.new
	@cmp -s $@.new $@ || cp $@.new $@

$(SRTP): .ci/srtp
	.ci/srtp $(B)/srtp

# the lower floors without nginx: unit tests, fuzz targets, the test peer

define lower
$(B)/$(1)/obj/%.o: $(M)/%.c $(HEADERS) | $(AUTO)
	@mkdir -p $$(@D)
	$$(CC_$(1)) $(INCS) -c -o $$@ $$<

$(B)/$(1)/lower.a: $(LOWER:$(M)/%.c=$(B)/$(1)/obj/%.o)
	@rm -f $$@
	ar rcs $$@ $$^
endef

$(foreach v,unit fuzz peer,$(eval $(call lower,$(v))))

$(B)/unit/%: t/unit/%.c $(B)/unit/lower.a
	$(CC_unit) $(INCS) $(TINCS) -o $@ $< $(B)/unit/lower.a $(LIBS)

$(B)/fuzz/%: t/fuzz/fuzz_%.c $(B)/fuzz/lower.a
	$(CC_fuzz) -fsanitize=fuzzer $(INCS) $(TINCS) -o $@ $< \
	    $(B)/fuzz/lower.a $(LIBS)

$(B)/peer/peer: $(wildcard t/peer/*.c) $(B)/peer/lower.a
	$(CC_peer) $(INCS) $(TINCS) -o $@ $^ $(LIBS)


unit-build: $(UNITS)
fuzz-build: $(FUZZERS)

packages:
	@.ci/packages $(PACKAGES)

test-packages:
	@.ci/packages $(PACKAGES) $(TEST_PACKAGES)

run: packages				## PORT= MEDIA_PORT=: serve a meeting
	@$(MAKE) -s build
	@.ci/serve $(PORT) $(MEDIA_PORT)

test: test-packages			## all tests; TESTS= some of them
	@$(MAKE) -s build $(PEER)
	prove -It/lib $(TESTS)

unit:					## the tests of the lower floors
	@prove -It/lib t/unit.t

fuzz: fuzz-build			## T=stun SECS=60: all if T is empty
	@set -e; for t in $(or $(T),$(notdir $(FUZZERS))); do \
	    mkdir -p $(B)/fuzz/corpus/$$t t/fuzz/seeds/$$t; \
	    $(B)/fuzz/$$t -max_total_time=$(SECS) -print_final_stats=1 \
	        -artifact_prefix=$(B)/fuzz/$$t- $(B)/fuzz/corpus/$$t \
	        t/fuzz/seeds/$$t; \
	done

lint: build				## style, floors, docs, two compilers
	prove -It/lib t/style.t t/floors.t t/docs.t
	@set -e; for f in $$(find $(M) -name '*.c'); do for c in gcc clang; do \
	    $$c -fsyntax-only $(WARN) $(INCS) $$f; done; done
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
	    --enable=warning,portability $(M)
	@set -e; for f in $$(find html t/js -name '*.js'); do \
	    node --check $$f; done

asan: $(B)/asan/$(M).so $(PEER)		## the tests under ASan and UBSan
	SECMEET_PRELOAD=$$(gcc -print-file-name=libasan.so) \
	SECMEET_MODULE=$(B)/asan/$(M).so prove -It/lib $(SERVED)

valgrind: build $(PEER)			## the media test once, slowly
	SECMEET_VALGRIND=1 prove -It/lib -v t/media_forward.t

bench: build $(PEER)			## packets per second, added delay
	@perl -It/lib t/bench.pl

clean:					## remove build/
	rm -rf $(B)

FORCE:
.DELETE_ON_ERROR:
.PHONY: all build help packages test-packages run test unit unit-build fuzz \
    fuzz-build lint asan valgrind bench clean FORCE
