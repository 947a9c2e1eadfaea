"""The examples in the docstrings of nets, latents and methods do what they say."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import disentcli

ROOT = Path(disentcli.__file__).parent
WITH_EXAMPLES = [
    f"disentcli.{folder}.{path.stem}"
    for folder in ("nets", "latents", "methods")
    for path in sorted((ROOT / folder).glob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_hold(name: str) -> None:
    failed, attempted = doctest.testmod(import_module(name))
    assert attempted
    assert not failed
