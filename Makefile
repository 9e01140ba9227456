# `make demo` shows what this does; `make test` is what a change must pass. Both need Python 3.11 or newer with
# venv and pip, and a C compiler, and make $(VENV) once. Another Python: make test PYTHON=python3.12 VENV=.venv-3.12
PYTHON ?= python3
PYTHONS ?= python3.11 python3.12 python3.13
VENV ?= .venv
EXAMPLE ?= examples/zurich-to-brasilia.yaml

BIN := $(VENV)/bin
INSTALL := PYTHON=$(PYTHON) .ci/install
PINNED := pyproject.toml constraints.txt .ci/install

.PHONY: demo test lint format messages pytest fuzz fuzz-inputs bench peers wheel-test versions clean

# 10, 11 and 12 are answers, not failures.
demo: $(VENV)/.installed
	@$(BIN)/mayshare check $(EXAMPLE) || case $$? in 10|11|12) ;; *) exit 1;; esac

test: lint pytest

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

# Collects what is to be translated and brings languages/ up to it.
messages: $(VENV)/.installed-dev
	@$(BIN)/python -m mayshare.bench.messages

pytest: $(VENV)/.installed-dev
	@$(BIN)/pytest -n 2 -m "not bench"

# The property tests, many times over.
fuzz: $(VENV)/.installed-dev
	@HYPOTHESIS_PROFILE=fuzz $(BIN)/pytest -n 2 -m hypothesis

# A million damaged files; COUNT=10000 SEED=7 for less, or for the same again. Faulty ones are saved in .fuzz, made smaller.
fuzz-inputs: $(VENV)/.installed-dev
	@PYTHONPATH=. $(BIN)/python tests/fuzz_inputs.py $(COUNT:%=--count %) $(SEED:%=--seed %)

# One at a time, so that the figures mean something.
bench: $(VENV)/.installed-dev
	@$(BIN)/pytest -m bench -s

# Side by side with other engines; those not installed are left out.
peers: $(VENV)/.installed-dev
	@$(BIN)/python benchmarks/peers/run.py --setup

# What users install: source archive, wheel out of that, and the smoke tests against it.
wheel-test: $(VENV)/.installed-dev
	@rm -rf dist .venv-wheel
	@$(BIN)/python -m build --no-isolation --outdir dist >$(VENV)/build.log 2>&1 || { cat $(VENV)/build.log; exit 1; }
	@$(INSTALL) .venv-wheel "$$(echo dist/*.whl)[dev]"
	@.venv-wheel/bin/python -P -c 'import mayshare, sys; assert mayshare.__file__.startswith(sys.prefix)'
	@.venv-wheel/bin/pytest -m smoke

versions:
	@tried=; missing=; for python in $(PYTHONS); do \
	    version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) \
	        || { missing="$$missing $$python"; continue; }; \
	    $(MAKE) --no-print-directory pytest PYTHON=$$python VENV=.venv-$$version || exit 1; \
	    tried="$$tried $$version"; \
	done; \
	echo "passed under:$${tried:- none}; not found:$${missing:- none}"; test -n "$$tried"

clean:
	rm -rf .venv .venv-* dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .coverage*

$(VENV)/.installed: $(PINNED)
	@$(INSTALL) $(VENV) -e .
	@touch $@

$(VENV)/.installed-dev: $(PINNED)
	@$(INSTALL) $(VENV) -e '.[dev]'
	@touch $(VENV)/.installed $@
