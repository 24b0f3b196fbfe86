# `make demo` and `make test` need nothing but git, make and Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

.PHONY: demo test test-slow lint setup clean golden-accept

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(BIN)/usher browser
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/usher demo $(ARGS)

test: $(STAMP)
	@$(BIN)/python -m pytest -n 4 -m "not slow" $(ARGS)

test-slow: $(STAMP)
	@$(BIN)/python -m pytest -n 2 -m slow $(ARGS)

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

clean:
	rm -rf $(VENV) .usher

golden-accept: $(STAMP)
	@$(BIN)/python -m tests.golden
	@$(BIN)/python -m tests.golden.histories --accept
	@$(BIN)/python -m tests.golden.book
