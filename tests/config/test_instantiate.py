"""Plain dictionaries turned into components."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import pytest

from disentcli import registry
from disentcli.config.instantiate import build
from disentcli.errors import CallError


@dataclass
class Middle:
    latent_dim: int
    feature_dim: int = 0

    def __post_init__(self) -> None:
        self.feature_dim = 3 * self.latent_dim


@dataclass
class Front:
    input_shape: tuple[int, ...]
    feature_dim: int
    widths: tuple[int, ...] = (1, 2)


@dataclass
class Back:
    latent_dim: int
    output_shape: tuple[int, ...]


@dataclass
class Whole:
    latent: Middle
    encoder: Front
    decoder: Back
    sampler: Any = None
    parts: list[Any] | None = None
    reg_wt: float = 1.0


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    table = dict(registry._table)
    monkeypatch.setattr(registry, "_table", table)
    registry.latent("test-middle")(Middle)
    registry.encoder("test-front")(Front)
    registry.decoder("test-back")(Back)
    registry.method("test-whole")(Whole)


def node(**changes: Any) -> dict[str, Any]:
    return {
        "_type": "test-whole",
        "latent": {"_type": "test-middle"},
        "encoder": {"_type": "test-front"},
        "decoder": {"_type": "test-back"},
        **changes,
    }


SHAPE = {"input_shape": (3, 8, 8), "latent_dim": 4}


def test_arguments_come_from_siblings_and_from_what_is_inferred() -> None:
    whole, full = build("method", node(), inferred=SHAPE)
    assert (whole.encoder.feature_dim, whole.decoder.latent_dim) == (12, 4)
    assert whole.encoder.input_shape == whole.decoder.output_shape == (3, 8, 8)
    assert full["encoder"] == {
        "_type": "test-front",
        "input_shape": [3, 8, 8],
        "feature_dim": 12,
        "widths": [1, 2],
    }


def test_what_the_node_says_wins() -> None:
    whole, _ = build("method", node(latent={"_type": "test-middle", "latent_dim": 5}), inferred=SHAPE)
    assert (whole.latent.latent_dim, whole.decoder.latent_dim) == (5, 5)


def test_the_full_node_builds_the_same_again() -> None:
    whole, full = build("method", node(**{"reg-wt": 2}), inferred=SHAPE)
    again, same = build("method", full)
    assert (again, same) == (whole, full)
    assert full["reg_wt"] == 2.0


def test_a_stored_shape_must_be_the_datas() -> None:
    _, full = build("method", node(), inferred=SHAPE)
    with pytest.raises(CallError, match=r"built for images of \(3, 8, 8\), the data gives \(1, 8, 8\)"):
        build("method", full, inferred={"input_shape": (1, 8, 8)})


def test_a_kind_may_be_written_out() -> None:
    parts = [{"_type": "latent/test-middle", "latent_dim": 2}, {"_type": "latent/test-middle"}]
    whole, full = build("method", node(parts=parts), inferred=SHAPE)
    assert [part.latent_dim for part in whole.parts] == [2, 4]
    assert full["parts"][0] == {"_type": "latent/test-middle", "latent_dim": 2, "feature_dim": 0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"_type": "test-whol"}, "unknown method 'test-whol'; did you mean test-whole"),
        (
            {"encoder": {"width": 3}},
            r"method.encoder: no _type says which encoder it is; add a config a/… to the call",
        ),
        ({"reg_wt": "much"}, r"method.reg_wt: expected a number, got 'much'"),
        ({"encoder": {"_type": "test-front", "widths": [1.5]}}, r"method.encoder.widths: expected a list"),
        ({"parts": {"_type": "test-middle"}}, r"method.parts: write its kind as well"),
        ({"encoder": "test-front"}, r"method.encoder: expected a node such as \{_type: test-front\}"),
    ],
)
def test_a_misfit_names_key_wanted_and_got(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CallError, match=message):
        build("method", node(**changes), inferred=SHAPE)


def test_a_missing_argument_names_component_and_place() -> None:
    with pytest.raises(
        CallError,
        match=r"x.latent: latent 'test-middle' needs the argument 'latent_dim': set x.latent.latent_dim",
    ):
        build("method", node(), where="x", inferred={"input_shape": (1, 2, 2)})


def test_an_unknown_key_warns_or_is_refused_as_wished() -> None:
    wrong = node(reg_wtt=3)
    with pytest.warns(UserWarning, match="no such argument; did you mean reg_wt"):
        build("method", wrong, inferred=SHAPE)
    with pytest.raises(CallError, match="reg_wtt"):
        build("method", wrong, inferred=SHAPE, unknown="refuse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build("method", wrong, inferred=SHAPE, unknown="ignore")


def test_settings_that_stand_beside_the_arguments_are_known() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build("method", node(optim={"_type": "adam"}), inferred=SHAPE)
