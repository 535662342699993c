# SPDX-License-Identifier: BSD-2-Clause
#
# dmabench: one non-recursive Makefile. The module list below, read bottom-up, is the architecture.
#
#   make          build/dmabench
#   make bench    set-up, build, the built-in paired comparison, its report
#   make test     set-up, lint, every test: plain, ASan + UBSan, and the threaded ones under TSan
#   make rules-100  every rule broken 100 times by a driver, and what was reported
#   make test-power  how often A/A is called a difference, and a planted slow-down found (15 minutes)
#   make test-trend  how often a series without a change gets one and a step is found, on 4,000 synthetic series; their cost
#   make test-counted  two nights of one program, and one of a program with a slower S/G builder: found the first night
#   make site-bar  how long the site of 60 nights of 300 series takes to build, and how large its front page is
#   make order    the shared rings in every execution that C11 allows, and with each ordering taken away
#   make mutants  deliberate bugs in copies of the sources, and on how many seeds who finds each (MUTANT_SEEDS)
#   make failnth  everything that can fail made to fail, one after the other, under ASan (about 15 minutes)
#   make kill-points  dmabench run killed 1000 times (KILL_POINTS), and what is in the record then
#   make stress-soak  10^8 transfers under all faults on a virtual clock (STRESS_SOAK_SEEDS; three hours on one core)
#   make fuzz     libFuzzer on everything that reads what others wrote (FUZZ_RUNS executions a target)
#   make fuzz-coverage  lines of every parser that the corpora of make fuzz reach; each must reach 95 %
#   make coverage line and branch coverage of drivers/videoport by the tests of drivers/
#   make install  program, manual page, completion and the DDK's headers into PREFIX (/usr/local), below DESTDIR
#   make man      build/dmabench.1, from the tables of the command line and of job files
#   make docs     writes drivers/docs/videoport.md from sources and tests
#   make lint     clang-format, clang-tidy, cppcheck, strict warnings with gcc and clang, layers
#
# VARIANT=release|debug|asan|tsan|coverage chooses flags; objects of each live in build/<variant>/. V=1 shows
# commands.

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.DEFAULT_GOAL := all

VARIANT ?= release
CC      ?= cc
CXX     ?= c++
B       := build/$(VARIANT)
Q       := $(if $(V),,@)
# What is being made, in one line; nothing with V=1 (commands instead) and with make -s.
QUIET   := $(V)$(findstring s,$(filter-out -% --%,$(firstword $(MAKEFLAGS))))
say      = $(if $(QUIET),,@echo "  $(1) $@")

# ---- modules: name, what it links (scripts/check/layers holds what it may include) -----------------

ENGINE     := drivers/device/engine drivers/support
DEVICES    := drivers/device drivers/device/soft drivers/device/model $(ENGINE)
PORT       := drivers/videoport $(DEVICES)
MINIPORTS  := drivers/miniport drivers/loader $(PORT)
PURE       := harness/place harness/opt harness/stats harness/hist harness/rng harness/clock drivers/support
SERVICES   := harness/audit harness/track harness/report harness/import harness/store harness/verify harness/load harness/churn harness/topo $(PURE)
RUN        := harness/run $(SERVICES) $(MINIPORTS)
STRESS     := harness/stress harness/verify $(PURE) $(MINIPORTS)
BENCH      := bench bench/driver bench/gbench bench/cases harness/stress $(RUN)

MODULES := drivers/support drivers/device/engine drivers/device/soft drivers/device/model drivers/device drivers/videoport \
	drivers/loader drivers/miniport harness/clock harness/rng harness/hist harness/stats harness/opt harness/place harness/topo \
	harness/churn harness/load harness/verify harness/store harness/audit harness/track harness/report harness/import harness/stress harness/run bench/cases bench/gbench bench/driver bench

LINK_drivers/support       := drivers/support
LINK_drivers/device/engine := $(ENGINE)
LINK_drivers/device/soft   := drivers/device/soft $(ENGINE)
LINK_drivers/device/model  := drivers/device/model $(ENGINE)
LINK_drivers/device        := $(DEVICES)
LINK_drivers/videoport     := $(PORT)
LINK_drivers/loader        := drivers/loader $(PORT)
LINK_drivers/miniport      := $(MINIPORTS)
LINK_drivers               := $(MINIPORTS)
LINK_harness/clock         := $(PURE)
LINK_harness/rng           := $(PURE)
LINK_harness/hist          := $(PURE)
LINK_harness/stats         := $(PURE)
LINK_harness/opt           := $(PURE)
LINK_harness/place         := $(PURE)
LINK_harness/topo          := harness/topo $(PURE)
LINK_harness/churn         := harness/churn $(PURE)
LINK_harness/load          := harness/load $(PURE)
LINK_harness/verify        := harness/verify $(PURE)
LINK_harness/store         := harness/store $(PURE)
LINK_harness/audit         := harness/audit $(PURE)
LINK_harness/track         := harness/track $(PURE)
LINK_harness/report        := harness/report harness/store $(PURE)
LINK_harness/import        := harness/import harness/store harness/report $(PURE)
LINK_harness/stress        := $(STRESS)
LINK_harness/run           := $(RUN)
LINK_harness               := $(RUN)
LINK_bench/cases           := bench/cases $(RUN)
LINK_bench/gbench          := $(filter-out bench,$(BENCH))
LINK_bench/driver          := $(filter-out bench,$(BENCH))
LINK_bench                 := $(BENCH)

# Modules whose tests start threads; their tests run under TSan as well, but for ONE_THREAD.
THREADED := drivers/device/soft drivers/device/model drivers/videoport drivers/miniport drivers harness/load harness/stress harness/run harness \
	bench/gbench bench

LIBS := -lbenchmark -lhwloc -lsqlite3 -linih -ljansson -lstdc++ -lm -lpthread

# ---- flags ----------------------------------------------------------------------------------------

WARN := -Wall -Wextra -Wconversion -Wshadow -Wundef -Wvla -Wdouble-promotion -Wpointer-arith \
	-Wwrite-strings -Werror
CWARN := $(WARN) -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition

OPT_release := -O2 -g
OPT_debug   := -O1 -g -DFAULT_POINTS
# A sanitizer tells functions and lines, and names what it instruments by itself: -g1 has them, for a sixth less of gcc's work.
OPT_asan    := -O1 -g1 -DFAULT_POINTS -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
OPT_tsan    := -O1 -g1 -DFAULT_POINTS -fsanitize=thread
# Words come from dictionaries: to note every comparison and call takes half of the time.
OPT_fuzz    := -O2 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-fno-sanitize-coverage=trace-cmp,indirect-calls
OPT_clang   := -O0 -DFAULT_POINTS
# Inlined functions would count once for each place they end up in.
OPT_coverage := -O0 -g -DFAULT_POINTS --coverage -fprofile-update=atomic
FLAGS := $(OPT_$(VARIANT)) -I. -I$(B)/gen -D_GNU_SOURCE -MMD -MP

CFLAGS_ALL   = -std=gnu11 $(CWARN) $(FLAGS) $(CFLAGS_$(patsubst %/,%,$(dir $<))) $(CFLAGS)
CXXFLAGS_ALL = -std=c++14 $(WARN) $(FLAGS) $(CXXFLAGS)
# A variant of tests links a hundred and more programs: lld does it in a third of the time. The product needs no lld.
LINKER  = $(if $(filter debug asan tsan,$(VARIANT)),-fuse-ld=lld)
# Miniports loaded as modules call the functions of video.h in the program.
LDFLAGS_ALL  = $(OPT_$(VARIANT)) $(LINKER) -Wl,--dynamic-list=drivers/loader/exports.list $(LDFLAGS)

# The driver half speaks the WDK's dialect: WCHAR has 16 bits. Each strategy is a driver of its own, so
# its DriverEntry gets the driver's name in front when all are linked into one program.
DRIVER_NAMES := packet packet_cached common hybrid probe
CFLAGS_drivers/miniport  := -fshort-wchar -Idrivers/include -DDMABENCH_TRACE_POINTS
CFLAGS_drivers/videoport := -fshort-wchar -Idrivers/include
CFLAGS_drivers/tests     := -fshort-wchar -Idrivers/include
CFLAGS_drivers/tests/order := -fshort-wchar -Idrivers/include
CFLAGS_bench/driver      := -Idrivers/include
CFLAGS_harness/stress    := -Idrivers/include
CFLAGS_harness/run       := -Idrivers/include
CFLAGS_harness/tests     := -Idrivers/include
CFLAGS_bench/cases       := -Idrivers/include
CFLAGS_bench/tests/fuzz  := -Idrivers/include
# What a driver loads from memory of the device's is looked at by the target hostile.
ifeq ($(VARIANT),fuzz)
CFLAGS_drivers/miniport  += -fsanitize-coverage=trace-loads
CFLAGS_bench/tests/fuzz  += -DFUZZ_LOADS
endif
CFLAGS_bench/tests/kill  := -Idrivers/include
CFLAGS_bench/tests/failnth := -fshort-wchar -Idrivers/include
CFLAGS_bench             := -Idrivers/include
$(foreach d,$(DRIVER_NAMES),$(eval $$(B)/drivers/miniport/$(d).o: CFLAGS += -DDriverEntry=$(d)_DriverEntry))

# ---- objects and archives ---------------------------------------------------------------------------

sources = $(filter-out %_test.c,$(wildcard $(1)/*.c $(1)/*.cc))
objects = $(patsubst %,$(B)/%.o,$(basename $(call sources,$(1)))) $(GEN_$(1))

GEN_harness/store  := $(B)/gen/schema.o
GEN_harness/report := $(B)/gen/plots.o
GEN_bench          := $(B)/gen/jobs.o

define archive
$(B)/$(1).a: $$(call objects,$(1))
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach m,$(filter-out bench,$(MODULES)),$(eval $(call archive,$(m))))

# main.c stays out of the archive, so that tests of the command line can link the rest.
$(B)/bench.a: $(filter-out $(B)/bench/main.o,$(call objects,bench))
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(CC) $(CFLAGS_ALL) -c -o $@ $<

$(B)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX )
	$(Q)$(CXX) $(CXXFLAGS_ALL) -c -o $@ $<

$(B)/gen/%.o: $(B)/gen/%.c
	$(Q)$(CC) -std=gnu11 $(CWARN) $(FLAGS) -c -o $@ $<

$(B)/gen/schema.c: $(wildcard results/schema/*.sql) scripts/embed
	@mkdir -p $(@D)
	$(Q)scripts/embed store_schema $(wildcard results/schema/*.sql) > $@

$(B)/gen/plots.c: $(wildcard scripts/plot/*) scripts/embed
	@mkdir -p $(@D)
	$(Q)scripts/embed report_plots $(wildcard scripts/plot/*) > $@

$(B)/gen/jobs.c: $(wildcard bench/jobs/*.ini) scripts/embed
	@mkdir -p $(@D)
	$(Q)scripts/embed bench_jobs $(wildcard bench/jobs/*.ini) > $@

# The commit is in the binary; rewritten only when it changed, so that nothing rebuilds for nothing.
$(B)/gen/version.h: FORCE
	@mkdir -p $(@D)
	@scripts/version > $@.new; cmp -s $@.new $@ || mv $@.new $@; rm -f $@.new

$(foreach m,$(MODULES),$(call objects,$(m))): | $(B)/gen/version.h

archives = $(foreach m,$(1),$(B)/$(m).a)

build/dmabench: $(B)/bench/main.o $(call archives,$(BENCH))
	$(call say,LD  )
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $< -Wl,--start-group $(call archives,$(BENCH)) -Wl,--end-group $(LIBS)

# ---- tests ----------------------------------------------------------------------------------------

# Tests of module m: m/*_test.c with m's link set; m/tests/*_test.c with the set of the whole folder.
module_tests = $(wildcard $(1)/*_test.c)
TEST_SOURCES := $(foreach m,$(MODULES),$(call module_tests,$(m))) \
	$(wildcard drivers/tests/*_test.c harness/tests/*_test.c bench/tests/*_test.c)
$(patsubst %.c,$(B)/%.o,$(TEST_SOURCES)): | $(B)/gen/version.h
TESTS := $(patsubst %.c,$(B)/%,$(TEST_SOURCES))

define test_rules
$(patsubst %.c,$(B)/%,$(wildcard $(1)/*_test.c)): $(B)/%: $(B)/%.o $$(call archives,$(LINK_$(2)))
	$(if $(QUIET),,@echo "  LD   $$@")
	$$(Q)$$(CXX) $$(LDFLAGS_ALL) -o $$@ $$< $$(LDEXTRA) -Wl,--start-group $$(call archives,$(LINK_$(2))) \
		-Wl,--end-group -lcmocka $$(LIBS)
endef
$(foreach m,$(MODULES),$(eval $(call test_rules,$(m),$(m))))
$(foreach m,drivers harness bench,$(eval $(call test_rules,$(m)/tests,$(m))))

# Fuzz targets: all in one program as an ordinary test, and each by itself with libFuzzer (make fuzz).
FUZZ_TARGETS := job script expect trace replay mix hist gbjson elf engine hostile store
FUZZ_OBJECTS := $(patsubst %.c,$(B)/%.o,$(filter-out %_test.c %/driver.c %_wrapped.c,$(wildcard bench/tests/fuzz/*.c)))
FUZZ_TEST    := $(B)/bench/tests/fuzz/replay_test
TESTS        += $(FUZZ_TEST)
$(FUZZ_TEST): $(B)/bench/tests/fuzz/replay_test.o $(FUZZ_OBJECTS) $(call archives,$(BENCH))
	$(call say,LD  )
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) -Wl,--start-group $(call archives,$(BENCH)) -Wl,--end-group -lcmocka $(LIBS)

# Everything that can fail, failing: a campaign as an ordinary test, and whole (make failnth). Between miniport and port stand
# the refusals of services.h.
FAILNTH_TEST     := $(B)/bench/tests/failnth/failnth_test
FAILNTH_OBJECTS  := $(patsubst %.c,$(B)/%.o,$(wildcard bench/tests/failnth/*.c))
FAILNTH_SERVICES := GetAccessRanges GetDeviceBase GetRegistryParameters AllocatePool CreateSpinLock CreateEvent \
	GetDmaAdapter AllocateCommonBuffer LockBuffer StartDma
TESTS            += $(FAILNTH_TEST)
$(FAILNTH_TEST): $(FAILNTH_OBJECTS) $(call archives,$(BENCH))
	$(call say,LD  )
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(FAILNTH_SERVICES:%=-Wl,--wrap=VideoPort%) \
		-Wl,--start-group $(call archives,$(BENCH)) -Wl,--end-group -lcmocka $(LIBS)

# dmabench run, killed: as an ordinary test, and a campaign (make kill-points). The wall clock is read through its hooks.
KILL_TEST := $(B)/bench/tests/kill/kill_test
TESTS     += $(KILL_TEST)
$(KILL_TEST): $(patsubst %.c,$(B)/%.o,$(wildcard bench/tests/kill/*.c)) $(call archives,$(BENCH))
	$(call say,LD  )
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) -Wl,--wrap=clock_gettime \
		-Wl,--start-group $(call archives,$(BENCH)) -Wl,--end-group -lcmocka $(LIBS)

# Their own hands on functions of the port, as the drivers call them, and of the drivers.
$(B)/drivers/tests/miniport_park_test: LDEXTRA := \
	-Wl,--wrap=VideoPortLockBuffer,--wrap=VideoPortStartDma,--wrap=VideoPortCompleteDma,--wrap=PacketUnitsTake
$(B)/drivers/tests/miniport_late_test: LDEXTRA := -Wl,--wrap=DeviceRun
$(B)/drivers/tests/miniport_sleep_test: LDEXTRA := -Wl,--wrap=StallLook,--wrap=VideoPortWaitForSingleObject
$(B)/drivers/tests/miniport_start_test: LDEXTRA := -Wl,--wrap=RingStart

# Miniports as modules: the samples by both compilers, and the driver that breaks rules, once more for each that
# DriverEntry breaks. They are not part of a variant: the driver's code stays as its author's compiler made it.
SAMPLES := $(patsubst drivers/miniport/samples/%.c,%,$(wildcard drivers/miniport/samples/*.c))
BROKEN  := broken entry713 entry901 entry902 entry920
TEST_MODULES := $(foreach cc,gcc clang,$(SAMPLES:%=build/modules/$(cc)/%.so)) $(BROKEN:%=build/modules/broken/%.so)
MODULE_NEEDS := scripts/miniport-build $(wildcard drivers/include/*.h)

# One rule a compiler: a pattern rule of two targets would run once for both.
define sample_rule
build/modules/$(1)/%.so: drivers/miniport/samples/%.c $(MODULE_NEEDS)
	@mkdir -p $$(@D)
	$$(call say,SO  )
	$$(Q)scripts/miniport-build --cc $(1) $$@ $$<
endef
$(foreach cc,gcc clang,$(eval $(call sample_rule,$(cc))))

build/modules/broken/%.so: $(wildcard drivers/tests/broken/*.[ch]) $(MODULE_NEEDS)
	@mkdir -p $(@D)
	$(call say,SO  )
	$(Q)scripts/miniport-build -D ENTRY_BREAK=$(or $(patsubst entry%,%,$(filter entry%,$*)),0) $@ $(filter %.c,$^)

# Their tests load them.
$(filter $(B)/drivers/loader/% $(B)/bench/driver/% $(B)/bench/tests/%,$(TESTS)): | $(TEST_MODULES)
# A module that is missing would not make a test that is up to date be looked at again.
tests tests-threaded check-dir coverage-run: | $(TEST_MODULES)

# Of these folders, dear tests that have one thread all the same (no pthread_create in a whole run): TSan has nothing to say of
# them. Fibers under TSan are the tests of drivers/device/model. stress_cli_test has two live seeds, of which harness/stress/live_test
# has 32.
ONE_THREAD := $(addprefix drivers/videoport/,bounce_test common_buffer_test start_dma_test) \
	$(addprefix harness/,load/pass_test run/batches_test run/cache_test run/plan_check_test run/plan_test \
		stress/campaign_test stress/layout_test stress/line_test stress/removal_test stress/stress_test) bench/tests/stress_cli_test

threaded_dirs := $(THREADED) $(patsubst %,%/tests,$(THREADED))
TSAN_TESTS := $(filter-out $(ONE_THREAD:%=$(B)/%),$(foreach t,$(TESTS),$(if $(filter $(threaded_dirs:%=$(B)/%),$(patsubst %/,%,$(dir $t))),$t)))

FORCE:
.PHONY: fuzz-coverage fuzz-coverage-run test-power order mutants fuzz fuzz-build man rules-100 coverage coverage-run docs lint-docs all bench test check check-dir lint lint-format lint-layers lint-shell lint-mutants lint-gcc lint-clang lint-objects \
	lint-cppcheck lint-tidy tests-build tests-threaded-build setup clean tests tests-threaded FORCE

all: build/dmabench

tests: $(TESTS)
	@scripts/test-run "$(VARIANT)" $(TESTS)

tests-threaded: $(TSAN_TESTS)
	@scripts/test-run "$(VARIANT)" $(TSAN_TESTS)

tests-build: $(TESTS)
tests-threaded-build: $(TSAN_TESTS)

setup:
	@scripts/setup

bench:
	@scripts/setup build
	@$(MAKE) --no-print-directory build/dmabench
	@build/dmabench run --report

# ---- the whole of it, as CI runs it ------------------------------------------------------------------

test:
	@scripts/setup
	@scripts/test-all

# ---- every rule broken a hundred times by a driver: must be reported a hundred times ----------------------

rules-100: $(B)/bench/tests/broken_test | $(TEST_MODULES)
	@RULES_REPEATS=$${RULES_REPEATS:-100} $<

# ---- shared rings under C11's memory model: drivers/tests/order/order.h -----------------------------------

# The code under test and the tests are instrumented by gcc, the explorer takes the place of its run-time library, and
# knows fences too, of which gcc warns.
ORDER          := build/order
ORDER_TESTS    := $(patsubst %,$(ORDER)/drivers/tests/order/%_order_test,litmus ring iommu)
ORDER_EXPLORER := $(patsubst %.c,$(ORDER)/%.o,$(filter-out %_test.c,$(wildcard drivers/tests/order/*.c))) \
	$(patsubst %.c,$(ORDER)/%.o,$(filter-out %_test.c,$(wildcard drivers/support/*.c)))
ORDER_ring     := drivers/miniport/ring $(basename $(filter-out %_test.c,$(wildcard drivers/device/engine/*.c)))
ORDER_iommu    := drivers/device/soft/iommu
ORDER_FLAGS     = -std=gnu11 $(CWARN) -O2 -g -I. -D_GNU_SOURCE -MMD -MP $(CFLAGS_$(patsubst %/,%,$(dir $<)))

$(ORDER)/traced/%.o: %.c
	@mkdir -p $(@D)
	$(Q)gcc $(ORDER_FLAGS) -fsanitize=thread -Wno-tsan -fno-builtin-memcpy -UDMABENCH_TRACE_POINTS -c -o $@ $<

$(ORDER)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)gcc $(ORDER_FLAGS) -c -o $@ $<

define order_rule
$(ORDER)/drivers/tests/order/$(1)_order_test: $(ORDER)/traced/drivers/tests/order/$(1)_order_test.o \
		$(patsubst %,$(ORDER)/traced/%.o,$(ORDER_$(1))) $(ORDER_EXPLORER)
	$$(Q)gcc -o $$@ $$^ -Wl,--wrap=memcpy,--wrap=memset,--wrap=sched_yield -lcmocka -lpthread
endef
$(foreach t,litmus ring iommu,$(eval $(call order_rule,$(t))))

order: $(ORDER_TESTS)
	@scripts/test-run order $^

# ---- everything that can fail: a campaign -------------------------------------------------------------------

.PHONY: failnth failnth-run
failnth:
	@scripts/setup build
	@$(MAKE) --no-print-directory VARIANT=asan failnth-run

failnth-run: $(FAILNTH_TEST)
	@FAILNTH=full $<

# ---- kill -9: a campaign ----------------------------------------------------------------------------------------

KILL_POINTS ?= 1000
KILL_LANES  ?= $(shell nproc)

.PHONY: kill-points kill-points-run
kill-points:
	@scripts/setup build
	@$(MAKE) --no-print-directory VARIANT=debug kill-points-run

kill-points-run: $(KILL_TEST)
	@KILL_POINTS=$(KILL_POINTS) KILL_LANES=$(KILL_LANES) $<

# ---- many transfers under faults: a campaign ----------------------------------------------------------------

STRESS_SOAK_SEEDS ?= 1..26500

.PHONY: stress-soak
stress-soak:
	@scripts/setup build
	@$(MAKE) --no-print-directory build/dmabench
	@build/dmabench stress --seeds $(STRESS_SOAK_SEEDS) --operations 4800 --features all,-long --faults all \
		--jobs $$(nproc)

# ---- untrusted input: a campaign ----------------------------------------------------------------------------

FUZZ_RUNS ?= 3000000

fuzz:
	@scripts/setup fuzz
	@$(MAKE) --no-print-directory -s VARIANT=fuzz CC=clang CXX=clang++ fuzz-build
	@scripts/fuzz build/fuzz/bench/tests/fuzz $(FUZZ_RUNS) $(FUZZ_TARGETS)

fuzz-build: $(FUZZ_TARGETS:%=$(B)/bench/tests/fuzz/fuzz_%)

# In the place of these: what bench/tests/fuzz/pages_wrapped.c has.
FUZZ_WRAPPED := pages_map pages_unmap

# From an archive: libFuzzer looks at the counters of all that is linked, behind every execution.
FUZZ_ARCHIVE := $(B)/bench/tests/fuzz/targets.a
$(FUZZ_ARCHIVE): $(FUZZ_OBJECTS) $(B)/bench/tests/fuzz/pages_wrapped.o
	$(Q)rm -f $@ && ar rcs $@ $^

$(FUZZ_TARGETS:%=$(B)/bench/tests/fuzz/fuzz_%): $(B)/bench/tests/fuzz/fuzz_%: bench/tests/fuzz/driver.c $(FUZZ_ARCHIVE) $(call archives,$(BENCH))
	$(Q)$(CC) $(CFLAGS_ALL) -DFUZZ_TARGET=$* -c -o $@.o $<
	$(Q)$(CXX) $(LDFLAGS_ALL) -fsanitize=fuzzer $(FUZZ_WRAPPED:%=-Wl,--wrap=%) -o $@ $@.o -Wl,--start-group $(FUZZ_ARCHIVE) $(call archives,$(BENCH)) \
		-Wl,--end-group -lcmocka $(LIBS)

# ---- what the tests would find: a campaign ------------------------------------------------------------------------

mutants:
	@scripts/setup
	@$(MAKE) --no-print-directory build/dmabench
	@scripts/mutants

# ---- what comparisons find on this host: a campaign, for a quiet machine ---------------------------------------

test-power:
	@scripts/setup build
	@$(MAKE) --no-print-directory build/dmabench
	@scripts/test-power build/dmabench

# ---- what the series of instructions find: a campaign ---------------------------------------------------------------

.PHONY: test-counted
test-counted:
	@scripts/setup
	@scripts/test-counted

# The program with a plant of scripts/test-counted, as objects in the place of the archive's; what is shipped has no switch for it.
build/counted/sg-%.c: drivers/videoport/sg.c scripts/test-counted
	@mkdir -p $(@D)
	$(Q)scripts/test-counted --plant $* > $@

build/counted/sg-%.o: build/counted/sg-%.c
	$(Q)$(CC) -std=gnu11 $(CWARN) $(FLAGS) $(CFLAGS_drivers/videoport) $(CFLAGS) -c -o $@ $<

build/counted/dmabench-%: $(B)/bench/main.o build/counted/sg-%.o $(call archives,$(BENCH))
	$(call say,LD  )
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) -Wl,--start-group $(call archives,$(BENCH)) -Wl,--end-group $(LIBS)

# ---- what change point detection finds in synthetic series: a campaign ----------------------------------------------

# Compiled as what is shipped, but with fault points, without which no test compiles.
TREND_SERIES ?= 1000

.PHONY: test-trend test-trend-run
test-trend:
	@scripts/setup build
	@$(MAKE) --no-print-directory VARIANT=debug OPT_debug="-O2 -g -DFAULT_POINTS" B=build/trend test-trend-run

test-trend-run: $(B)/harness/track/judge_test
	@TREND_SERIES=$(TREND_SERIES) $<

# ---- the site of 60 nights and 300 series: its time, and the size of its front page --------------------------------

SITE_NIGHTS ?= 60
SITE_SERIES ?= 300

.PHONY: site-bar site-bar-run
site-bar:
	@scripts/setup build
	@$(MAKE) --no-print-directory VARIANT=debug OPT_debug="-O2 -g -DFAULT_POINTS" B=build/trend site-bar-run

site-bar-run: $(B)/harness/report/site_bar_test
	@SITE_NIGHTS=$(SITE_NIGHTS) SITE_SERIES=$(SITE_SERIES) $<

# ---- what the tests of drivers/ reach of the port; the bars are the project's -----------------------------

coverage:
	@scripts/setup coverage
	@$(MAKE) --no-print-directory VARIANT=coverage coverage-run

# What reads what others wrote, line by line; each file has to be reached by the corpora.
FUZZ_COVERED := $(addprefix harness/opt/,opt.c opt_ini.c opt_list.c opt_nearest.c opt_sweep.c opt_value.c) \
	$(addprefix bench/driver/,script.c script_value.c expect.c words.c) \
	$(addprefix harness/churn/,read.c build.c life.c) $(filter-out %_test.c,$(wildcard harness/import/*.c)) harness/load/mix.c \
	harness/hist/hist_code.c harness/stress/line.c harness/store/read.c harness/store/history_read.c drivers/loader/elf.c

fuzz-coverage:
	@scripts/setup fuzz
	@$(MAKE) --no-print-directory -s VARIANT=coverage fuzz-coverage-run

fuzz-coverage-run: $(FUZZ_TEST)
	@scripts/fuzz-coverage $(B) 95 $< $(FUZZ_COVERED)

coverage-run: $(filter $(B)/drivers/%,$(TESTS))
	@scripts/coverage $(B) drivers/videoport 95 85 $^

docs:
	@scripts/docs --write

man: build/dmabench.1

build/dmabench.1: build/dmabench
	@build/dmabench --man > $@ && echo $@

build/dmabench.bash: build/dmabench
	@build/dmabench --completion > $@

# ---- installation: nothing is compiled here that was not before; uninstall takes away what install brings ----

PREFIX  ?= /usr/local
INSTALLED = $(DESTDIR)$(PREFIX)/bin/dmabench $(DESTDIR)$(PREFIX)/share/man/man1/dmabench.1 \
	$(DESTDIR)$(PREFIX)/share/bash-completion/completions/dmabench

.PHONY: install uninstall
install: build/dmabench build/dmabench.1 build/dmabench.bash
	install -D -m 755 build/dmabench $(DESTDIR)$(PREFIX)/bin/dmabench
	install -D -m 644 build/dmabench.1 $(DESTDIR)$(PREFIX)/share/man/man1/dmabench.1
	install -D -m 644 build/dmabench.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/dmabench
	install -d $(DESTDIR)$(PREFIX)/include/dmabench
	install -m 644 drivers/include/*.h $(DESTDIR)$(PREFIX)/include/dmabench

uninstall:
	rm -f $(INSTALLED) $(patsubst drivers/include/%,$(DESTDIR)$(PREFIX)/include/dmabench/%,$(wildcard drivers/include/*.h))
	-rmdir $(DESTDIR)$(PREFIX)/include/dmabench

# ---- lint: formatting, layers, headers, both compilers, three analysers -------------------------------

LINT_SOURCES := $(foreach m,$(MODULES),$(wildcard $(m)/*.c)) $(wildcard drivers/tests/*.c drivers/tests/order/*.c harness/tests/*.c bench/tests/*.c) \
	$(filter-out %/driver.c,$(wildcard bench/tests/fuzz/*.c)) $(wildcard bench/tests/failnth/*.c bench/tests/kill/*.c)
FORMAT_SOURCES := $(LINT_SOURCES) $(wildcard bench/gbench/*.cc) \
	$(wildcard $(addsuffix /*.h,$(MODULES) drivers/include drivers/tests drivers/tests/order harness/tests bench/tests bench/tests/fuzz bench/tests/failnth bench/tests/kill))

lint: lint-format lint-layers lint-shell lint-docs lint-mutants lint-gcc lint-clang lint-cppcheck lint-tidy

lint-format:
	@clang-format --dry-run -Werror $(FORMAT_SOURCES) && echo "ok    clang-format"

lint-layers:
	@scripts/check/layers && scripts/check/headers && echo "ok    layers, headers"

lint-shell:
	@shellcheck scripts/setup scripts/embed scripts/version scripts/test-run scripts/test-all scripts/miniport-build scripts/check/headers \
		scripts/check/layers scripts/check/setup-test scripts/check/ddk scripts/docs scripts/coverage scripts/test-power scripts/test-counted scripts/fuzz scripts/fuzz-coverage scripts/mutants .ci/run \
		&& echo "ok    shellcheck"

# The page of coverage is what the sources say, and nothing is without its test.
lint-docs:
	@scripts/docs --check && scripts/docs --gaps && echo "ok    docs"

# A deliberate bug whose place has moved proves nothing.
lint-mutants:
	@scripts/mutants --fit

# Strict warnings are errors in every build; here both compilers see every source, tests included. clang sees most of them
# when clang-tidy reads them (lint-tidy), with the same warnings; the rest is compiled.
LINT_TIDIED := $(filter-out %_test.c,$(LINT_SOURCES))

lint-gcc:
	@$(MAKE) --no-print-directory -s VARIANT=debug LINT_COMPILED="$(LINT_SOURCES)" lint-objects && echo "ok    gcc warnings"

lint-clang:
	@$(MAKE) --no-print-directory -s VARIANT=clang CC=clang CXX=clang++ LINT_COMPILED="$(filter-out $(LINT_TIDIED),$(LINT_SOURCES))" \
		lint-objects && echo "ok    clang warnings"

lint-objects: $(patsubst %.c,$(B)/%.o,$(LINT_COMPILED)) $(patsubst %.cc,$(B)/%.o,$(wildcard bench/gbench/*.cc))

lint-cppcheck: $(B)/gen/version.h
	@cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --language=c -j2 \
		--enable=warning,performance,portability --suppressions-list=scripts/check/cppcheck.txt \
		--cppcheck-build-dir=$(CPPCHECK_DIR) -D__x86_64__ -I. -Idrivers/include -I$(B)/gen $(LINT_SOURCES) && echo "ok    cppcheck"

CPPCHECK_DIR := $(shell mkdir -p build/cppcheck 2>/dev/null; echo build/cppcheck)

# One stamp a source, so that a second lint looks only at what changed.
TIDY_STAMPS := $(LINT_TIDIED:%.c=build/tidy/%.ok)

# How many states of a function the analyzer looks at. Its default, 225000, takes 2.5 times as long, and finds nothing more here:
# make lint-tidy TIDY_NODES=225000 in a clean clone looks that far.
TIDY_NODES ?= 75000

lint-tidy: $(TIDY_STAMPS)
	@echo "ok    clang-tidy"

build/tidy/%.ok: %.c .clang-tidy | $(B)/gen/version.h
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- -std=gnu11 $(CWARN) -I. -I$(B)/gen -D_GNU_SOURCE -DFAULT_POINTS \
		-Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES) \
		$(CFLAGS_$(patsubst %/,%,$(dir $<))) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

# One folder's tests while working on it: make check DIR=harness/hist
check:
	@$(MAKE) --no-print-directory VARIANT=$(if $(filter release,$(VARIANT)),debug,$(VARIANT)) check-dir

check-dir: $(filter $(B)/$(DIR)/%,$(TESTS))
	@scripts/test-run "$(VARIANT)" $^

clean:
	rm -rf build

-include $(shell find $(B) build/order -name '*.d' 2>/dev/null)
