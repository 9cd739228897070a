# `make` alone lists the targets. All Python programs come from .venv, which the targets set up: by
# their paths, as the make of macOS looks for them on the PATH that it was started with itself.

export PATH := $(CURDIR)/.venv/bin:$(PATH)
BIN := .venv/bin
PYTHON ?= python3
READY := .venv/installed
EXEC := $(BIN)/python -m quickstart exec --fresh

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test browser check lint bench soak lock docs

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## set up everything, start everything, print the page's URL, user and password
	@$(BIN)/python -m quickstart demo

demo-reset: $(READY) ## forget the demo: databases, records, passwords
	@$(BIN)/python -m quickstart reset

test: $(READY) browser ## run all tests against real services
	@$(BIN)/python -m quickstart assets
	$(EXEC) --state .highwater/test -- pytest --cov --cov-report=term

# Where it cannot be had, the tests that need it are skipped and say so at the end.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
		|| command -v google-chrome >/dev/null || [ "$$(id -u)" != 0 ] \
		|| ! command -v apt-get >/dev/null \
		|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y \
			-qq --no-install-recommends chromium; } || true

check: lint ## all that CI runs: lint, types, contracts, Django's checks, and last the tests
	$(MAKE) test

# The deployment checks want a site on https; neither they nor the others need a broker.
lint: export HIGHWATER_BASE_URL = https://highwater.example
lint: $(READY)
	@$(BIN)/python -m quickstart assets
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	node_modules/.bin/tsc
	$(BIN)/lint-imports
	$(EXEC) --state .highwater/check --no-broker -- python manage.py check --deploy --fail-level WARNING
	$(EXEC) --state .highwater/check --no-broker -- python manage.py makemigrations --check --dry-run

bench: $(READY) ## run the benchmarks at full size
	@mkdir -p bench/results
	$(EXEC) --state .highwater/bench -- python -m bench.sample --real-time > bench/results/sample.json
	$(EXEC) --state .highwater/bench -- python -m bench.sample --groups 50000 > bench/results/sample-million.json
	$(EXEC) --state .highwater/bench -- python -m bench.worker > bench/results/worker.json
	$(EXEC) --state .highwater/bench -- python -m bench.worker --groups 50000 > bench/results/worker-million.json
	$(EXEC) --state .highwater/bench -- python -m bench.timelag > bench/results/timelag.json
	$(BIN)/python -m bench.judge > bench/results/judge.json
	$(BIN)/python -m bench.series > bench/results/series.json
	$(BIN)/python -m bench.start > bench/results/start.json

docs: export SECRET_KEY = only-to-write-the-reference-pages
docs: $(READY) ## write the reference pages in docs/ from what the code declares
	@$(BIN)/python -m docs.generator

soak: export SOAK = 1
soak: $(READY) ## run the long proofs at full size
	$(EXEC) --state .highwater/soak -- pytest tests/acceptance/test_republish.py tests/monitor/lag/test_a_day.py tests/stack

lock: $(READY) ## bring the locks up to date with pyproject.toml and quickstart/npm.in
	$(COMPILE) --all-extras pyproject.toml -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock pyproject.toml -o requirements.lock
	$(COMPILE) quickstart/npm.in -o quickstart/npm.lock

# Extras stay: without `coverage[toml]==` in the lock, pip before 23.3 takes the newest for the
# dependency's `coverage[toml]`, finds no hash and installs nothing, the day a release comes out.
COMPILE = $(BIN)/uv pip compile --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

$(READY): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=/path/to/it")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@
