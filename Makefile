# Each target does one thing with the go command; `make ci` and `make ci-all` do those that check, in the
# order of .ci/run. Recipes are for any POSIX shell and GNU make 3.81 or later.

GO        ?= go
TESTFLAGS ?= -count=1 -timeout=5m
NEXT      ?= go1.27.1
PLATFORMS ?= windows/amd64 darwin/arm64 js/wasm

# CORE=1 makes some targets test only the packages that they are for.
PKGS := $(if $(CORE),./ring ./shard ./internal/pin ./internal/grace,./...)

# LIB is the library without internal/check, for builds in which those packages cannot behave differently. CORE=1 also
# leaves out package pool, whose tests take longest to compile: buffers, resource and syncpool use it anyway. QUICK=1
# leaves out package pooldebug, which net/http would have to be compiled for.
LIB = $$($(GO) list ./... | grep -v -e /internal/check/ $(if $(CORE),-e '/pool$$' -e /pool/pooltest) $(if $(CORE)$(QUICK),-e /pool/pooldebug))

PORTABLE := -tags=plunge_portable
OUTDIR   := .build
TOOL     := $(GO) tool -modfile="$(CURDIR)/internal/tools/go.mod"

# Without a setting the command uses its default. WORKLOAD is a regexp for the names that
# `cd bench && go run . -list` prints; see -help.
BENCHFLAGS = $(if $(SHARDS),-shards '$(SHARDS)') $(if $(WORKLOAD),-workload '$(WORKLOAD)') \
             $(if $(ROUNDS),-rounds '$(ROUNDS)') $(if $(OUT),-out '$(abspath $(OUT))') \
             $(if $(PROCS),-procs '$(PROCS)') $(if $(MAXIDLE),-maxidle '$(MAXIDLE)') \
             $(if $(LOCALCACHE),-localcache '$(LOCALCACHE)')

# Recipes of more than a line or two are scripts.
SCRIPT = GO='$(GO)' sh internal/check/scripts

# Begins a recipe that needs a scratch directory: $tmp.
SCRATCH = set -e; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; trap 'exit 1' HUP INT TERM

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

# Tests

.PHONY: test
test: ## run the tests of the root module; needs nothing but Go
	$(GO) test $(TESTFLAGS) ./...

.PHONY: race
race: ## the same of the library under the race detector; needs a C compiler (QUICK=1: without package pooldebug)
	CGO_ENABLED=1 $(GO) test -race $(TESTFLAGS) $(LIB)

.PHONY: portable
portable: ## the same in the build without linkname
	$(GO) test $(PORTABLE) $(TESTFLAGS) $(LIB)

.PHONY: portable-race
portable-race: ## the portable build under the race detector
	CGO_ENABLED=1 $(GO) test $(PORTABLE) -race $(TESTFLAGS) $(PKGS)

.PHONY: 386
386: ## the same as a 32-bit program; needs a machine that runs programs for 386, or qemu-user
	@TESTFLAGS='$(TESTFLAGS)' LIB="$(LIB)" PKGS="$(if $(CORE),$(PKGS),$(LIB))" $(SCRIPT)/bits32.sh

.PHONY: arm64
arm64: ## the same as a program for arm64; needs one, or qemu-user
	@if [ "$$($(GO) env GOHOSTARCH)" = arm64 ]; then $(GO) test $(TESTFLAGS) ./...; else \
		PLUNGE_EMULATED=1 CGO_ENABLED=0 GOARCH=arm64 $(GO) test -exec="$(EXEC) qemu-aarch64" $(TESTFLAGS) $(if $(CORE),$(PKGS),$(LIB)); fi

.PHONY: gcstop
gcstop: ## the same with a garbage collector that stops the world for all of its work
	GODEBUG=gcstoptheworld=1 $(GO) test $(TESTFLAGS) $(PKGS)

.PHONY: checked
checked: ## the same of packages pool and buffers with every pool a checked one
	PLUNGE_CHECK=1 $(GO) test $(TESTFLAGS) ./pool/... ./buffers/...

.PHONY: guard
guard: ## the same of package buffers with every buffer in pages of its own; needs a unix
	$(GO) test -tags=plunge_guard $(TESTFLAGS) ./buffers/...

.PHONY: checkptr
checkptr: ## the same with every conversion of an unsafe pointer in the library checked
	$(GO) test -gcflags=github.com/plungepool/plunge/...=-d=checkptr $(TESTFLAGS) $(PKGS)

.PHONY: noopt
noopt: ## the same without optimization and inlining, except what counts allocations
	$(GO) test -gcflags='github.com/plungepool/plunge/...=-N -l' -skip=Allocate $(TESTFLAGS) $(PKGS)
	@echo "noopt: the runtime too: the stack of nosplit functions suffices"
	@$(SCRATCH); $(GO) test -c -gcflags='all=-N -l' -o "$$tmp/test" ./shard

.PHONY: builds
builds: ## a table of element types in each build that users make: coverage, -N -l, PIE and more (BUILDS=regexp)
	@$(GO) run ./internal/check/builds $(if $(BUILDS),-run '$(BUILDS)')

.PHONY: next
next: ## the same with the next Go, which is downloaded (NEXT=go1.27.1)
	GOTOOLCHAIN=$(NEXT) $(GO) test $(TESTFLAGS) $(PKGS)

.PHONY: nested
nested: ## test the nested modules (RACE=1: some under the race detector; QUICK=1: without bench's longest); make lint vets them
	@TESTFLAGS='$(TESTFLAGS)' RACE='$(RACE)' QUICK='$(QUICK)' $(SCRIPT)/nested.sh

.PHONY: cross
cross: ## compile and link everything, tests included, for other platforms
	@$(SCRIPT)/cross.sh $(PLATFORMS)

.PHONY: stress
stress: ## run each stress test for long (PLUNGE_STRESS=30s), with and without -race
	PLUNGE_STRESS=$(or $(PLUNGE_STRESS),30s) $(GO) test -count=1 -timeout=4h ./...
	PLUNGE_STRESS=$(or $(PLUNGE_STRESS),30s) $(GO) test $(PORTABLE) -count=1 -timeout=4h ./...
	PLUNGE_STRESS=$(or $(PLUNGE_STRESS),30s) CGO_ENABLED=1 $(GO) test -race -count=1 -timeout=4h ./...

.PHONY: fuzz
fuzz: ## run each fuzz target for TIME=1m, against a plain model
	@$(SCRIPT)/fuzz.sh $(or $(TIME),1m)

.PHONY: soak
soak: ## run the pool under load and faults for TIME=1m, everything accounted for (OUT=)
	$(GO) run ./internal/check/soak -time=$(or $(TIME),1m) $(if $(OUT),-out '$(abspath $(OUT))')

.PHONY: lincheck
lincheck: ## check concurrent histories with porcupine for TIME=1m in all
	@cd internal/check/lincheck && $(GO) run . -time $(or $(TIME),1m) $(LINCHECKFLAGS)

.PHONY: model
model: ## check the Promela models, and that their broken twins fail; needs spin
	@sh internal/check/model/run.sh $(MODELFLAGS)

.PHONY: mutants
mutants: ## break the code on purpose, over 500 times: the tests must notice each (MUTANTS=regexp)
	@cd internal/check/mutants && $(GO) run . -run '$(MUTANTS)'

.PHONY: mutants-quick
mutants-quick: ## the cheapest of these, in a minute or so
	@cd internal/check/mutants && $(GO) run . -quick -jobs 2 -run '$(MUTANTS)'

.PHONY: explore
explore: ## every interleaving of small programs on the rings, the shards and the resources, some minutes
	@PLUNGE_EXPLORE=full $(SCRIPT)/explore.sh

.PHONY: explore-quick
explore-quick: ## the same with fewer preemptions, in less than a minute
	@$(SCRIPT)/explore.sh

.PHONY: cover
cover: ## statements covered by the tests, a line a package
	@mkdir -p $(OUTDIR)
	$(GO) test $(TESTFLAGS) -coverpkg=./... -coverprofile=$(OUTDIR)/cover.out ./...
	@$(GO) tool cover -func=$(OUTDIR)/cover.out | tail -n 1
	@echo "see it line by line: go tool cover -html=$(OUTDIR)/cover.out"

# Benchmarks

# Without madvdontneed=0 memory that is free for a moment goes back to the kernel, and its next use
# causes page faults: see bench/doc.go.
BENCHGO = GODEBUG=$(or $(GODEBUG),madvdontneed=0) $(GO)

.PHONY: bench
bench: ## compare with other pools, 2 minutes (SHARDS=8 WORKLOAD=burst ROUNDS= OUT= PROCS=)
	@cd bench && $(BENCHGO) run . $(BENCHFLAGS)

.PHONY: bench-full
bench-full: ## the same with more rounds, for narrower intervals: a quarter of an hour
	@cd bench && $(BENCHGO) run . -full $(BENCHFLAGS)

.PHONY: bench-report
bench-report: ## the page of a run again, from its raw samples, or how much the ratios of two runs differ (RAW=file SVG=file AGAIN=file; RAW: the newest)
	@cd bench && $(GO) run ./cmd/report $(if $(RAW),-raw '$(abspath $(RAW))') $(if $(SVG),-svg '$(abspath $(SVG))') $(if $(AGAIN),-again '$(abspath $(AGAIN))')

.PHONY: bench-repeat
bench-repeat: ## the bench twice: how much the ratios of two runs differ (WORKLOAD= ROUNDS=)
	@set -e; mkdir -p bench/results; run=bench/results/raw-$$(date +%Y%m%d-%H%M%S); \
	for i in 1 2; do $(MAKE) --no-print-directory bench OUT=$$run-$$i.txt; done; \
	$(MAKE) --no-print-directory bench-report RAW=$$run-1.txt AGAIN=$$run-2.txt

.PHONY: tune
tune: ## the options for this machine and a workload, 2 minutes (WORKLOAD=regexp, TRACE=file or RECORD=file)
	@cd bench && $(BENCHGO) run ./cmd/tune $(if $(WORKLOAD),-workload '$(WORKLOAD)') $(if $(TRACE),-trace '$(abspath $(TRACE))') $(if $(RECORD),-record '$(abspath $(RECORD))')

.PHONY: scaling
scaling: ## what a model says of more cores than there are, checked with those that there are
	@cd bench && $(GO) run ./cmd/scaling

.PHONY: bench-compare
bench-compare: ## the hit paths of revision OLD and of the working tree in turns (OLD=v1.0.0 ROUNDS=)
	@cd bench && $(GO) run ./cmd/compare -old '$(OLD)' $(if $(ROUNDS),-rounds '$(ROUNDS)')

.PHONY: instructions
instructions: ## the instructions of an operation against committed figures; needs valgrind (UPDATE=1)
	@$(SCRATCH); cd bench; $(GO) build -o "$$tmp/" ./cmd/instructions; "$$tmp/instructions" $(if $(UPDATE),-update)

.PHONY: instructions-next
instructions-next: ## the same as the next Go compiles it (NEXT=go1.27.1 UPDATE=1)
	@GOTOOLCHAIN=$(NEXT) $(MAKE) --no-print-directory instructions

.PHONY: bench-smoke
bench-smoke: ## the same in one minute: shows that it works, not how fast
	@cd bench && $(BENCHGO) run . -quick $(BENCHFLAGS)

.PHONY: asm
asm: asm-check ## print the machine code of the hit path
	@cat $(OUTDIR)/asm.txt

.PHONY: asm-check
asm-check: ## find a locked instruction or a call on the hit path, with and without inlining
	@$(SCRIPT)/asm.sh $(OUTDIR)/asm.txt

.PHONY: pgo-check
pgo-check: ## find code of a user in a hit, built with a profile in which hooks are hot
	@$(GO) run ./internal/check/pgo

.PHONY: pgo-check-next
pgo-check-next: ## the same with the next Go (NEXT=go1.27.1)
	@GOTOOLCHAIN=$(NEXT) $(MAKE) --no-print-directory pgo-check

.PHONY: atom-check
atom-check: ## compare the machine code with that made with sync/atomic in place of internal/atom
	@$(SCRIPT)/atom.sh

# Code

.PHONY: fmt
fmt: ## format everything
	$(TOOL) gofumpt -w .

.PHONY: lint
lint: ## formatting, vet, staticcheck, and the state of every go.mod (QUICK=1: without what takes minutes the first time)
	@QUICK=$(QUICK) $(SCRIPT)/lint.sh

.PHONY: lines
lines: ## how many lines each package has
	@$(GO) run ./internal/check/lines

# Everything

.PHONY: ci
ci: ## what CI runs, a quarter of an hour
	@bash .ci/run

.PHONY: ci-all
ci-all: ## every check in full, some two hours: before a release
	@ALL=1 bash .ci/run

.PHONY: clean
clean: ## remove what the other targets left behind
	rm -rf $(OUTDIR)
