# Every target only calls go. `make` lists them.
GO ?= go
FUZZTIME ?= 10s
BENCHSIZE ?= 1GiB

.DEFAULT_GOAL := help

build: ## build the program into bin/
	$(GO) build -trimpath -o bin/webexaudit ./cmd/webexaudit

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

generate: ## rewrite the generated code (records as JSON) after a change of a record
	$(GO) generate ./...

fuzz: ## fuzz each parser for FUZZTIME
	@for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

golden: ## rewrite all golden files; read the diff
	$(GO) test ./... -run 'Golden|Docs|Schema|Rules|Script|Scenario' -update

bench: ## benchmarks, then a whole audit of a generated capture of BENCHSIZE
	$(GO) test -run '^$$' -bench . -benchtime 200ms ./analyzer/*/... ./signatures
	$(GO) test ./analyzer -run "^$$" -bench Audit -benchtime 5x -capture-size $(BENCHSIZE)

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

.PHONY: generate build test race check fmt vet lint vuln fuzz golden bench help
