"""Metrics run by argument name: shared inputs, sampling, and null scores with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from disentcli.data.factors import FactorSpace
from disentcli.errors import CallError, DisentError, Unsupported
from disentcli.metrics.cds import cds
from disentcli.metrics.context import MetricContext
from disentcli.metrics.dci import dci
from disentcli.metrics.evaluate import BoundMetric, EvaluationResult, evaluate
from disentcli.metrics.mig import mig
from disentcli.metrics.responses import responses


@dataclass
class Grid:
    """A grid whose second factor never changes; `encode` counts the images it is asked for."""

    factor_space: FactorSpace | None = field(
        default_factory=lambda: FactorSpace(("shape", "colour", "position"), (3, 1, 5))
    )
    factor_names: tuple[str, ...] = ("shape", "colour", "position")
    factor_sizes: tuple[int, ...] = (3, 1, 5)
    encoded: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return 15

    def factors(self, indices: np.ndarray) -> np.ndarray:
        return np.stack(np.unravel_index(indices, (3, 1, 5)), axis=1)

    def find(self, factors: np.ndarray, rng: object) -> np.ndarray:
        return np.ravel_multi_index(tuple(factors.T), (3, 1, 5))

    def encode(self, indices: np.ndarray) -> np.ndarray:
        self.encoded.append(len(indices))
        return self.factors(indices)[:, [2, 0]].astype(float)


def inputs_of(grid: Grid, **changes) -> MetricContext:
    arguments = {
        "dataset": grid,
        "model": None,
        "split": np.arange(15),
        "encode": grid.encode,
        "respond": np.copy,
    }
    return MetricContext(**{**arguments, "points": 200, "test_points": 100, **changes})


def run(calls: list[BoundMetric], inputs: MetricContext) -> EvaluationResult:
    return evaluate(calls, inputs)


def test_all_metrics_of_a_perfect_model_on_a_grid() -> None:
    calls = [BoundMetric(f.__name__, f, {}) for f in (mig, dci, responses, cds)]
    evaluation = run(calls, inputs_of(Grid()))
    assert evaluation.reasons == {}
    assert evaluation.scores["mig"]["mig"] == pytest.approx(1.0, abs=0.05)
    assert evaluation.scores["dci"]["disentanglement"] == pytest.approx(1.0)
    assert evaluation.scores["cds"]["causal_disentanglement"] == pytest.approx(1.0)
    assert evaluation.arrays["mig/mutual_information"].shape == (2, 2)
    assert evaluation.arrays["cds/conditioned_responses"].shape == (2, 2)
    assert set(evaluation.seconds) == {"mig", "dci", "responses", "cds"}


def test_codes_are_computed_once_and_each_image_once() -> None:
    grid = Grid()
    run([BoundMetric("mig", mig, {}), BoundMetric("again", mig, {"bins": 10})], inputs_of(grid))
    assert grid.encoded == [15]


def test_constant_factors_are_left_out() -> None:
    inputs = inputs_of(Grid())
    assert inputs.factor_names == ("shape", "position")
    assert inputs.factors.shape == (200, 2)
    np.testing.assert_array_equal(inputs.encode_factors(np.array([[2, 4]])), [[4.0, 2.0]])


def test_points_of_a_grid_are_drawn_with_replacement_and_said_to_be() -> None:
    inputs = inputs_of(Grid())
    assert len(inputs.codes) == 200
    assert len(inputs.test_codes) == 100
    assert inputs.sampling == "200 + 100 points drawn uniformly, with replacement, from the full grid"


def test_a_whole_grid_is_each_image_once() -> None:
    whole = inputs_of(Grid()).on_full_grid()
    assert whole is not None
    np.testing.assert_array_equal(whole.factors, Grid().factors(np.arange(15))[:, [0, 2]])
    assert len(whole.test_codes) == 100
    assert run([BoundMetric("mig", mig, {})], whole).scores["mig"]["mig"] == pytest.approx(1.0)
    assert inputs_of(Grid(factor_space=None)).on_full_grid() is None


def test_codes_of_a_codebook_come_with_their_indices() -> None:
    model = torch.nn.Linear(1, 1)
    model.latent = SimpleNamespace(discrete=True, indices=lambda codes: codes.round().long() + 1)  # type: ignore[assignment]
    inputs = inputs_of(Grid(), model=model)
    np.testing.assert_array_equal(inputs.code_indices, inputs.codes + 1)
    assert inputs_of(Grid()).code_indices is None


def test_without_a_grid_the_split_is_divided_and_nothing_repeats() -> None:
    inputs = inputs_of(Grid(factor_space=None))
    train, test = inputs.indices
    assert sorted([*train, *test]) == list(range(15))
    assert len(train) == 10
    assert inputs.sampling == "10 + 5 of the 15 images, without replacement"
    few = inputs_of(Grid(factor_space=None), points=4, test_points=3)
    assert few.sampling == "4 + 3 of the 15 images, without replacement"


def test_a_metric_that_tests_nothing_is_measured_on_all_points() -> None:
    inputs = inputs_of(Grid(factor_space=None))
    asked = BoundMetric("mig", mig, {}).injected
    assert sorted(inputs.for_metric(asked).indices[0]) == list(range(15))
    assert inputs.for_metric(asked).sampling == "all 15 images"
    assert inputs.for_metric(BoundMetric("dci", dci, {}).injected) is inputs
    of_grid = inputs_of(Grid())
    np.testing.assert_array_equal(of_grid.for_metric(asked).indices[0], of_grid.indices[0])


def test_points_of_a_part_of_a_grid_come_from_it_alone() -> None:
    part = np.array([1, 2, 5, 7, 8, 11])
    inputs = inputs_of(Grid(), part="test", split=part, points=3, test_points=2)
    train, test = inputs.indices
    assert (len(train), len(test)) == (3, 2)
    assert set(train) | set(test) <= set(part)
    assert not set(train) & set(test)
    np.testing.assert_array_equal(inputs.factors, Grid().factors(train)[:, [0, 2]])
    assert inputs.sampling == "3 + 2 of the 6 test images, without replacement"
    assert inputs.on_full_grid() is None


def test_factors_that_never_change_in_a_part_are_left_out() -> None:
    inputs = inputs_of(Grid(), part="held-out", split=np.arange(5))  # one shape, at every position
    assert (inputs.factor_names, inputs.left_out) == (("position",), ["shape"])
    np.testing.assert_array_equal(np.sort(inputs.for_metric(["codes"]).factors[:, 0]), np.arange(5))
    assert inputs_of(Grid(), part="test", split=np.array([0, 6])).left_out == []
    single = inputs_of(Grid(), part="test", split=np.array([3, 3, 3]))
    with pytest.raises(Unsupported, match="every factor has a single value in these 3 images"):
        single.factors  # noqa: B018 - the question is what is tested


def test_single_factors_cannot_be_changed_within_a_part_of_a_grid() -> None:
    inputs = inputs_of(Grid(), part="test", split=np.arange(6))
    evaluation = run([BoundMetric("cds", cds, {}), BoundMetric("responses", responses, {})], inputs)
    for name in ("cds", "responses"):
        assert set(evaluation.scores[name].values()) == {None}
        assert "all 15 images of the full grid, not within its 6 test images" in evaluation.reasons[name]
    assert evaluation.arrays["responses/response_matrix"].shape == (2, 2)


def test_a_metric_that_the_data_cannot_support_is_null_with_its_reason() -> None:
    evaluation = run(
        [BoundMetric("cds", cds, {}), BoundMetric("mig", mig, {})], inputs_of(Grid(factor_space=None))
    )
    assert evaluation.scores["cds"] == {"causal_disentanglement": None}
    assert "not a full grid" in evaluation.reasons["cds"]
    assert evaluation.scores["mig"]["mig"] is not None


def test_data_without_factors_make_all_of_them_null() -> None:
    grid = Grid(factor_space=None, factor_names=(), factor_sizes=())
    evaluation = run([BoundMetric("dci", dci, {})], inputs_of(grid))
    assert set(evaluation.scores["dci"].values()) == {None}
    assert len(evaluation.scores["dci"]) == 4
    assert evaluation.reasons == {"dci": "the data have no factors"}


def test_a_score_that_is_not_finite_is_null() -> None:
    evaluation = run([BoundMetric("odd", lambda codes: {"a": float("nan"), "b": 2}, {})], inputs_of(Grid()))
    assert evaluation.scores == {"odd": {"a": None, "b": 2.0}}
    assert evaluation.reasons == {"odd": "a is nan"}


def test_no_metric_depends_on_those_before_it() -> None:
    def first_draw(rng: np.random.Generator) -> dict[str, float]:
        return {"draw": float(rng.random())}

    alone = run([BoundMetric("x", first_draw, {})], inputs_of(Grid(), seed=3))
    calls = [BoundMetric("responses", responses, {}), BoundMetric("x", first_draw, {})]
    assert run(calls, inputs_of(Grid(), seed=3)).scores["x"] == alone.scores["x"]


def test_an_unknown_option_and_an_argument_that_nobody_offers_are_refused_at_once() -> None:
    with pytest.raises(CallError, match="metric 'mig' has no option 'bin'; its options: binning, bins"):
        BoundMetric("mig", mig, {"bin": 10})
    with pytest.raises(CallError, match="metric 'mine' needs 'images'"):
        BoundMetric("mine", lambda codes, images: {}, {})


def test_codes_that_are_not_finite_are_an_error_that_says_what_to_do() -> None:
    inputs = inputs_of(Grid(), encode=lambda indices: np.full((len(indices), 2), np.nan))
    with pytest.raises(DisentError, match="--checkpoint best"):
        inputs.codes  # noqa: B018 - the computation is what is tested


def test_a_factor_grid_is_asked_for_by_name() -> None:
    with pytest.raises(Unsupported, match="single factors cannot be changed"):
        inputs_of(Grid(factor_space=None)).encode_factors(np.zeros((1, 2), dtype=int))


def test_a_factor_that_the_points_do_not_vary_is_named() -> None:
    calls = [BoundMetric(f.__name__, f, {}) for f in (mig, dci)]
    split = np.array([*range(10, 15), 0])  # of the first shape, one image is drawn for the test
    evaluation = run(calls, inputs_of(Grid(factor_space=None), split=split, seed=1))
    assert evaluation.reasons == dict.fromkeys(
        ("mig", "dci"), "shape has a single value in the 4 points measured on"
    )


def test_a_split_of_two_images_cannot_be_measured() -> None:
    evaluation = run([BoundMetric("mig", mig, {})], inputs_of(Grid(factor_space=None), split=np.arange(2)))
    assert evaluation.reasons == {"mig": "metrics need at least 3 points, the split has 2"}
