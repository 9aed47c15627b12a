# Every check has one target here, and the gate (.ci/run) calls the same targets.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PYTEST_WORKERS ?= 2
SHELL  := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test test-fast check format lint types imports dependencies drift cluster-assets bench lock docs clean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.run ## Live through one week of an example platform in a few seconds
	@$(BIN)/sleepwalker demo

test: $(VENV)/.dev cluster-assets-if-possible ## Run every test; says loudly what it had to leave out
	$(BIN)/pytest -n $(PYTEST_WORKERS) --dist worksteal

test-fast: $(VENV)/.dev ## Run the tests that need no cluster
	$(BIN)/pytest -n $(PYTEST_WORKERS) -m "not cluster"

check: lint types imports dependencies drift ## Run every static check

format: $(VENV)/.dev ## Put the code into the house's format
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: $(VENV)/.dev
	$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

dependencies: $(VENV)/.dev
	$(BIN)/deptry .

drift: $(VENV)/.dev ## Check that generated files are what their tables say
	$(BIN)/python docs/reference/generate.py --check

docs: $(VENV)/.dev ## Write the generated reference pages, RBAC and CRDs
	$(BIN)/python docs/reference/generate.py

cluster-assets: ## Build etcd, the Kubernetes control plane and kwok for the tests, once (about ten minutes)
	tests/cluster/assets/build.sh

.PHONY: cluster-assets-if-possible
cluster-assets-if-possible:
	@if [ -z "$$KUBEBUILDER_ASSETS" ] && command -v go >/dev/null; then tests/cluster/assets/build.sh >/dev/null; fi

bench: $(VENV)/.dev cluster-assets ## Measure against a bare loop on a real API server; writes docs/benchmarks.md
	$(BIN)/python -m bench

lock: $(VENV)/.dev ## Pin the dependencies again, with hashes
	$(BIN)/pip-compile $(LOCK) -o requirements.txt pyproject.toml
	printf 'hatchling\neditables\n' | $(BIN)/pip-compile $(LOCK) -c requirements.txt -o requirements-build.txt -
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' \
	  | $(BIN)/pip-compile $(LOCK) --allow-unsafe -c requirements.txt -c requirements-build.txt -o requirements-dev.txt -

LOCK := --quiet --generate-hashes --no-header --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

clean: ## Remove what the targets made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "sleepwalker needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Say: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt requirements-build.txt pyproject.toml | $(VENV)/bin/python
	@echo "setting up $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
