"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from disentcli.latents import gaussian
from disentcli.nets import beta, conv, coordinates, grouping, hwf, ladder, layers, mlp, shapes, summary


@pytest.mark.parametrize(
    "module", [beta, conv, coordinates, gaussian, grouping, hwf, ladder, layers, mlp, shapes, summary]
)
def test_examples_hold(module: ModuleType):
    failed, attempted = doctest.testmod(module)
    assert attempted
    assert not failed
