"""Probes: against PyTorch's own layers, closed forms of Gaussians, scikit-learn's MLPClassifier."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from scipy.stats import norm
from sklearn.neural_network import MLPClassifier
from torch import nn

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.evaluate import BoundMetric, EvaluationResult, evaluate
from disentcli.metrics.probe_ensemble import ProbeEnsemble, ProbeOptions, probe_accuracies
from disentcli.metrics.probes import probes
from disentcli.metrics.representations import Representation

RNG = np.random.default_rng(0)


def layers_of(stack: ProbeEnsemble, seed: int, probe: int, classes: int) -> nn.Sequential:
    """One probe of the stack as PyTorch's own modules,, freshly built."""
    hidden, at = stack.hidden, seed * stack.count + probe
    rows = slice(probe * hidden, (probe + 1) * hidden)
    net = nn.Sequential(
        nn.Linear(stack.first.shape[2], hidden, bias=False),
        nn.BatchNorm1d(hidden, momentum=None),
        nn.ReLU(),
        nn.Linear(hidden, classes, bias=False),
        nn.BatchNorm1d(classes, momentum=None),
        nn.ReLU(),
        nn.Linear(classes, classes),
    )
    values = [
        *(stack.first[seed, rows], stack.scales[0][seed, rows, 0], stack.shifts[0][seed, rows, 0]),
        *(stack.second[at, :classes], stack.scales[1][at, :classes, 0], stack.shifts[1][at, :classes, 0]),
        *(stack.third[at, :classes, :classes], stack.bias[at, :classes, 0]),
    ]
    for own, value in zip(net.parameters(), values, strict=True):
        own.data.copy_(value)
    return net


def test_a_stack_is_many_networks_side_by_side() -> None:
    torch.manual_seed(0)
    classes = torch.tensor([4, 7, 2])
    stack = ProbeEnsemble(5, classes, [3, 8], hidden=6)
    for parameter in [*stack.scales, *stack.shifts]:
        nn.init.normal_(parameter)
    codes, others = torch.randn(2, 40, 5), torch.randn(2, 9, 5)
    trained, tested = stack(codes), stack(others, stack.moments(codes))
    for seed in range(2):
        for probe, count in enumerate(classes.tolist()):
            net, at = layers_of(stack, seed, probe, count), seed * 3 + probe
            torch.testing.assert_close(trained[at, :count].T, net.train()(codes[seed]))
            assert torch.isneginf(trained[at, count:]).all()
            unbiased = 40 / 39  # PyTorch's running variance, ours is that of the points themselves
            for layer in (net[1], net[4]):
                layer.running_var /= unbiased
            torch.testing.assert_close(tested[at, :count].T, net.eval()(others[seed]))


def test_initial_weights_are_those_of_a_linear_layer() -> None:
    stack = ProbeEnsemble(16, torch.tensor([10, 3]), [0], hidden=100)
    for weights, inputs in ((stack.first, 16), (stack.second, 100), (stack.third[1, :3], 3)):
        bound = inputs**-0.5  # torch.nn.Linear's, uniform
        assert 0.5 * bound < float(weights.detach().abs().max()) <= bound
    assert float(stack.first.detach().std()) == pytest.approx(16**-0.5 / 3**0.5, rel=0.05)


def gaussians(points: int, classes: int, dims: int, apart: float) -> tuple[np.ndarray, np.ndarray]:
    """Classes of unit Gaussians whose means are `apart` from each other in every pair."""
    labels = RNG.integers(classes, size=points)
    means = np.eye(dims)[:classes] * apart / 2**0.5
    return means[labels] + RNG.normal(size=(points, dims)), labels


def test_two_gaussian_classes_are_told_apart_as_well_as_possible() -> None:
    parts = [gaussians(count, 2, 8, apart) for count, apart in ((6_000, 2.0), (20_000, 2.0))]
    (codes, labels), (test_codes, test_labels) = parts
    options = ProbeOptions(steps=300)
    found = probe_accuracies(codes, labels[:, None], test_codes, test_labels[:, None], [0, 1], options)
    np.testing.assert_allclose(found, norm.cdf(1.0), atol=0.012)  # Bayes: Φ(half the distance)


def test_classes_that_no_line_separates_are_learned_as_scikit_learn_learns_them() -> None:
    def rings(points: int) -> tuple[np.ndarray, np.ndarray]:
        labels, angle = RNG.integers(3, size=points), RNG.uniform(0, 2 * np.pi, points)
        radius = 1 + labels + 0.25 * RNG.normal(size=points)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), labels

    (codes, labels), (test_codes, test_labels) = rings(4_000), rings(4_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPClassifier((15, 3), max_iter=60, learning_rate_init=1e-2, random_state=0)
        reference = model.fit(codes, labels).score(test_codes, test_labels)
    options = ProbeOptions(steps=600)
    found = probe_accuracies(codes, labels[:, None], test_codes, test_labels[:, None], [0, 1, 2], options)
    assert reference > 0.9
    assert found.mean() == pytest.approx(reference, abs=0.02)


def test_what_is_trained_beside_a_probe_does_not_touch_it() -> None:
    (codes, labels), (test_codes, test_labels) = gaussians(500, 5, 6, 2.0), gaussians(500, 5, 6, 2.0)
    noise, test_noise = RNG.integers(9, size=500), RNG.integers(9, size=500)
    both, test_both = np.stack([noise, labels], 1), np.stack([test_noise, test_labels], 1)
    options = ProbeOptions(steps=20, batch_size=50)
    together = probe_accuracies(codes, both, test_codes, test_both, [4, 7], options)
    flipped = probe_accuracies(codes, both, test_codes, test_both, [7, 4], options)
    np.testing.assert_allclose(together, flipped[::-1], atol=0.005)
    assert together[0, 1] != together[1, 1]


def one_hot(shared: np.ndarray, own: np.ndarray, *, what: str) -> np.ndarray:
    return np.eye(10)[shared if what == "S" else own] + 0.01 * RNG.normal(size=(len(own), 10))


def ideal_pair(names: tuple[str, ...] = ("S_X", "E_X")) -> dict[str, Representation]:
    """Representations of a digit that is shared (10 values) and a hue that is not (4 values)."""
    factors = np.stack([RNG.integers(10, size=2_000), RNG.integers(4, size=2_000)], 1)
    found = {}
    for name in names:
        codes = one_hot(*factors.T, what=name[0])
        parts = (codes[:1_500], factors[:1_500], codes[1_500:], factors[1_500:])
        found[name] = Representation(
            name, *parts, factor_names=("digit", "hue"), sizes=(10, 4), shared=("digit",)
        )
    return found


def test_scores_are_named_and_the_distance_is_that_of_the_paper() -> None:
    found = probes(ideal_pair(), steps=400)
    assert list(found)[:-1] == [
        f"{one}.{name}" for one in ("S_X", "E_X") for name in ("digit", "hue", "distance")
    ]
    assert found["S_X.digit"] == found["E_X.hue"] == 1
    assert found["S_X.hue"] == pytest.approx(1 / 4, abs=0.06)
    assert found["E_X.digit"] == pytest.approx(1 / 10, abs=0.05)
    accuracy = np.asarray(found["accuracy"])
    assert accuracy.shape == (2, 2, 3)
    assert found["S_X.distance"] == pytest.approx(np.abs(accuracy[0] - [[1.0], [0.25]]).sum(0).mean())
    assert found["E_X.distance"] == pytest.approx(np.abs(accuracy[1] - [[0.1], [1.0]]).sum(0).mean())


def test_codes_that_are_neither_shared_nor_exclusive_have_no_ideal() -> None:
    one = ideal_pair(("S_X",))["S_X"]
    codes = Representation("codes", one.codes, one.factors, one.test_codes, one.test_factors)
    assert set(probes({"codes": codes}, steps=10)) == {"codes.factor0", "codes.factor1", "accuracy"}


def test_the_spread_over_seeds_goes_into_the_results() -> None:
    class Inputs:
        representations = ideal_pair()
        seed = 0

    evaluation = EvaluationResult()
    evaluate([BoundMetric("probes", probes, {"steps": 40})], Inputs(), evaluation)
    accuracy = evaluation.arrays["probes/accuracy"]
    stats = evaluation.stats["probes"]["S_X.hue"]
    assert stats["values"] == accuracy[0, 1].tolist()
    assert evaluation.scores["probes"]["S_X.hue"] == stats["mean"] == pytest.approx(accuracy[0, 1].mean())
    assert stats["std"] == pytest.approx(accuracy[0, 1].std(ddof=1))


def test_a_continuous_factor_is_null_and_so_is_the_distance() -> None:
    one = ideal_pair(("S_X",))["S_X"]
    angles = [
        np.column_stack([part.factors, RNG.uniform(size=len(part.codes))]) for part in (one.train, one.test)
    ]
    names, shared = ("digit", "hue", "angle"), ("digit",)
    made = Representation(
        "S_X", one.codes, angles[0], one.test_codes, angles[1], factor_names=names, shared=shared
    )
    found = probes({"S_X": made}, steps=10)
    assert np.isnan(found["S_X.angle"])
    assert np.isnan(found["S_X.distance"])
    assert found["reason"] == "angle of S_X is continuous and has no classes"


def test_a_constant_representation_is_worth_the_most_frequent_class() -> None:
    labels = np.array([[0], [1], [1]] * 100)
    blank = np.full((300, 4), 7.0)
    found = probes({"codes": Representation("codes", blank, labels, blank, labels)}, steps=100)
    assert found["codes.factor0"] == pytest.approx(2 / 3)


def test_what_cannot_be_probed_is_said() -> None:
    with pytest.raises(CallError, match="at least one seed"):
        probes(ideal_pair(), seeds=0)
    one = ideal_pair(("S_X",))["S_X"]
    same = Representation("S_X", one.codes, one.factors * 0, one.test_codes, one.test_factors * 0)
    with pytest.raises(Unsupported, match="factor0 of S_X has a single value in these 1,500 points"):
        probes({"S_X": same})


def test_unscaled_codes_are_taken_as_they_come() -> None:
    labels = RNG.integers(0, 2, (1500, 1))
    codes = np.concatenate([1e-6 * (labels - 0.5), RNG.normal(size=(1500, 1))], axis=1)  # a faint class
    pair = {"codes": Representation("codes", codes[:1000], labels[:1000], codes[1000:], labels[1000:])}
    found = {scaled: probes(pair, steps=200, scaled=scaled)["codes.factor0"] for scaled in (True, False)}
    assert found[True] > 0.99
    assert found[False] < 0.6
