# `make help` tells what there is. Everything below .venv, .cache, .local and dist is made here and can be deleted.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
# The name holds a checksum of what is installed: setup runs again only when that has changed.
READY := $(VENV)/.ready-$(shell { cat requirements.lock requirements/*.txt requirements/install.py; \
    sed '/^\[tool.ruff/,$$d' pyproject.toml; } | cksum | cut -d' ' -f1)

# Tests whose size TEST_SCALE=long sets.
LARGE_TESTS = $(shell grep -rlE "import (LONG|scaled)" tests --include="test_*.py")

.PHONY: help setup run test pytest test-faults lint fix typecheck house package schemas glue-wheels plan apply destroy bench lock clean distclean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY) ## Install everything into .venv and .cache (Python 3.11 is all it needs; offline after the first time)
	@:

$(READY):
	@python=$$(for p in python3.11 python3 python; do \
	    $$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && { command -v $$p; break; }; done); \
	if [ -z "$$python" ]; then \
	    echo "make setup: Python 3.11 is needed (Glue 5.1 has it) and neither python3.11 nor python3 is one: install python3.11" >&2; exit 1; fi; \
	"$$python" requirements/install.py
	@$(PY) -m local.jars
	@$(PY) -m local.class_archive
	@$(PY) -m local.prepare
	@$(PY) -m tests.servers.kafka
	@$(PY) -m tests.servers.iceberg
	@rm -f $(VENV)/.ready-* && touch $@

run: setup ## Run the whole pipeline on this machine with sample data, or with FILES="a.csv b.parquet"
	@$(VENV)/bin/glue-etl local run $(FILES)

test: setup ## Run all tests (ARGS="tests/unit -k packing" for some of them), and check style and types beside them
	@$(MAKE) -j 3 lint typecheck pytest

# Three for two cores: whoever asks a local cloud waits for half of the time.
pytest: setup ## Run the tests alone (ARGS as above)
	@$(PY) -m pytest -n 3 --dist loadscope --no-loadscope-reorder $(ARGS)

test-faults: setup ## Play 5,000 histories with injected faults, take each safeguard out, kill 20 real processes, and all that make test has in small (two hours)
	@TEST_SCALE=long $(PY) -m pytest $(LARGE_TESTS)
	@$(PY) -m tests.faults --histories 5000
	@TEST_SCALE=long $(PY) -m pytest -q tests/engine/test_audit_against_stock.py tests/spark/test_audit_against_stock.py
	@$(PY) -m tests.faults.mutations
	@$(PY) -m tests.faults.kills

lint: setup ## Check style; changes nothing
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .

fix: setup ## Write what the style checks ask for
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

typecheck: setup ## Check types
	@$(PY) -m mypy

house: setup ## Print what handlers drag in, what is long, and which files an addition touches
	@$(PY) -m tests.house

package: setup ## Build what is deployed: function zips, Glue zip and script, contracts (into dist/)
	@$(PY) -m shipping

schemas: setup ## Write the JSON schemas of contracts and suites, and the API's document, from the code (docs/schemas, docs/openapi.json)
	@$(PY) -m shipping.schemas

glue-wheels: setup ## Build the bundle of wheels that Glue installs (Great Expectations; into dist/)
	@$(PY) -m shipping --glue-wheels

ENV ?= dev
TERRAFORM := terraform -chdir=terraform

plan: package glue-wheels ## Show what a deployment would change (ENV=dev)
	@$(TERRAFORM) init -input=false && $(TERRAFORM) plan -var-file=environments/$(ENV).tfvars

apply: package glue-wheels ## Deploy to AWS (ENV=dev)
	@$(TERRAFORM) init -input=false && $(TERRAFORM) apply -var-file=environments/$(ENV).tfvars

destroy: package glue-wheels ## Remove a deployment from AWS (ENV=dev)
	@$(TERRAFORM) init -input=false && $(TERRAFORM) destroy -var-file=environments/$(ENV).tfvars

bench: setup ## Measure against named peers, on this machine
	@set -e; for benchmark in $(notdir $(basename $(wildcard benchmarks/bench_*.py))); do $(PY) -m benchmarks.$$benchmark; done

lock: setup ## Install requirements.txt as it is now and write requirements.lock, with hashes here and in requirements/*.txt
	@$(PY) -m pip install --quiet -r requirements.txt
	@{ head -2 requirements.lock; $(PY) -m pip freeze --exclude-editable --exclude uv --exclude wheel --exclude setuptools; } > .cache/lock && mv .cache/lock requirements.lock
	@$(PY) requirements/hashes.py

clean: ## Remove what was built or run (dist, .local, tool caches)
	@rm -rf dist .local .mypy_cache .ruff_cache .pytest_cache .hypothesis spark-warehouse metastore_db derby.log
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean ## Remove what was installed or downloaded too (.venv, .cache)
	@rm -rf .venv .cache
