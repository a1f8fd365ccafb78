# Deloteka needs Debian 12 (or another Linux) with Python 3.11, its venv module and make; everything else is set up here.
# Nothing is installed outside this folder. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PIP := PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip --disable-pip-version-check --no-input
WORKERS ?= 3
ARGS ?=
TESTS ?=
BENCHMARKS ?= $(wildcard benchmarks/[a-z]*.py)

# An environment knows its own path: when the clone was moved, it is made anew.
ifneq ($(wildcard .venv),)
ifneq ($(shell cat .venv/made-for 2>/dev/null),$(CURDIR))
MOVED := moved
endif
endif

.PHONY: help setup develop run demo test check lint types imports bench lock clean moved

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

setup: .venv/ready ## set up .venv with the locked dependencies of the service
develop: .venv/ready-to-develop ## the same with the tools of its engineers

run: .venv/ready ## set up, if need be, and start the service (ARGS="--help" shows what it takes)
	@exec $(BIN)/deloteka serve $(ARGS)

demo: .venv/ready-to-develop ## play the main job over HTTP with invented scans
	@exec $(BIN)/python -m demo $(ARGS)

test: .venv/ready-to-develop ## every check, then every test (TESTS="tests/web -k upload" for some)
	@checked=0; $(MAKE) --keep-going check || checked=$$?; \
	echo "== pytest"; \
	mkdir -p build; \
	$(if $(TESTS),,COVERAGE_REPORT=build/coverage.json) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS) $(ARGS); \
	$(if $(TESTS),,$(BIN)/python -m slipcover --fail-under 90 --out build/coverage.json --merge build/coverage.json;) \
	if [ $$checked != 0 ]; then echo "The tests passed, but the checks above them did not" >&2; exit 1; fi

check: lint types imports ## ruff, mypy --strict and the import contracts

lint: .venv/ready-to-develop
	@echo "== ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/ready-to-develop
	@echo "== mypy --strict"
	@$(BIN)/mypy --strict

imports: .venv/ready-to-develop
	@echo "== import contracts"
	@$(BIN)/lint-imports

bench: .venv/ready-to-develop ## measure what is promised about speed
	@for script in $(BENCHMARKS); do echo "== $$script"; $(BIN)/python "$$script" $(ARGS); done

# uv comes into a throw-away environment, because the service does not need it.
COMPILE = "$$scratch/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

lock: .venv/python ## resolve the dependencies anew and write the three locks
	@scratch="$$(mktemp -d)"; trap 'rm -rf "$$scratch"' EXIT; \
	$(BIN)/python -m venv "$$scratch"; \
	"$$scratch/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	$(COMPILE) $(ARGS) --extra dev pyproject.toml --output-file requirements-dev.lock; \
	$(COMPILE) --constraints requirements-dev.lock --no-annotate pyproject.toml --output-file requirements.lock; \
	printf 'hatchling\neditables\n' | $(COMPILE) --constraints requirements-dev.lock - --output-file requirements-build.lock

clean: ## remove the environment and caches; never data
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find core plugins retention storage tests -name __pycache__ -prune -exec rm -rf {} +

moved:

.venv/python: $(MOVED)
	@python=; for each in "$${PYTHON:-}" python3.11 python3.12 python3.13 python3; do \
	  if command -v "$$each" >/dev/null && "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then python="$$each"; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo 'Python 3.11 or newer is needed: apt install python3.11 python3.11-venv' >&2; exit 1; fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "The venv module of $$python is missing: apt install python3-venv (on Debian 12: python3.11-venv)" >&2; exit 1; fi; \
	echo "Setting up .venv with $$("$$python" --version)"; \
	rm -rf .venv; "$$python" -m venv .venv; \
	printf '%s' "$(CURDIR)" > .venv/made-for; touch .venv/python

.venv/dependencies: requirements.lock requirements-build.lock .venv/python
	@echo "Installing the locked dependencies"
	@$(PIP) install --quiet --require-hashes -r requirements.lock -r requirements-build.lock
	@touch .venv/dependencies

.venv/ready: pyproject.toml .venv/dependencies
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch .venv/ready

.venv/ready-to-develop: requirements-dev.lock .venv/ready
	@echo "Installing the locked tools"
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch .venv/ready-to-develop
