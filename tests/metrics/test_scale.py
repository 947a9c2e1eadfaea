"""Every registered metric on codes of any scale, far from zero, or constant but for rounding.

The metrics are those that the catalog finds: a new one is tested without being named here, unless its
definition depends on the scale of the codes: then one of the tables has it, and its docstring says so.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from disentcli.errors import DisentError
from disentcli.metrics.metric_warnings import MetricWarning

from .degenerate import FEW, METRICS, Inputs, call, mixed, outcome

SCALES = (1e-300, 1e-30, 1e-8, 1e8, 1e100, 1e155, 1e300)
ORDER = {  # scores in units of the codes, to this power
    **dict.fromkeys(("width_l1", "width_l2", "length_l1", "length_l2"), 1),
    **dict.fromkeys(("factorised_support", "gaussian_wasserstein_correlation"), 2),
}
ABSOLUTE = {"factor_vae": 0.05, "z_min_var": 0.05, "rf_vae": 0.05, "z_max_var": 0.05}  # prune_threshold
PENALISED = ("beta_vae", "z_diff", "downstream", "sap")  # unless `standardise` is set
TOGETHER = (  # metrics of the codes' sizes beside each other: of distances, deviations, or all as one vector
    *("cds", "responses", "distances", "factorised_support", "flatness", "linearity", "knn"),
    *("infomec", "irs", "irs_sampled"),
)
PLACED = ("structure",)  # metrics of where codes are, beside a prior that has a scale and a place
FREE = [name for name in METRICS if name not in PLACED]
LEARNED = 0.03  # a point or two of those of a learner, whose cuts may move by rounding
MORE = {"points": 90, "test_points": 60}


def encode(scale: float, shift: float = 0.0) -> Callable[[np.ndarray], np.ndarray]:
    """Codes of which each holds a factor, a little of the next, and what looks like noise."""

    def codes(factors: np.ndarray) -> np.ndarray:
        noise = np.sin(
            1e4 * np.sin(np.asarray(factors) @ np.array([12.9898, 78.233, 37.719]))[:, None] + [1, 2, 3]
        )
        return (mixed(np.asarray(factors)) + 0.05 * noise + shift) * scale

    return codes


def in_units_of_their_own(factors: np.ndarray) -> np.ndarray:
    """Codes as different in size as double precision lets them be."""
    return encode(1.0)(factors) * np.array([1e-200, 1.0, 1e200])


def constant(factors: np.ndarray) -> np.ndarray:
    return np.full((len(factors), 3), 0.1)


def constant_but_for_rounding(factors: np.ndarray) -> np.ndarray:
    """Codes that tell every factor by differences of 1e-8 of their size."""
    return 0.1 * (1 + 1e-8 * np.sin(mixed(np.asarray(factors))))


def options(metric: str) -> dict[str, Any]:
    """Those with which a metric that depends on scale does not, and probes are quick."""
    if metric in ABSOLUTE:
        return {"prune_threshold": 0.0}
    if metric == "probes":
        return {"steps": 5}
    return {"standardise": True} if metric in PENALISED else {}


def measured(metric: str, codes: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
    found = outcome(metric, Inputs(codes, **MORE), options(metric))
    assert isinstance(found, dict), found
    return found


def expected(score: str, value: float, scale: float) -> float:
    """The score in its unit; what is beyond double precision is infinite, or 0."""
    with np.errstate(over="ignore", under="ignore"):
        return float(np.prod([value, *[scale] * ORDER.get(score, 0)]))


@pytest.mark.parametrize("metric", FREE)
def test_a_score_does_not_depend_on_the_scale_of_the_codes(metric: str) -> None:
    plain = measured(metric, encode(1.0))
    for scale in SCALES:
        scaled = measured(metric, encode(scale))
        wanted = {score: expected(score, value, scale) for score, value in plain.items()}
        tolerance = LEARNED if "accuracy" in " ".join(plain) or metric in ("dci", "unfairness") else 1e-6
        for score, value in wanted.items():
            slack = 0.0 if score in ORDER else tolerance
            assert scaled[score] == pytest.approx(value, rel=1e-6, abs=slack, nan_ok=True), (score, scale)


@pytest.mark.parametrize("metric", [name for name in FREE if name not in TOGETHER])
def test_a_score_of_single_codes_does_not_depend_on_the_unit_of_each(metric: str) -> None:
    plain, scaled = measured(metric, encode(1.0)), measured(metric, in_units_of_their_own)
    for score in plain.keys() - {"gaussian_wasserstein_correlation", "gaussian_wasserstein_correlation_norm"}:
        tolerance = LEARNED if "accuracy" in score or metric in ("dci", "unfairness") else 1e-6
        assert scaled[score] == pytest.approx(plain[score], rel=1e-6, abs=tolerance), score


@pytest.mark.parametrize("metric", FREE)
def test_a_score_does_not_depend_on_where_zero_is(metric: str) -> None:
    plain, shifted = measured(metric, encode(1.0)), measured(metric, encode(1.0, shift=1024.0))
    tolerance = LEARNED if metric in ("dci", "unfairness", "downstream", "sap", "distances") else 1e-4
    assert shifted == pytest.approx(plain, rel=1e-4, abs=tolerance, nan_ok=True)


@pytest.mark.parametrize("metric", FREE)
def test_single_precision_near_its_limit_is_as_good_as_any(metric: str) -> None:
    plain, large = (
        measured(metric, lambda factors, by=by: encode(by)(factors).astype(np.float32))
        for by in (1.0, 2.0**125)
    )
    tolerance = LEARNED if metric in ("dci", "unfairness", "downstream") else 1e-4
    wanted = {score: expected(score, value, 2.0**125) for score, value in plain.items()}
    assert large == pytest.approx(wanted, rel=1e-4, abs=tolerance, nan_ok=True)


def test_a_regression_with_a_free_intercept_does_not_depend_on_where_zero_is() -> None:
    plain, shifted = (outcome("downstream", Inputs(encode(1.0, shift), **MORE)) for shift in (0.0, 1024.0))
    assert shifted == pytest.approx(plain, abs=LEARNED)


@pytest.mark.parametrize("metric", METRICS)
def test_rounding_is_no_variation(metric: str) -> None:
    """What codes earn that differ by rounding is what exactly constant ones do."""
    exact, noisy = (outcome(metric, Inputs(codes, **MORE)) for codes in (constant, constant_but_for_rounding))
    if isinstance(exact, DisentError):
        assert type(noisy) is type(exact), noisy
    else:
        assert noisy == pytest.approx(exact, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("metric", [*ABSOLUTE, *PENALISED])
def test_a_definition_that_depends_on_scale_warns_where_it_decides(metric: str) -> None:
    word = "prune_threshold" if metric in ABSOLUTE else "penalty"
    with pytest.warns(MetricWarning, match=word):
        warned(metric, encode(1e-8))
    for scale in (1.0, 1e100):
        with warnings.catch_warnings(record=True) as caught:
            warned(metric, encode(scale))
        assert not [one for one in caught if word in str(one.message)], scale


def warned(metric: str, codes: Callable[[np.ndarray], np.ndarray]) -> None:
    """Run the metric with its defaults, its warnings let through."""
    warnings.simplefilter("always", MetricWarning)
    call(metric, Inputs(codes, **MORE), quiet=False)


def test_few_is_enough_for_the_scores_to_tell_scales_apart() -> None:
    """The table of counts leaves scores that are neither 0 nor 1, which any scale would share."""
    assert FEW["num_train"] >= 60
    assert 0.1 < measured("mig", encode(1.0))["mig"] < 0.9
    assert measured("unsupervised", encode(1.0))["gaussian_total_correlation"] > 0.001
