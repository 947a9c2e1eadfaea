# make demo | test | check | bench | bench-metrics | soak: each makes and reuses the virtual environment by itself.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check format bench bench-metrics soak clean

demo: $(READY)
	$(BIN)/fig demo

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	$(BIN)/python benchmarks/train_step.py
	$(BIN)/python benchmarks/data.py

bench-metrics: $(READY)
	$(BIN)/python benchmarks/metrics.py

# kill -9 at a random moment of every phase, 20 times each; the test suite does the same twice.
soak: $(READY)
	DISENTCLI_SOAK=20 $(BIN)/python -m pytest -m kill --durations=0

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements.txt setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "disentcli needs Python 3.10 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@
