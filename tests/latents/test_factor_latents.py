"""Factors as codes: published targets and inputs, against numpy."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from disentcli.data.factors import FactorSpace
from disentcli.data.public.published_grids import CARS3D, DSPRITES, SHAPES3D, SMALLNORB, mpi3d_space
from disentcli.errors import CallError, Unsupported
from disentcli.latents.factor_latents import FactorLatent, PredictedFactors, TrueFactors

GRIDS = {
    "dsprites": DSPRITES,
    "3dshapes": SHAPES3D,
    "cars3d": CARS3D,
    "smallnorb": SMALLNORB,
    "mpi3d": mpi3d_space("real"),
}
SIZES, NAMES = (3, 1, 5), ("shape", "hue", "size")
VALUES = (("cube", "cone", "ball"), (7.0,), (1.0, 2.0, 4.0, 8.0, 16.0))


def drawn(sizes: tuple[int, ...], n: int = 9) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.stack([rng.integers(size, size=n) for size in sizes], axis=1)


def with_values(one: FactorLatent, values: tuple, factors: np.ndarray | None = None) -> FactorLatent:
    one.init_from_factors(values, torch.from_numpy(drawn(one.factor_sizes) if factors is None else factors))
    return one


def numbers_of(space: FactorSpace) -> list[np.ndarray]:
    """The numbers of each factor's classes; words have their places."""
    words = [any(isinstance(one, str) for one in values) for values in space.values]
    return [
        np.arange(len(values)) if named else np.array(values, dtype=float)
        for values, named in zip(space.values, words, strict=True)
    ]


@pytest.mark.parametrize("name", GRIDS)
def test_published_targets_are_the_numbers_without_their_mean_in_units_of_their_range(name: str) -> None:
    space = GRIDS[name]
    factors = drawn(space.sizes)
    latent = with_values(PredictedFactors(space.sizes, space.names), space.values)
    wanted = [
        (numbers[column] - numbers.mean()) / np.ptp(numbers)
        for numbers, column in zip(numbers_of(space), factors.T, strict=True)
    ]
    found = latent.normalized(torch.from_numpy(factors))
    np.testing.assert_allclose(found, np.stack(wanted, axis=1), atol=1e-6)
    assert found.abs().max() <= 0.5 + 1e-6


@pytest.mark.parametrize("name", GRIDS)
def test_on_published_grids_targets_from_classes_are_those_from_values(name: str) -> None:
    space = GRIDS[name]
    factors = torch.from_numpy(drawn(space.sizes))
    by_class = PredictedFactors(space.sizes, space.names)
    by_value = with_values(PredictedFactors(space.sizes, space.names), space.values)
    torch.testing.assert_close(by_class.normalized(factors), by_value.normalized(factors))
    places = (factors - (torch.tensor(space.sizes) - 1) / 2) / (torch.tensor(space.sizes) - 1)
    torch.testing.assert_close(by_class.normalized(factors), places)


def test_uneven_values_are_their_own_targets_and_a_single_value_is_0() -> None:
    latent = with_values(PredictedFactors(SIZES, NAMES), VALUES)
    found = latent.normalized(torch.tensor([[2, 0, 3], [0, 0, 0]]))
    torch.testing.assert_close(found, torch.tensor([[0.5, 0, 1.8 / 15], [-0.5, 0, -5.2 / 15]]))


def test_real_numbers_have_mean_and_range_of_the_training_images() -> None:
    rng = np.random.default_rng(1)
    train = np.stack([rng.normal(3, 2, 50), np.full(50, 4.0)], axis=1)
    latent = with_values(PredictedFactors((0, 0), ("a", "b")), (), train)
    other = torch.tensor([[1.0, 4.0], [5.0, 6.0]])
    column = (np.array([1.0, 5.0]) - train[:, 0].mean()) / np.ptp(train[:, 0])
    np.testing.assert_allclose(
        latent.normalized(other), np.stack([column, [0.0, 2.0]], axis=1), rtol=1e-5, atol=1e-6
    )


def test_regression_is_the_mean_squared_error() -> None:
    latent = with_values(PredictedFactors(SIZES, NAMES), VALUES)
    factors = torch.from_numpy(drawn(SIZES))
    outputs = torch.randn(9, 3, generator=torch.Generator().manual_seed(0))
    wanted = np.square(outputs.numpy() - latent.normalized(factors).numpy()).mean()
    assert latent.loss(outputs, factors).item() == pytest.approx(wanted, rel=1e-6)


def test_classes_are_the_sum_over_factors_of_cross_entropies() -> None:
    latent = PredictedFactors(SIZES, NAMES, targets="classes")
    assert latent.latent_dim == latent.feature_dim == 9
    factors = drawn(SIZES)
    outputs = np.random.default_rng(2).normal(size=(9, 9))
    total = 0.0
    for k, logits in enumerate(np.split(outputs, [3, 4], axis=1)):
        total -= log_softmax(logits, axis=1)[np.arange(9), factors[:, k]].mean()
    assert latent.loss(torch.from_numpy(outputs), torch.from_numpy(factors)).item() == pytest.approx(total)


@pytest.mark.parametrize("targets", ["regression", "classes"])
def test_one_factor_may_be_predicted_alone(targets: str) -> None:
    whole = with_values(PredictedFactors(SIZES, NAMES, targets=targets), VALUES)  # type: ignore[arg-type]
    alone = with_values(PredictedFactors(SIZES, NAMES, targets=targets, factor="size"), VALUES)  # type: ignore[arg-type]
    assert alone.latent_dim == (1 if targets == "regression" else 5)
    factors = torch.from_numpy(drawn(SIZES))
    outputs = torch.randn(9, whole.latent_dim, generator=torch.Generator().manual_seed(0))
    own = outputs[:, -alone.latent_dim :]
    torch.testing.assert_close(alone.predicted(own), whole.predicted(outputs)[:, 2:])
    torch.testing.assert_close(alone.predicted_classes(own), whole.predicted_classes(outputs)[:, 2:])
    torch.testing.assert_close(alone.target_numbers(factors), whole.target_numbers(factors)[:, 2:])


def test_a_predicted_class_is_that_of_the_nearest_number() -> None:
    latent = with_values(PredictedFactors(SIZES, NAMES), VALUES)
    factors = torch.from_numpy(drawn(SIZES))
    exact = latent.normalized(factors)
    torch.testing.assert_close(latent.predicted(exact), latent.raw(factors), rtol=1e-5, atol=1e-5)
    assert torch.equal(latent.predicted_classes(exact), factors)
    below = torch.tensor([[-9.0, -9.0, -9.0], [9.0, 9.0, 9.0]])
    assert latent.predicted_classes(below).tolist() == [[0, 0, 0], [2, 0, 4]]


def test_a_decoder_reads_the_published_values() -> None:
    latent = with_values(TrueFactors(DSPRITES.sizes, DSPRITES.names), DSPRITES.values)
    found = latent.to_decoder(torch.tensor([[2, 5, 39, 0, 31], [0, 0, 0, 31, 0]]))
    torch.testing.assert_close(
        found, torch.tensor([[2, 1.0, 2 * pi, 0, 1], [0, 0.5, 0, 1, 0]]), rtol=1e-6, atol=1e-6
    )


def test_normalized_inputs_are_the_targets_of_a_regression() -> None:
    factors = torch.from_numpy(drawn(SIZES))
    decoder = with_values(TrueFactors(SIZES, NAMES, inputs="normalized"), VALUES)
    encoder = with_values(PredictedFactors(SIZES, NAMES), VALUES)
    assert torch.equal(decoder.to_decoder(factors), encoder.normalized(factors))


def test_a_factor_may_be_an_indicator_of_its_class() -> None:
    latent = with_values(TrueFactors(SIZES, NAMES, one_hot=("shape",)), VALUES)
    assert (latent.latent_dim, latent.decoder_dim) == (3, 5)
    found = latent.to_decoder(torch.tensor([[1, 0, 3], [2, 0, 0]]))
    torch.testing.assert_close(found, torch.tensor([[0, 1.0, 0, 7, 8], [0, 0, 1, 7, 1]]))


def test_between_two_classes_inputs_are_on_the_line_and_beyond_them_at_the_end() -> None:
    latent = with_values(TrueFactors(SIZES, NAMES, one_hot=("shape",)), VALUES)
    found = latent.to_decoder(torch.tensor([[0.25, 0, 2.5], [-3, 9, 99]]))
    torch.testing.assert_close(found, torch.tensor([[0.75, 0.25, 0, 7, 6], [1, 0, 0, 7, 16]]))
    assert latent.project(torch.tensor([[0.6, 0.0, 9.0]])).tolist() == [[1, 0, 4]]


def test_the_prior_has_each_class_as_often_as_any_other() -> None:
    latent = TrueFactors(SIZES, NAMES)
    codes = latent.prior(30_000, torch.Generator().manual_seed(0))
    for k, size in enumerate(SIZES):
        shares = torch.bincount(codes[:, k].long(), minlength=size) / len(codes)
        assert len(shares) == size
        torch.testing.assert_close(shares, torch.full((size,), 1 / size), rtol=0.05, atol=0)
    with pytest.raises(Unsupported, match="no distribution"):
        TrueFactors((3, 0), ("a", "b")).prior(2)


@pytest.mark.parametrize("kind", [PredictedFactors, TrueFactors])
def test_data_without_factors_are_refused_with_the_reason(kind: type[FactorLatent]) -> None:
    with pytest.raises(CallError, match="these data have none; take data with factors"):
        kind((), ())  # type: ignore[call-arg]


def test_what_does_not_fit_the_factors_is_refused() -> None:
    with pytest.raises(CallError, match=r"unknown factor 'shap'.*did you mean shape"):
        PredictedFactors(SIZES, NAMES, factor="shap")
    with pytest.raises(CallError, match=r"unknown factor 'shap'.*did you mean shape"):
        TrueFactors(SIZES, NAMES, one_hot=("shap",))
    with pytest.raises(CallError, match="real numbers have no classes: set targets to `regression`"):
        PredictedFactors((3, 0), ("a", "b"), targets="classes")
    with pytest.raises(CallError, match="b is a real number"):
        TrueFactors((3, 0), ("a", "b"), one_hot=("b",))
