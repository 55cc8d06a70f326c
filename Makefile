# GNU make.  Everything made is under build/.  "make help" lists the targets.

SHELL      = /bin/bash
B          = build
SECS       = 60
PORT       = 8443
MEDIA_PORT = 3478
NGINX_SRC  = /usr/share/nginx/src

M          = ngx_secmeet_module
TESTS      = $(wildcard t/*.t t/browser/*.t)
SERVED     = $(filter-out $(patsubst %,t/%.t,style floors docs build \
             example unit fuzz js),$(wildcard t/*.t t/browser/*.t))

SRTP       = $(B)/srtp/lib/libsrtp2.a

SAN        = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
             -fno-omit-frame-pointer
SAN_LINK   = $(SAN) -Wl,-z,nodelete
INCS       = -I$(B)/nginx -I$(B)/srtp/include -I$(M) -It/unit \
             $(addprefix -I$(M)/,wire engine crypto) \
             $(addprefix -I$(NGINX_SRC)/src/,core event event/modules \
             event/quic os/unix http http/modules http/v2 stream)
WARN       = -Wall -Wextra -Wno-unused-parameter -Werror

DEB_FLAGS := $(shell dpkg-buildflags --get CFLAGS 2> /dev/null) \
             $(shell dpkg-buildflags --get CPPFLAGS 2> /dev/null)
DEB_LINK  := $(shell dpkg-buildflags --get LDFLAGS 2> /dev/null)

# one at a time, also when tests that run side by side ask for it

MAKE_      = mkdir -p $(B) && flock $(B)/lock $(MAKE) -s

all build:				## the module (default)
	@$(MAKE_) $(B)/$(M).so

help:					## this list
	@sed -n 's/^\([a-z ]*\):.*\t## \(.*\)/\1\t\2/p' Makefile \
	    | expand -t 12

run: packages				## PORT= MEDIA_PORT=: serve meetings
	@$(MAKE_) $(B)/$(M).so
	@.ci/serve $(PORT) $(MEDIA_PORT) $(B)

test: test-packages			## TESTS=: all tests, or some of them
	@$(MAKE_) $(B)/$(M).so $(PEER) $(LINKS) $(DRIVERS)
	prove -It/lib $(TESTS)

unit:					## the tests of the lower floors
	@prove -It/lib t/unit.t

fuzz: fuzz-build			## T=stun SECS=60: one target, or all
	@set -e; for t in $(or $(T),$(notdir $(FUZZERS))); do \
	    mkdir -p $(B)/fuzz/corpus/$$t; \
	    $(B)/fuzz/$$t -max_total_time=$(SECS) -print_final_stats=1 \
	        -artifact_prefix=$(B)/fuzz/$$t- $(B)/fuzz/corpus/$$t \
	        t/fuzz/seeds/$$t; \
	done

lint: build				## style, floors, docs, two compilers
	prove -It/lib t/style.t t/floors.t t/docs.t
	@.ci/lint $(WARN) $(INCS)

asan:					## TESTS=: under ASan and UBSan
	@$(MAKE_) $(B)/asan/$(M).so $(PEER) $(LINKS) $(DRIVERS)
	SECMEET_PRELOAD=$$(gcc -print-file-name=libasan.so) \
	    SECMEET_MODULE=$(abspath $(B)/asan/$(M).so) \
	    prove -It/lib $(filter $(SERVED),$(TESTS))

valgrind: build peer			## the media test once, slowly
	SECMEET_VALGRIND=1 prove -It/lib t/media_forward.t

bench: build peer			## packets per second, added delay
	@perl -It/lib t/bench.pl

clean:					## remove build/
	rm -rf $(B)

packages test-packages:			# what is missing, by apt
	@.ci/packages build $(if $(filter test-%,$@),test)

$(SRTP):
	.ci/srtp $(B)/srtp

# changes when a source file comes or goes

$(B)/sources: FORCE
	@mkdir -p $(B) && find $(M) -name '*.[ch]' | sort > $@.$$$$; \
	    cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@

# the module: configured with Debian's flags, then by nginx's own Makefile

define module
$(B)/$(1)/Makefile: config $(B)/sources $(SRTP)
	@echo "  configure $$(@D)"
	@cd $(NGINX_SRC) && . ./conf_flags && \
	    NGX_SECMEET_SRTP=$(abspath $(B)/srtp) ./configure \
	    "$$$${NGX_CONF_FLAGS[@]}" --builddir=$(abspath $(B)/$(1)) \
	    --with-cc-opt="$(2) -fPIC" --with-ld-opt="$(3) -fPIC" \
	    --add-dynamic-module=$(CURDIR) > $(abspath $(B)/$(1).log) \
	    || { cat $(abspath $(B)/$(1).log); false; } && rm -f $$(@D)/$(M).so

$(B)/$(1)/$(M).so: $(B)/$(1)/Makefile FORCE
	@$$(MAKE) -s -C $(NGINX_SRC) modules \
	    $$(if $$(findstring jobserver,$$(MAKEFLAGS)),,-j2) \
	    -f $(abspath $(B)/$(1)/Makefile)
endef

$(eval $(call module,nginx,$(DEB_FLAGS),$(DEB_LINK)))
$(eval $(call module,asan,-g -O1 $(SAN),$(SAN_LINK)))

$(B)/$(M).so: $(B)/nginx/$(M).so
	@cp --remove-destination $< $@

include t/programs.mk

FORCE:
.DELETE_ON_ERROR:
.PHONY: all build help run test unit fuzz lint asan valgrind bench clean \
    packages test-packages FORCE
