"""Which factors a latent map is of: those that the call names, if the data have them."""

from __future__ import annotations

import pytest

from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.evaluation.figure_selection import read_map_factors

FACTORS = ("shape", "x_position", "scale")


def named(value: object) -> tuple[str, ...]:
    layer = ConfigLayer({} if value is None else {"map_factors": value}, COMMAND_LINE)
    return read_map_factors(Settings([layer], script="figures"), FACTORS)


def test_two_factors_are_named_with_either_dash() -> None:
    assert named("x-position,shape") == ("x_position", "shape")
    assert named(["scale", "shape"]) == ("scale", "shape")
    assert named(None) == ()


@pytest.mark.parametrize("value", ["shape", "shape,shape", "shape,scale,x_position"])
def test_anything_but_two_different_factors_is_refused(value: str) -> None:
    with pytest.raises(CallError, match="two different factors, as in --map-factors shape,hue"):
        named(value)


def test_an_unknown_factor_is_told_with_the_nearest() -> None:
    with pytest.raises(CallError, match="unknown factor 'shap'; did you mean shape"):
        named("shap,scale")
