# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := contracts schemes servicekit services/referral services/case services/outcomes services/notify services/door ops
OURS := $(notdir $(PACKAGES))
# Installed without fetching anything: every requirement, build backend included, comes from the lock file.
EDITABLE := $(foreach package,$(PACKAGES),-e ./$(package))

.DEFAULT_GOAL := help
.PHONY: help setup lock schemas demo bench lint types rooms test test-host screenshots attack recovery faults clean

help: ## say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/' | awk -F: '{printf "  make %-12s %s\n", $$1, $$2}'

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Footing needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Give another with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<1'

.venv/installed: .venv/bin/uv requirements.lock $(foreach package,$(PACKAGES),$(package)/pyproject.toml)
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes --requirement requirements.lock
	$(BIN)/uv pip install --python $(BIN)/python --quiet --no-build-isolation --no-deps $(EDITABLE)
	@touch $@

setup: .venv/installed ## install everything into .venv

lock: .venv/bin/uv ## work the lock file out anew after a change of dependencies
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		$(foreach package,$(OURS),--no-emit-package footing-$(package)) \
		--output-file requirements.lock pyproject.toml $(foreach package,$(PACKAGES),$(package)/pyproject.toml)

schemas: setup ## write contracts/schemas/ and the served asyncapi.yaml anew after a change of the models
	$(BIN)/python -m contracts.schemas
	$(BIN)/python -m ops.bundling

demo: setup ## run everything on real Kafka and MongoDB and print the figures (ARGS=--once ends by itself)
	$(BIN)/footing demo $(ARGS)

bench: setup ## measure speed on real Kafka and MongoDB, about an hour (ARGS="gate --quick" measures less)
	$(BIN)/python -m benchmarks $(ARGS)

lint: setup ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## types
	$(BIN)/mypy

rooms: setup ## import rules
	$(BIN)/lint-imports

test: lint types rooms ## style, types, import rules and every test, on real Kafka and MongoDB
	$(BIN)/pytest

test-host: setup ## have the AsyncAPI command read the contract and promtool the alerts, walk all pages in a real Chromium (fetches all)
	PYTHONPATH=tests $(BIN)/python -m host $(ARGS)

screenshots: setup ## take the pictures of the README anew, in docs/images
	PYTHONPATH=tests $(BIN)/python -m host.screenshots

attack: setup ## attack 1,000 random releases: build/attack.json (ARGS="--releases 100" for fewer)
	$(BIN)/python -m outcomes_service.releases.attack --releases 1000 $(ARGS)

recovery: setup ## break everything on purpose, 20 minutes: build/recovery.json and build/recovery.md
	PYTHONPATH=tests $(BIN)/python -m recovery $(ARGS)

faults: setup ## plant faults one by one: noticed, mended by the runbook, figures verified: build/faults.md
	PYTHONPATH=tests $(BIN)/python -m faults $(ARGS)

clean: ## remove what was installed and built
	rm -rf .venv build .footing
