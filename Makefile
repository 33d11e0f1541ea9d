# Two commands do everything: `make demo` shows the main job, `make test` runs all tests. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := .ci/constraints.txt
WEAVIATE := .venv-weaviate
WEAVIATE_TOOLS := blockbuster hypothesis pytest pytest-asyncio pytest-timeout pyyaml
DEMO := build/demo
# Three workers on two cores, a file of tests to each: a kernel or a browser is often waited for. "make test WORKERS=0" runs one
# test after the other. All must name the same tests, so that the order of sets is fixed.
WORKERS ?= 3

# An interpreter that may keep what it compiled starts in a quarter of the time, and the tests start some hundred of them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo lab test setup models check types lint format bench clean browser mariadb notebooks wheel wheel-test extras pythons docs bench-page bench-check gate

help:
	@echo "make demo    run the quickstart on a model inside this machine (no key)"
	@echo "make lab     open JupyterLab on the executed quickstart"
	@echo "make test    set up everything and run all tests"
	@echo "make check   lint, types, import contracts, size limits"
	@echo "make format  format the code"
	@echo "make bench   run the benchmarks (bench-page: store what they find, and write docs/benchmarks.md;"
	@echo "             bench-check: is all of it stored, whole, and explained?)"
	@echo "make gate    run the quick ones: has one become worse since it was stored?"
	@echo "make notebooks  run the example notebooks and save what they show"
	@echo "make wheel   build the wheel and the source distribution into dist/; make wheel-test tries the wheel without this tree"
	@echo "make extras  install each extra alone, and use it"
	@echo "make pythons run the quick tests on every Python 3.11 and newer that is here"
	@echo "make docs    make the documentation site in build/docs"
	@echo "make clean   remove the environment and all results"

# An interpreter that is too old, or whose venv module is missing, is named at once.
$(BIN)/python:
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "racto_nb needs Python 3.11 or newer with venv and pip; '$(PYTHON)' is not. Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# uv installs the 270 packages of the test set in seconds; where it cannot be had, pip does the same, slowly.
$(VENV)/.installer: $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	@touch $@

comma := ,
INSTALL = if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install --quiet --python $(BIN)/python --constraint $(CONSTRAINTS) -e '.[$(1)]'; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) -e '.[$(1)]'; fi

$(VENV)/.demo: $(VENV)/.installer pyproject.toml $(CONSTRAINTS)
	@echo "Setting up: core, embedded model engine, JupyterLab …"
	@$(call INSTALL,embedded$(comma)lab)
	@touch $@

$(VENV)/.test: $(VENV)/.installer pyproject.toml $(CONSTRAINTS)
	@echo "Setting up: everything the tests need …"
	@$(call INSTALL,all$(comma)dev)
	@touch $@ $(VENV)/.demo

# Weaviate's client holds protobuf and grpcio back for a whole environment, so its store is tried in one of its own.
$(WEAVIATE)/.test: $(VENV)/.installer pyproject.toml .ci/constraints-weaviate.txt
	@echo "Setting up: the environment of Weaviate …"
	@$(BIN)/python -m venv --without-pip $(WEAVIATE) && if [ -x $(BIN)/uv ]; then install="$(BIN)/uv pip install --python $(WEAVIATE)/bin/python"; \
	else install="$(BIN)/python -m pip --python $(WEAVIATE)/bin/python install --disable-pip-version-check"; fi; \
	$$install --quiet --constraint .ci/constraints-weaviate.txt -e '.[rag-weaviate]' $(WEAVIATE_TOOLS)
	@touch $@

# The browser tests drive Debian's Chromium where apt and root are at hand, else the browser that Playwright brings.
browser: $(VENV)/.test
	@if command -v chromium >/dev/null 2>&1 || [ -n "$$CHROMIUM" ]; then true; \
	elif command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
	  echo "Setting up: Chromium …"; \
	  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else echo "Setting up: Chromium by Playwright …"; $(BIN)/python -m playwright install chromium; fi

# What is said of MySQL is tried on a MariaDB of Debian's; without it these tests are skipped, and say so.
mariadb:
	@if [ ! -x /usr/sbin/mariadbd ] && command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
	  echo "Setting up: MariaDB …"; \
	  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mariadb-server-core >/dev/null; \
	fi

demo: $(VENV)/.demo
	$(BIN)/racto-nb demo --output $(DEMO)

lab: $(VENV)/.demo
	$(BIN)/racto-nb lab $$(test -f $(DEMO)/00_quickstart.ipynb && echo $(DEMO)/00_quickstart.ipynb || echo notebooks/00_quickstart.ipynb)

models: $(VENV)/.test
	$(BIN)/racto-nb models download --yes smollm2-135m
	$(BIN)/racto-nb models download --yes qwen2.5-coder-0.5b
	$(BIN)/racto-nb models download --yes all-minilm-l6-v2

# Three workers that begin at once would each compile all tests and what they import. Once is enough.
$(VENV)/.compiled: $(VENV)/.test
	@echo "Setting up: the tests are compiled …"
	@$(BIN)/python -m pytest --collect-only -qq >$@.log || { cat $@.log; exit 1; }
	@touch $@

# apt has one caller at a time.
mariadb: | browser

setup: $(VENV)/.test $(VENV)/.compiled $(WEAVIATE)/.test browser mariadb models

# The order of the files is that of tests/conftest.py. The gate on what things cost comes when the machine has nothing else to do;
# where a part of the tests is asked for, it is left out.
test: setup
	PYTHONHASHSEED=0 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_OPTIONS)
	$(if $(PYTEST_OPTIONS),,$(REPORTING).gate)
	$(WEAVIATE)/bin/python -m pytest --quiet -k Weaviate tests/contracts/test_vector_stores.py

check: types lint
	$(BIN)/python -m pytest -q tests/architecture

types: $(VENV)/.test
	$(BIN)/pyright

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The modules of the benchmarks' own folder are found from there.
REPORTING = cd benchmarks && ../$(BIN)/python -m reporting

bench: $(VENV)/.test
	missed=0; for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || missed=1; done; exit $$missed

# What they show is compared by the tests; run this after a change that is meant to be seen.
notebooks: $(VENV)/.test models
	$(BIN)/python tests/notebooks/saving.py

$(VENV)/.builder: $(VENV)/.installer
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'hatchling>=1.27'
	@touch $@

wheel: $(VENV)/.builder
	@rm -rf dist
	$(BIN)/python -m hatchling build -d dist
	@ls -l dist

# The wheel, in an environment and a folder where this tree is not: make demo, and the tests. PYTEST_OPTIONS chooses a part.
wheel-test: $(VENV)/.test
	$(BIN)/python tests/release/try_wheel.py $(PYTEST_OPTIONS)

# EXTRAS="redis kafka" tries a few; without it all of them are installed, each into an environment of its own.
extras: $(VENV)/.test
	$(BIN)/python tests/release/try_extras.py $(EXTRAS)

pythons: $(VENV)/.test
	$(BIN)/python tests/release/try_pythons.py $(PYTHONS)

# Each warning fails it; nothing is fetched.
docs: $(VENV)/.test
	$(BIN)/python -m sphinx --quiet --nitpicky --fail-on-warning --keep-going --builder html docs build/docs
	@echo "Open build/docs/index.html"

# ONLY="flows chunking" runs some, those of the gate once more as it runs them; the page is written from what is stored of the others.
bench-page: $(VENV)/.test
	$(REPORTING).write $(if $(ONLY),--only $(ONLY))

bench-check: $(VENV)/.test
	$(REPORTING).check

gate: $(VENV)/.test
	$(REPORTING).gate $(ONLY)

clean:
	rm -rf $(VENV) $(WEAVIATE) build dist docs/reference/api
