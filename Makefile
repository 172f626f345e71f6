# Wardmap: 'make run' starts it with the demo city, 'make test' proves it.
.DEFAULT_GOAL := help
SHELL := /bin/bash

GO       ?= go
NPM      ?= npm
BIN      := bin/wardmap
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
WEB      := $(shell find api/web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
SOURCES  := $(shell find . -name '*.go' -not -path './api/web/node_modules/*' 2>/dev/null) $(shell find data -name '*.yaml' -o -name '*.sql' 2>/dev/null)
ARGS     ?=
# Debian packages that the tests need.
PACKAGES := postgresql-15-postgis-3 chromium gdal-bin proj-bin fonts-noto-cjk gcc libc6-dev
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

export CGO_ENABLED ?= 1

.PHONY: help run build web test check unit race heavy e2e bench bench-live bench-scenes soak deps clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 12

run: build ## build, start with the demo city, print the address of the map wall
	$(BIN) serve --demo $(ARGS)

build: $(BIN) ## build the web client and the binary

web: api/web/dist/index.html ## build the web client

api/web/node_modules/.installed: api/web/package.json api/web/package-lock.json
	cd api/web && $(NPM) ci --no-audit --no-fund
	touch $@

api/web/dist/index.html: api/web/node_modules/.installed $(WEB)
	cd api/web && $(NPM) run build
	touch $@

$(BIN): api/web/dist/index.html $(SOURCES) go.mod go.sum
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./cmd/wardmap

test: deps check race heavy e2e ## install what tests need (Debian, as root) and run everything

deps: ## install PostGIS, Chromium, GDAL where they are missing
	@.ci/deps $(PACKAGES)

check: web ## gofmt, vet, staticcheck, types and unit tests of the web client
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "run gofmt -w on these files"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	cd api/web && $(NPM) run check && $(NPM) test

race: web ## all Go tests with -race against a private PostGIS
	WARDMAP_REQUIRE_POSTGIS=1 $(GO) run ./data/postgis/pgtest/cmd -- $(GO) test -race -timeout 30m ./...

heavy: web ## without -race: kill servers and imports 50 times on each store, take all real files to tiles, let a city live
	WARDMAP_REQUIRE_POSTGIS=1 $(GO) run ./data/postgis/pgtest/cmd -- $(GO) test -timeout 15m -run 'Kill|Real|BothStores|SimulatedCity' ./cmd/wardmap

unit: ## all Go tests, quickly
	$(GO) test ./...

e2e: build ## the map wall in a real browser against the real binary
	cd api/web && WARDMAP_BIN=$(CURDIR)/$(BIN) $(NPM) run e2e

bench: ## benchmarks of every package
	$(GO) test -run '^$$' -bench . -benchmem ./...

bench-live: ## live positions, fences and nearest units, against Tile38 when TILE38_SERVER names its binary
	$(GO) test -run '^$$' -bench . -benchmem ./spatial/fence ./spatial/live ./spatial/road ./spatial/index
	$(GO) test -run '^$$' -bench Live -benchtime 1x -v ./cmd/wardmap

bench-scenes: ## buildings of New York to finished 3D tiles, and a server with a million of them, where the real data is
	$(GO) test -run '^$$' -bench . -benchmem ./scenes3d/...
	$(GO) run ./data/postgis/pgtest/cmd -- $(GO) test -run '^$$' -bench Scene -benchmem ./cmd/wardmap
	WARDMAP_SOAK=1 $(GO) test -count 1 -timeout 30m -run Million -v ./cmd/wardmap

soak: ## long fuzzing and long runs
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz); do echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 2m $$p || exit 1; done; done
	WARDMAP_SOAK=1 $(GO) run ./data/postgis/pgtest/cmd -- $(GO) test -timeout 60m -count 1 ./...

clean: ## remove what make built
	rm -rf bin out api/web/node_modules
	find api/web/dist -mindepth 1 -not -name .keep -delete
