# Every target calls go, or a script of .ci that does. `make` lists them.
GO ?= go
FUZZTIME ?= 10s
COMMIT ?= $(shell git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null)

.DEFAULT_GOAL := help

build: ## build the program into bin/, without the C library: names are never looked up
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags "-X main.commit=$(COMMIT)" -o bin/webexaudit ./cmd/webexaudit

lake: ## build the program for lakes of many sensors (docs/lake.md), a module of its own, into bin/; it needs a C++ compiler
	cd cmd/webexaudit-lake && $(GO) build -trimpath -buildvcs=false -ldflags "-s -w" -o ../../bin/webexaudit-lake .

lake-test: ## vet and test the program for lakes
	cd cmd/webexaudit-lake && $(GO) vet ./... && $(GO) test ./...

LAKE_CHDB ?= $(CURDIR)/bin/chdb

lake-test-all: ## these, on ClickHouse and with avsc (npm, 0.5 GB in LAKE_CHDB), on an S3 server, and with workers that die (PostgreSQL too)
	mkdir -p $(LAKE_CHDB)
	GOBIN=$(CURDIR)/bin $(GO) install github.com/versity/versitygw/cmd/versitygw@v1.8.0
	cd cmd/webexaudit-lake && LAKE_ALL=1 LAKE_CHDB=$(LAKE_CHDB) LAKE_VERSITYGW=$(CURDIR)/bin/versitygw $(GO) test ./...

test: ## run all tests
	$(GO) test ./...

tshark: ## the tests that compare with tshark: minutes
	TSHARK=1 $(GO) test -run 'Tshark|Evidence|Selects|Verify|Scenarios|Wireshark|Malformed|OddMix' ./analyzer/...

race: ## run all tests under the race detector
	$(GO) test -race ./...

check: fmt vet lint test ## what a change must pass

fmt: ## fail if a file is not formatted
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "not formatted:"; echo "$$out"; exit 1; fi

vet: ## go vet
	$(GO) vet ./...

lint: ## staticcheck
	$(GO) tool staticcheck ./...

vuln: ## known vulnerabilities in what the program calls; VULNDB=DIR is a database for where there is no network
	.ci/vuln

SBOM ?= bin/sbom.cdx.json

sbom: build ## what the built program consists of, with versions, hashes and licences: CycloneDX JSON in bin/
	$(GO) run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 bin -json -licenses -noserial -notimestamp \
		-output $(SBOM) bin/webexaudit

package: build ## a .deb, an .rpm and a tarball of the built program, with units, manual pages and completions: bin/packages
	deploy/package

reproducible: ## two builds from two directories are equal; FRESH=1: the second without the build cache
	.ci/reproducible

licences: ## rewrite THIRD_PARTY, the licences of what is in the programs
	$(GO) run ./analyzer/pcaptest/licences
	$(GO) run ./analyzer/pcaptest/licences -program webexaudit-lake -o cmd/webexaudit-lake/THIRD_PARTY

generate: ## rewrite the generated code after a change of a record (as JSON) or a signature (as Go)
	$(GO) generate ./...

# Targets are looked for in the text: to ask each package for them is to link the tests of all.
fuzz: ## fuzz each parser for FUZZTIME
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' . | sed 's,/[^/]*:func , ,' | sort -u | while read -r dir f; do \
		echo "$$dir $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$dir || exit 1; \
	done

MUTANTS ?= 20000

# Each mutant goes through JSON Lines with one worker and with three, one of the other formats by turns, Parquet and CSV
# every fourth. A failure names its number: go test ./cmd/webexaudit -run TestMutants -mutants 1 -first NUMBER
fuzz-files: ## audit MUTANTS captures with faults through all outputs, in process
	$(GO) test ./cmd/webexaudit -run 'TestMutants$$' -v -timeout 2h -mutants $(MUTANTS) $(MUTANTFLAGS)

figures: ## where files, functions, lines and branches are larger than allowed; analyzer/pcaptest/figures/exceptions.txt only shrinks
	$(GO) run ./analyzer/pcaptest/figures -v

PKG ?= ./analyzer/loss
MUTATEFLAGS ?= -short

mutate: ## change one operator of PKG at a time and print the changes that its own tests do not notice; MUTATEFLAGS="-sample 200" is a part
	$(GO) run ./analyzer/pcaptest/mutate $(MUTATEFLAGS) $(PKG)

golden: ## rewrite all golden files; read the diff
	$(GO) test ./... -run 'Golden|Docs|Schema|Rules|Script|Scenario|Figures' -update

BENCHDIR ?= /tmp
BENCHPAIRS ?= 5
BENCHCOUNT ?= 6
BENCHSCALE ?= 1
BENCHFLAGS ?=
BENCHOLD ?=
LIVETIME ?= 10s

measure: build # the programs that measure
	$(GO) build -o bin/ ./analyzer/pcaptest/gencap ./analyzer/pcaptest/compare ./analyzer/pcaptest/live \
		./analyzer/pcaptest/fortnight

bench: micro goals ## everything that is measured on files (docs/performance.md)

micro: ## benchmarks of the parts as tables of benchstat; BENCHOLD=FILE compares with a bin/bench.txt of before
	@mkdir -p bin
	$(GO) test -run '^$$' -bench . -skip '^BenchmarkAudit' -benchtime 100ms -count $(BENCHCOUNT) ./analyzer/... ./signatures ./reports >bin/bench.txt || { cat bin/bench.txt; exit 1; }
	$(GO) tool benchstat -table goos -row pkg,.fullname -filter '.unit:(sec/op OR B/op OR allocs/op)' $(BENCHOLD) bin/bench.txt
	$(GO) test -count 1 -run Alloc ./analyzer/capture ./analyzer/decode ./analyzer/flow ./analyzer/dissect/... ./analyzer/media ./signatures

goals: measure ## whole audits of generated captures beside other programs, and which goals hold; BENCHSCALE=8 is a quick look
	bin/compare -dir $(BENCHDIR) -n $(BENCHPAIRS) -scale $(BENCHSCALE) -flags "$(BENCHFLAGS)"

curves: measure ## growth with packets and flows, as the table of docs/performance.md; 16 GiB of memory and of BENCHDIR are needed
	bin/compare -curves -dir $(BENCHDIR) -scale $(BENCHSCALE) -flags "$(BENCHFLAGS)"

live: measure ## packets lost at the machine's top rate, between two network namespaces (root)
	bin/gencap -size 1GiB -o $(BENCHDIR)/webexaudit-live.pcap
	bin/live -capture $(BENCHDIR)/webexaudit-live.pcap -duration $(LIVETIME); status=$$?; rm -f $(BENCHDIR)/webexaudit-live.pcap; exit $$status

RATE ?= 100000
RATETIME ?= 60s
RATEWINDOW ?= 10s

rate: measure ## RATE packets a second of calls for RATETIME: a watch has all of them, and finds what the audit of the same packets finds (root, tcpdump)
	bin/gencap -size $$(( $(RATE) * $(RATETIME:s=) * 620 / 1048576 ))MiB -span $(RATETIME) -servers 300 -o $(BENCHDIR)/webexaudit-rate.pcap
	rm -rf $(BENCHDIR)/webexaudit-rate
	bin/live -capture $(BENCHDIR)/webexaudit-rate.pcap -once -rate $(RATE) -duration $(RATETIME) -record \
		-watch $(BENCHDIR)/webexaudit-rate -window $(RATEWINDOW); status=$$?; \
		rm -rf $(BENCHDIR)/webexaudit-rate.pcap $(BENCHDIR)/webexaudit-rate; exit $$status

SOAKTIME ?= 30
SOAKFLOWS ?= 2000
SOAKMEMORY ?= 256M
SOAKWINDOW ?= 5m

soak: measure ## SOAKFLOWS new flows a second for SOAKTIME minutes, audited by a watch: its memory, and whether packets or windows are missing (root)
	rm -rf $(BENCHDIR)/webexaudit-soak
	bin/gencap -o - -size $$(( $(SOAKTIME) * $(SOAKFLOWS) * 60 * 3600 / 1048576 ))MiB -flows $$(( $(SOAKTIME) * $(SOAKFLOWS) * 60 )) \
		-span $(SOAKTIME)m -servers 300 | bin/live -capture - -once -duration $$(( $(SOAKTIME) + 1 ))m \
		-watch $(BENCHDIR)/webexaudit-soak -window $(SOAKWINDOW) -flags "--max-memory $(SOAKMEMORY)"; \
		status=$$?; rm -rf $(BENCHDIR)/webexaudit-soak; exit $$status

FORTNIGHTSIZE ?= 36

fortnight: measure ## a fortnight of packet time at speed, FORTNIGHTSIZE GiB (36: 10^8 packets): memory and disk of a watch by day
	rm -rf $(BENCHDIR)/webexaudit-fortnight
	bin/gencap -o - -size $(FORTNIGHTSIZE)GiB -flows $$(( $(FORTNIGHTSIZE) * 110000 )) -span 336h -servers 300 -mix audio | \
		bin/fortnight -dir $(BENCHDIR)/webexaudit-fortnight -flags "--keep 3d --max-memory 256M --hash none"; \
		status=$$?; rm -rf $(BENCHDIR)/webexaudit-fortnight; exit $$status

KILLS ?= 20

kills: ## kill a watch KILLS times at random moments: no window is lost or double, tables can be read, findings go on
	KILLS=$(KILLS) $(GO) test ./cmd/webexaudit -run 'Killed' -v -count 1 -timeout 30m

guard: measure ## fail if a whole audit takes more CPU time, against fixed work, than it should
	bin/gencap -size 128MiB -o $(BENCHDIR)/webexaudit-guard.pcap
	bin/compare -capture $(BENCHDIR)/webexaudit-guard.pcap -limit 4; \
		status=$$?; rm -f $(BENCHDIR)/webexaudit-guard.pcap; exit $$status

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.PHONY: generate build lake lake-test lake-test-all test tshark race check fmt vet lint vuln fuzz fuzz-files figures mutate golden measure bench micro goals curves live kills rate soak fortnight guard help sbom package reproducible licences
