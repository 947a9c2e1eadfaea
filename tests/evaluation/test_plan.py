"""Which metrics a call computes, with which options, under which ident."""

from __future__ import annotations

from typing import Any

import pytest

from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.evaluation.metric_selection import chosen_metrics, names_of
from disentcli.evaluation.plan import make_plan
from disentcli.metrics.evaluate import BoundMetric


def settings(typed: dict[str, Any], *configs: dict[str, Any]) -> Settings:
    sheets = [ConfigLayer(config, f"config {place}") for place, config in enumerate(configs)]
    return Settings([ConfigLayer(typed, COMMAND_LINE), *sheets], script="eval-metrics")


def chosen(
    typed: dict[str, Any], *configs: dict[str, Any], preset: str = "standard"
) -> dict[str, BoundMetric]:
    return {call.label: call for call in chosen_metrics(settings(typed, *configs), preset)}


def test_names_come_from_lists_commas_and_all() -> None:
    assert names_of("mig, sap") == names_of(["mig", "sap"]) == ["mig", "sap"]
    assert {"mig", "dci", "udr", "factor_vae"} <= set(names_of("all"))
    assert "z_min_var" not in names_of("all")  # another name of factor_vae
    for wrong in ("", "mig,,sap", 3, [], [1]):
        with pytest.raises(CallError, match="--metrics takes names"):
            names_of(wrong)


def test_the_command_line_beats_a_configs_list() -> None:
    assert list(chosen({"metrics": "sap,mig"}, {"metrics": ["dci", "irs"]})) == ["sap", "mig"]
    assert list(chosen({}, {"metrics": ["dci", "irs"]})) == ["dci", "irs"]


def test_options_are_given_beside_names_and_false_leaves_out() -> None:
    calls = chosen(
        {"metrics": "mig,sap", "metrics.mig.bins": 7, "metrics.sap": False}, {"metrics": {"irs": {}}}
    )
    assert list(calls) == ["mig"]
    assert calls["mig"].options == {"bins": 7}
    assert list(chosen({"metrics.irs.bins": 5}, {"metrics": ["mig"]})) == ["mig", "irs"]


def test_where_none_is_named_the_standard_ones_are_computed() -> None:
    assert "dci" in chosen({})
    assert "dci" not in chosen({"metrics.dci": False})


def test_a_preset_gives_options_that_the_call_replaces() -> None:
    assert chosen({"metrics": "beta-vae"}, preset="study")["beta_vae"].options == {"solver": "liblinear"}
    fast = chosen({"metrics": "beta_vae", "metrics.beta_vae.num_eval": 9}, preset="fast")["beta_vae"]
    assert fast.options == {"num_train": 1000, "num_eval": 9}


def test_counts_come_from_the_preset_and_are_replaced_by_the_call() -> None:
    plan = make_plan(settings({"preset": "fast", "test-points": 70}))
    assert (plan.points, plan.test_points, plan.repeats) == (2000, 70, 1)


def test_whole_grids_are_used_as_the_preset_says_unless_points_are_given() -> None:
    assert "mig" in make_plan(settings({})).exhaustive
    assert make_plan(settings({"points": 50})).exhaustive == ()
    assert make_plan(settings({"exhaustive": False})).exhaustive == ()
    assert make_plan(settings({"points": 50, "exhaustive": "irs"})).exhaustive == ("irs",)
    assert make_plan(settings({"preset": "study"})).exhaustive == ()


@pytest.mark.parametrize(
    ("typed", "config", "ident"),
    [
        ({}, {}, "metrics-standard"),
        ({}, {"ident": "metrics-3ds"}, "metrics-3ds"),
        ({"preset": "study"}, {"ident": "metrics-3ds"}, "metrics-study"),
        ({"preset": "study", "ident": "mine"}, {"ident": "metrics-3ds"}, "mine"),
        ({}, {"preset": "fast"}, "metrics-fast"),
    ],
)
def test_the_ident_says_the_preset(typed: dict[str, Any], config: dict[str, Any], ident: str) -> None:
    assert make_plan(settings(typed, config)).ident == ident


def test_an_option_of_another_type_and_an_unknown_preset_are_refused() -> None:
    with pytest.raises(CallError, match=r"metrics\.mig\.bins: expected a whole number, got 'many'"):
        chosen({"metrics.mig.bins": "many"})
    with pytest.raises(CallError, match=r"metrics\.mig takes options"):
        chosen({"metrics.mig": 3})
    with pytest.raises(CallError, match="did you mean study"):
        chosen({}, preset="studdy")
