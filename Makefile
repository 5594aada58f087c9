# Every target only calls go. `make` lists them.
GO ?= go
FUZZTIME ?= 10s
BENCHSIZE ?= 1GiB

.DEFAULT_GOAL := help

build: ## build the program into bin/, without the C library: names are never looked up
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/webexaudit ./cmd/webexaudit

test: ## run all tests
	$(GO) test ./...

race: ## run all tests under the race detector
	$(GO) test -race ./...

check: fmt vet lint test ## what a change must pass

fmt: ## fail if a file is not formatted
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "not formatted:"; echo "$$out"; exit 1; fi

vet: ## go vet
	$(GO) vet ./...

lint: ## staticcheck
	$(GO) tool staticcheck ./...

vuln: ## known vulnerabilities in what the program calls
	$(GO) tool govulncheck ./...

generate: ## rewrite the generated code after a change of a record (as JSON) or a signature (as Go)
	$(GO) generate ./...

fuzz: ## fuzz each parser for FUZZTIME
	@for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

golden: ## rewrite all golden files; read the diff
	$(GO) test ./... -run 'Golden|Docs|Schema|Rules|Script|Scenario' -update

BENCHDIR ?= /tmp
BENCHPAIRS ?= 5

bench: build ## benchmarks, then whole audits of a generated capture of BENCHSIZE beside other programs (docs/performance.md)
	$(GO) test -run '^$$' -bench . -benchtime 200ms ./analyzer/*/... ./signatures ./reports
	$(GO) run ./analyzer/pcaptest/gencap -size $(BENCHSIZE) -o $(BENCHDIR)/webexaudit-bench.pcap
	$(GO) run ./analyzer/pcaptest/compare -program bin/webexaudit -capture $(BENCHDIR)/webexaudit-bench.pcap -n $(BENCHPAIRS); \
		status=$$?; rm -f $(BENCHDIR)/webexaudit-bench.pcap; exit $$status

guard: build ## fail if a whole audit takes more CPU time, against fixed work, than it should
	$(GO) run ./analyzer/pcaptest/gencap -size 128MiB -o $(BENCHDIR)/webexaudit-guard.pcap
	$(GO) run ./analyzer/pcaptest/compare -program bin/webexaudit -capture $(BENCHDIR)/webexaudit-guard.pcap -limit 5.6; \
		status=$$?; rm -f $(BENCHDIR)/webexaudit-guard.pcap; exit $$status

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.PHONY: generate build test race check fmt vet lint vuln fuzz golden bench guard help
