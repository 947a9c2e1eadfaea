"""Which factors a latent map is of: those that the call names, if the data have them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.root_settings import Setting
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.evaluation.figure_selection import read_map_factors, read_options, read_style
from disentcli.plots.drawing import FigureStyle
from disentcli.plots.figure_context import FigureOptions
from disentcli.scripts.figures import SETTINGS

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


class Data:
    """100 images."""

    def __len__(self) -> int:
        return 100


MODEL = SimpleNamespace(dataset=Data(), model=SimpleNamespace(latent=SimpleNamespace(latent_dim=4)))


def settings(**values: object) -> Settings:
    declared = {one.key: one.default for one in SETTINGS if isinstance(one, Setting)}
    given = {**{key: declared[key] for key in ("dpi",)}, **values}
    return Settings([ConfigLayer(given, COMMAND_LINE)], script="figures")


def test_what_is_shown_is_read_from_the_call() -> None:
    found = read_options(settings(rows=2, columns=5, latents="3,0", base=7), MODEL)  # type: ignore[arg-type]
    assert found == FigureOptions(2, 5, (3, 0), 7)
    assert read_options(settings(), MODEL) == FigureOptions()  # type: ignore[arg-type]
    assert read_style(settings(dpi=300, inches=3.3)) == FigureStyle(300, 3.3, None)


@pytest.mark.parametrize(("title", "expected"), [("no", ""), ("Codes", "Codes"), (None, None)])
def test_a_title_is_a_text_or_none(title: str | None, expected: str | None) -> None:
    assert read_style(settings(**({} if title is None else {"title": title}))).title == expected


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"latents": "4"}, "--latents 4: the model has the latents 0 to 3"),
        ({"base": 100}, "--base 100: the data have images 0 to 99"),
        ({"rows": 1000}, "--rows 1000: at most 100"),
        ({"columns": 101}, "--columns 101: at most 100"),
    ],
)
def test_what_does_not_fit_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(CallError, match=message):
        read_options(settings(**values), MODEL)  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [{"dpi": 5_000}, {"inches": 0.1}, {"inches": 1e6}])
def test_figures_that_would_be_too_large_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(CallError, match=r"--dpi|--inches"):
        read_style(settings(**values))
