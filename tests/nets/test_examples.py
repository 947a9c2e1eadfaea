"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from disentcli.latents import gaussian
from disentcli.nets import (
    beta,
    conv,
    coordinates,
    hwf,
    ladder,
    latent_groups,
    layer_specs,
    mlp,
    shapes,
    summary,
)


@pytest.mark.parametrize(
    "module",
    [beta, conv, coordinates, gaussian, latent_groups, hwf, ladder, layer_specs, mlp, shapes, summary],
)
def test_examples_hold(module: ModuleType):
    failed, attempted = doctest.testmod(module)
    assert attempted
    assert not failed
