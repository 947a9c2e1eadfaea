# make demo | test | check | docs | bench | bench-metrics | bench-peers | soak: each makes and reuses the virtual environment by itself.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS ?= .venv-peers

.PHONY: demo test check format docs bench bench-metrics bench-peers soak clean

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

# The pages of docs/ as a site in build/site; a broken link or a page that is missing fails.
docs: $(VENV)/.docs-ready
	$(BIN)/python -m docs.generate
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# Each part writes its results as they come, and can be run alone: python benchmarks/train_step.py --only sdim
bench: $(READY)
	$(BIN)/python benchmarks/train_step.py
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/evaluation.py
	$(BIN)/python benchmarks/data.py
	$(BIN)/python benchmarks/triplets.py
	$(BIN)/python benchmarks/many.py
	$(BIN)/python benchmarks/many_runs.py
	$(BIN)/python benchmarks/compiled.py
	$(BIN)/python benchmarks/metrics.py --only shapes3d
	$(BIN)/python benchmarks/report.py

# All metrics of all factor sizes; the plain reference takes minutes for each
bench-metrics: $(READY)
	$(BIN)/python benchmarks/metrics.py
	$(BIN)/python benchmarks/report.py

# Ours beside pythae and disent, in an environment of their own
bench-peers: $(PEERS)/.ready
	$(PEERS)/bin/python benchmarks/peers/compare.py
	$(PEERS)/bin/python benchmarks/report.py

# kill -9 at random moments of every command, 6 times each; signals, full disks, odd names, two at once; wrong calls by chance.
# The test suite kills once, training and metrics.
soak: $(READY)
	DISENTCLI_SOAK=6 $(BIN)/python -m pytest -m kill --durations=0

clean:
	rm -rf $(VENV) $(PEERS) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements.txt setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "disentcli needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

$(VENV)/.docs-ready: $(READY) docs/requirements.txt
	$(BIN)/python -m pip install -qq --disable-pip-version-check -r docs/requirements.txt
	touch $@

$(PEERS)/.ready: requirements.txt benchmarks/peers/requirements.txt benchmarks/peers/without_dependencies.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check -r requirements.txt -r benchmarks/peers/requirements.txt
	$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check --no-deps -r benchmarks/peers/without_dependencies.txt
	$(PEERS)/bin/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@
