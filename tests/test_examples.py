"""The examples in the docstrings of all modules hold."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import disentcli

ROOT = Path(disentcli.__file__).parent
WITH_EXAMPLES = [
    ".".join(("disentcli", *path.relative_to(ROOT).with_suffix("").parts))
    for path in sorted(ROOT.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]
NEED_A_RUN = {"disentcli.runs.load"}  # tests/runs/test_load.py does what their examples do


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_hold(name: str) -> None:
    failed, attempted = doctest.testmod(import_module(name))
    assert bool(attempted) == (name not in NEED_A_RUN)
    assert not failed
