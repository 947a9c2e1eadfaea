"""Codes of a file give the scores that the same codes give through a run, in whatever order its rows are."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

from disentcli.data.factors import FactorSpace
from disentcli.errors import CallError, Unsupported
from disentcli.metrics.codefile import CodeFile, read_code_file
from disentcli.metrics.context import MetricContext
from disentcli.metrics.evaluate import BoundMetric, EvaluationResult, evaluate
from disentcli.metrics.file_context import FileContext
from disentcli.metrics.representations import Representation
from disentcli.registry import catalog

from .degenerate import FEW, METRICS

SIZES = (8, 6, 10, 12)
SPACE = FactorSpace(("shape", "hue", "x", "y"), SIZES)
GRID = SPACE.factors(np.arange(SPACE.size))  # 5,760 rows in the order of the grid
NOISE = np.random.default_rng(5).normal(size=(SPACE.size, 4))
CODES = GRID + 0.5 * np.roll(GRID, 1, axis=1) + 0.4 * NOISE
DRAWS = {"points": 200, "test_points": 100}
NEEDS_MODEL = {
    *("beta_vae", "cds", "distances", "factor_vae", "flatness", "irs_sampled", "linearity", "responses"),
    *("response_maps", "rf_vae", "structure", "udr", "unfairness", "z_diff", "z_max_var", "z_min_var"),
    *("combination", "composition", "factors_by_part", "reconstruction_by_part"),
}
FILE_METRICS = [name.replace("-", "_") for name in METRICS if name.replace("-", "_") not in NEEDS_MODEL]


@dataclass
class Data:
    """What an evaluation of a run asks its data for; with `space`, a full grid."""

    factor_space: FactorSpace | None
    factor_names: tuple[str, ...] = SPACE.names
    factor_sizes: tuple[int, ...] = SIZES

    def __len__(self) -> int:
        return len(GRID)

    def factors(self, indices: np.ndarray) -> np.ndarray:
        return GRID[indices]

    def find(self, factors: np.ndarray, rng: object) -> np.ndarray:
        return SPACE.index(factors)


@dataclass
class OwnPoints:
    """Representations of a run's own training and test points, where a run gives those of its splits."""

    seed: int

    def __call__(self, points: int, test_points: int, seed: int) -> dict[str, Representation]:
        inputs = run_inputs(None, self.seed)
        parts = (inputs.codes, inputs.factors, inputs.test_codes, inputs.test_factors)
        return {"codes": Representation("codes", *parts, SPACE.names, SIZES)}


def run_inputs(space: FactorSpace | None, seed: int = 0) -> MetricContext:
    return MetricContext(
        dataset=Data(space),
        model=None,
        split=np.arange(len(GRID)),
        encode=CODES.__getitem__,
        respond=np.copy,
        seed=seed,
        represent=OwnPoints(seed),  # type: ignore[arg-type]
        **DRAWS,
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> CodeFile:
    path = tmp_path_factory.mktemp("codes") / "codes.npz"
    np.savez(path, codes=CODES, factors=GRID, factor_names=np.array(SPACE.names))
    return read_code_file(path)


def scores(metric: str, inputs: object) -> dict[str, float | None]:
    function = catalog.resolve("metric", metric)
    known = inspect.signature(function).parameters
    call = BoundMetric(metric, function, {name: few for name, few in FEW.items() if name in known})
    evaluation = EvaluationResult()
    evaluate([call], inputs, evaluation)
    return evaluation.scores[metric] | {"reason": evaluation.reasons.get(metric)}  # type: ignore[dict-item]


@pytest.mark.parametrize("metric", FILE_METRICS)
def test_the_same_draws_give_the_same_scores_as_a_run(file: CodeFile, metric: str) -> None:
    of_file = scores(metric, FileContext(file, seed=3, **DRAWS))
    assert of_file == scores(metric, run_inputs(None, seed=3))
    assert any(isinstance(score, float) for score in of_file.values())


@pytest.mark.parametrize("metric", sorted(NEEDS_MODEL))
def test_every_other_metric_says_that_it_needs_a_model(file: CodeFile, metric: str) -> None:
    found = scores(metric, FileContext(file, **DRAWS))
    assert "needs a model" in str(found["reason"])


@pytest.mark.parametrize("metric", FILE_METRICS)
def test_on_a_full_grid_scores_differ_by_the_draws_alone(file: CodeFile, metric: str) -> None:
    """With replacement through a run, without through a file: means over seeds, within 4 errors and 2 %."""
    seeds = range(3)
    of_run = [scores(metric, run_inputs(SPACE, seed)) for seed in seeds]
    of_file = [scores(metric, FileContext(file, seed=seed, **DRAWS)) for seed in seeds]
    for name in of_run[0].keys() - {"reason"}:
        one, other = (np.array([found[name] for found in both], float) for both in (of_run, of_file))
        error = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / len(seeds))
        assert abs(one.mean() - other.mean()) <= 4 * error + 0.02 * abs(one.mean()), (name, one, other)


@pytest.mark.parametrize("metric", ["mig", "mig_sup", "dcimig", "irs", "sap_continuous", "unsupervised"])
def test_every_row_of_a_full_grid_in_any_order_gives_the_scores_of_every_image(metric: str) -> None:
    order = np.random.default_rng(1).permutation(len(GRID))
    whole = FileContext(CodeFile(CODES[order], GRID[order], SPACE.names, SIZES), **DRAWS).on_full_grid()
    assert whole is not None
    assert whole.sampling == "each of the 5,760 rows"
    expected = scores(metric, run_inputs(SPACE).on_full_grid())
    found = scores(metric, whole)
    assert found.pop("reason") is expected.pop("reason") is None
    assert found == pytest.approx(expected, rel=1e-9)


def test_rows_that_are_no_full_grid_or_split_by_hand_are_not_taken_whole(file: CodeFile) -> None:
    twice = np.concatenate([GRID[:-1], GRID[:1]])
    for factors in (twice, GRID + 0.5, GRID[:3000]):
        sizes = SIZES if factors.dtype.kind == "i" else (0,) * 4
        assert (
            FileContext(CodeFile(CODES[: len(factors)], factors, SPACE.names, sizes)).on_full_grid() is None
        )
    assert FileContext(file, in_order=True).on_full_grid() is None
    assert FileContext(file, train_size=100).on_full_grid() is None


class TestDraws:
    """Which rows train and which test."""

    @cached_property
    def file(self) -> CodeFile:
        return CodeFile(CODES, GRID, SPACE.names, SIZES)

    def test_rows_are_drawn_by_the_seed(self) -> None:
        order = np.random.default_rng(7).permutation(5760)
        train, test = FileContext(self.file, seed=7, **DRAWS).indices
        assert train.tolist() == order[:200].tolist()
        assert test.tolist() == order[200:300].tolist()

    def test_two_thirds_train_where_rows_are_few(self) -> None:
        assert [len(part) for part in FileContext(self.file).indices] == [3840, 1920]
        inputs = FileContext(self.file, seed=1)
        assert sorted(np.concatenate(inputs.indices)) == list(range(5760))
        assert inputs.sampling == "3,840 + 1,920 of 5,760 rows, drawn at random"

    def test_a_size_for_training_stands_for_the_points(self) -> None:
        train, test = FileContext(self.file, seed=7, train_size=50, test_points=30).indices
        order = np.random.default_rng(7).permutation(5760)
        assert (train.tolist(), test.tolist()) == (order[:50].tolist(), order[50:80].tolist())

    def test_in_order_the_first_rows_train_and_the_next_test(self) -> None:
        inputs = FileContext(self.file, train_size=50, test_points=30, in_order=True)
        np.testing.assert_array_equal(inputs.codes, CODES[:50])
        np.testing.assert_array_equal(inputs.test_codes, CODES[50:80])
        assert inputs.sampling == "50 + 30 of 5,760 rows, in their order"
        assert [len(part) for part in FileContext(self.file, in_order=True).indices] == [3840, 1920]

    def test_repeats_draw_anew_and_refuse_rows_in_order(self) -> None:
        inputs = FileContext(self.file, seed=0, **DRAWS)
        other = FileContext(self.file, seed=4, **DRAWS)
        np.testing.assert_array_equal(inputs.with_seed(4).codes, other.codes)
        assert inputs.codes.tolist() != other.codes.tolist()
        with pytest.raises(CallError, match="--in-order keeps them"):
            FileContext(self.file, in_order=True).with_seed(1)

    def test_values_that_only_test_rows_have_are_named(self) -> None:
        assert FileContext(self.file, in_order=True).unseen == ["shape"]
        assert FileContext(self.file, seed=0).unseen == []

    def test_a_factor_that_varies_in_the_file_alone_is_named(self) -> None:
        rows = np.concatenate([np.zeros((5760, 1), int), GRID[:, :2]], axis=1)
        inputs = FileContext(
            CodeFile(CODES, rows, ("pose", "shape", "hue"), (1, 8, 6)), train_size=80, in_order=True
        )
        assert inputs.constant == ["pose"]
        with pytest.raises(Unsupported, match=r"^shape has a single value in the 80 rows that train"):
            inputs.factors  # noqa: B018 - the computation is what is tested
