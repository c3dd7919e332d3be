# Affect. `make` says what there is.
SHELL := /bin/bash
export PKG_CONFIG_PATH := $(CURDIR)/.deps/pkgconfig:$(PKG_CONFIG_PATH)
# Threads that wait for work sleep instead of spinning: on a busy machine spinning ones take the cores from those that work.
export OMP_WAIT_POLICY ?= passive
SWIFT_BUILD := swift build -c release
AFFECT := .build/release/affect
CORPUS ?=
OUTPUT ?= demo

.DEFAULT_GOAL := help
.PHONY: help setup build demo test lint docs format clean

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):[^#]*## */make \1|/' | column -t -s '|'

setup: ## install what Affect needs (LIBTORCH=DIR takes a LibTorch that you have)
	@scripts/setup.sh

build: setup ## build the command: .build/release/affect
	@$(SWIFT_BUILD) --product affect

demo: build ## train and recognise, from speech to a report (CORPUS=DIR takes a corpus of real speech)
	@$(AFFECT) demo --output $(OUTPUT) $(if $(CORPUS),--source $(CORPUS))

test: ## check the style, build everything, run every test
	@scripts/setup.sh --peers
	@$(MAKE) --no-print-directory lint
	@swift test -c release

docs: build ## make pages of the library's documentation: .build/documentation
	@scripts/docs.sh

lint: setup ## check formatting, the import table and file lengths
	@scripts/lint.sh

format: ## format every Swift file in place
	@swift format --in-place --recursive --parallel Package.swift Sources Tests

clean: ## remove what was built, keep what was installed
	rm -rf .build
