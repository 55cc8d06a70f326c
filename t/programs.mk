# What the tests run besides nginx; part of the Makefile.

LOWER      = $(wildcard $(M)/wire/*.c $(M)/engine/*.c $(M)/crypto/*.c)
UNITS      = $(patsubst t/unit/%.c,$(B)/unit/%,$(wildcard t/unit/*.c))
FUZZERS    = $(patsubst t/fuzz/fuzz_%.c,$(B)/fuzz/%,$(wildcard t/fuzz/*.c))
PEER       = $(B)/peer/peer
LINKS      = $(B)/link/relay $(B)/link/tun
LINK_SRCS = $(addprefix t/link/,model.c stage.c control.c) \
             $(addprefix t/peer/,loop.c out.c addr.c)
DRIVERS    = t/browser/node_modules/.package-lock.json
LIBS       = $(SRTP) -lssl -lcrypto -ljansson -lpthread

CC_unit    = gcc -g -O1 $(SAN)
CC_fuzz    = clang -g -O1 $(SAN) -fsanitize=fuzzer-no-link
CC_peer    = gcc -g -O2

unit-build:
	@$(MAKE_) $(UNITS)

fuzz-build:
	@$(MAKE_) $(FUZZERS)

peer:
	@$(MAKE_) $(PEER) $(LINKS)

# the lower floors without nginx, three times: sanitized by gcc for the unit
# tests, by clang for the fuzz targets, and plain for the test peer

define lower
$(B)/$(1)/obj/%.o: $(M)/%.c | $(B)/nginx/Makefile
	@mkdir -p $$(@D)
	@$$(CC_$(1)) $(WARN) -MMD $(INCS) -c -o $$@ $$<

$(B)/$(1)/lower.a: $(LOWER:$(M)/%.c=$(B)/$(1)/obj/%.o)
	@rm -f $$@ && ar rcs $$@ $$^

-include $(LOWER:$(M)/%.c=$(B)/$(1)/obj/%.d)
endef

$(foreach v,unit fuzz peer,$(eval $(call lower,$(v))))

$(B)/unit/%: t/unit/%.c t/link/model.c t/link/model.h $(B)/unit/lower.a \
    $(wildcard t/unit/*.h)
	@$(CC_unit) $(WARN) $(INCS) -o $@ $< t/link/model.c \
	    $(B)/unit/lower.a $(LIBS)

$(B)/fuzz/%: t/fuzz/fuzz_%.c $(B)/fuzz/lower.a $(wildcard t/fuzz/*.h)
	@$(CC_fuzz) $(WARN) -fsanitize=fuzzer $(INCS) -o $@ $< \
	    $(B)/fuzz/lower.a $(LIBS)

$(PEER): $(wildcard t/peer/*.c t/peer/*.h) $(B)/peer/lower.a
	@$(CC_peer) $(WARN) $(INCS) -o $@ $(filter %.c %.a,$^) $(LIBS) -lm

# simulated links, which know nothing of the module

$(B)/link/%: t/link/%.c $(LINK_SRCS) $(wildcard t/link/*.h t/peer/*.h)
	@mkdir -p $(@D)
	@$(CC_peer) $(WARN) $(INCS) -o $@ $< $(LINK_SRCS) -ljansson -lm

# what drives the browsers, from npm by the lock file

$(DRIVERS): t/browser/package-lock.json
	cd $(<D) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: unit-build fuzz-build peer
