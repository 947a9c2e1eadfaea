"""Optimisers do what PyTorch's do without fusing; the cosine schedule is its closed form."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import pytest
import torch
from torch import nn, optim

from disentcli.errors import CallError
from disentcli.training.optim import (
    GradientClipping,
    MakeOptimizer,
    adagrad,
    adam,
    adamax,
    adamw,
    cosine,
    drop,
    lion,
    nadam,
    radam,
    rmsprop,
    sgd,
)

Reference = Callable[[list[nn.Parameter]], optim.Optimizer]


def quadratic(make: Callable[[list[nn.Parameter]], optim.Optimizer], steps: int = 20) -> torch.Tensor:
    """Where an optimiser arrives on Σ k·wₖ²."""
    weights = nn.Parameter(torch.linspace(-1, 1, 7))
    optimizer = make([weights])
    for _ in range(steps):
        optimizer.zero_grad()
        (weights.square() * torch.arange(1, 8)).sum().backward()
        optimizer.step()
    return weights.detach()


@pytest.mark.parametrize(
    ("ours", "reference"),
    [
        (adam(), lambda p: optim.Adam(p, lr=5e-4, betas=(0.9, 0.999), eps=1e-8, foreach=False)),
        (adam(lr=0.1, amsgrad=True), lambda p: optim.Adam(p, lr=0.1, amsgrad=True, foreach=False)),
        (adamw(), lambda p: optim.AdamW(p, foreach=False)),
        (sgd(lr=0.01), lambda p: optim.SGD(p, lr=0.01, momentum=0.9, foreach=False)),
        (adamw(weight_decay=0.3), lambda p: optim.AdamW(p, weight_decay=0.3, foreach=False)),
        (sgd(momentum=0), lambda p: optim.SGD(p, lr=0.01, foreach=False)),
        (sgd(nesterov=True), lambda p: optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True, foreach=False)),
        (sgd(dampening=0.3), lambda p: optim.SGD(p, lr=0.01, momentum=0.9, dampening=0.3, foreach=False)),
        (nadam(momentum_decay=0.01), lambda p: optim.NAdam(p, momentum_decay=0.01, foreach=False)),
        (radam(lr=0.02), lambda p: optim.RAdam(p, lr=0.02, foreach=False)),
        (
            nadam(weight_decay=0.2, decoupled_weight_decay=True),
            lambda p: optim.NAdam(p, weight_decay=0.2, decoupled_weight_decay=True, foreach=False),
        ),
        (
            radam(weight_decay=0.2, decoupled_weight_decay=True),
            lambda p: optim.RAdam(p, weight_decay=0.2, decoupled_weight_decay=True, foreach=False),
        ),
        (adamax(weight_decay=0.1), lambda p: optim.Adamax(p, weight_decay=0.1, foreach=False)),
        (rmsprop(momentum=0.5), lambda p: optim.RMSprop(p, momentum=0.5, foreach=False)),
        (rmsprop(centered=True), lambda p: optim.RMSprop(p, centered=True, foreach=False)),
        (adagrad(lr_decay=0.1), lambda p: optim.Adagrad(p, lr_decay=0.1, foreach=False)),
        (
            adagrad(initial_accumulator_value=2.0),
            lambda p: optim.Adagrad(p, initial_accumulator_value=2.0, foreach=False),
        ),
    ],
)
def test_optimizers_match_pytorchs_plain_ones(ours: MakeOptimizer, reference: Reference) -> None:
    torch.testing.assert_close(quadratic(ours), quadratic(reference), rtol=1e-5, atol=1e-6)


IMPLEMENTATION = {"foreach", "fused", "capturable", "differentiable", "maximize"}  # how, not what


@pytest.mark.parametrize(
    ("make", "reference"),
    [
        (sgd, optim.SGD),
        (nadam, optim.NAdam),
        (radam, optim.RAdam),
        (adamax, optim.Adamax),
        (rmsprop, optim.RMSprop),
        (adagrad, optim.Adagrad),
    ],
)
def test_optimizers_take_each_option_of_pytorchs(make: Callable[..., object], reference: type) -> None:
    there = set(inspect.signature(reference).parameters) - {"params"} - IMPLEMENTATION
    assert set(inspect.signature(make).parameters) == there


@pytest.mark.parametrize(
    ("options", "message"), [({"momentum": 0}, "set momentum"), ({"dampening": 0.1}, "dampening")]
)
def test_nesterov_needs_a_momentum_without_dampening(options: dict[str, float], message: str) -> None:
    with pytest.raises(CallError, match=message):
        sgd(nesterov=True, **options)


def test_lion_is_its_published_algorithm() -> None:
    weights, momentum = torch.linspace(-1, 1, 7, dtype=torch.float64), torch.zeros(7, dtype=torch.float64)
    ours = nn.Parameter(weights.clone())
    optimizer = lion(lr=0.01, betas=(0.8, 0.95), weight_decay=0.1)([ours])
    for _ in range(30):
        optimizer.zero_grad()
        (ours.square() * torch.arange(1, 8)).sum().backward()
        optimizer.step()
        gradient = 2 * weights * torch.arange(1, 8)
        weights = weights * (1 - 0.01 * 0.1) - 0.01 * torch.sign(0.8 * momentum + 0.2 * gradient)
        momentum = 0.95 * momentum + 0.05 * gradient
        torch.testing.assert_close(ours.detach(), weights, rtol=1e-12, atol=1e-12)


def test_lion_goes_on_from_its_state_bit_for_bit() -> None:
    def descend(optimizer: optim.Optimizer, weights: nn.Parameter, steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            weights.pow(4).sum().backward()
            optimizer.step()

    whole, begun = (nn.Parameter(torch.linspace(-1, 1, 7)) for _ in range(2))
    descend(lion(lr=0.02)([whole]), whole, 20)
    first = lion(lr=0.02)([begun])
    descend(first, begun, 12)
    again = lion(lr=0.02)([begun])
    again.load_state_dict(first.state_dict())
    descend(again, begun, 8)
    assert torch.equal(whole, begun)


def test_each_call_makes_an_optimizer_of_its_own() -> None:
    make = adam(lr=0.3)
    first, second = (make([nn.Parameter(torch.zeros(2))]) for _ in range(2))
    first.param_groups[0]["lr"] = 0.1
    assert second.param_groups[0]["lr"] == 0.3


def test_the_cosine_is_the_published_formula() -> None:
    rate = cosine(end=1e-4, every=1)
    power = math.sqrt(math.e)
    for step in (0, 1, 500, 999, 1000):
        expected = 1e-4 + (5e-4 - 1e-4) * (1 + math.cos(math.pi * (step / 1000) ** power)) / 2
        assert rate(5e-4, step, 1000) == pytest.approx(expected, rel=1e-12)
    assert rate(5e-4, 0, 1000) == 5e-4
    assert rate(5e-4, 1000, 1000) == pytest.approx(1e-4)


def test_the_cosine_is_recomputed_every_so_many_steps() -> None:
    rate = cosine(every=1000)
    rates = [rate(5e-4, step, 10_000) for step in range(0, 10_000, 250)]
    assert len(set(rates)) == 10
    assert rates == sorted(rates, reverse=True)


def test_a_drop_is_in_the_last_steps_of_the_budget() -> None:
    rate = drop(factor=0.2, last=100)
    assert [rate(5e-4, step, 1000) for step in (0, 899)] == [5e-4, 5e-4]
    assert [rate(5e-4, step, 1000) for step in (900, 999)] == [pytest.approx(1e-4)] * 2
    assert rate(5e-4, 900, 2000) == 5e-4  # a larger budget moves it


def test_clipping_by_value_and_by_norm() -> None:
    parameters = [nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1))]
    gradients = [torch.tensor([3.0, -0.5]), torch.tensor([4.0])]

    def clipped(clip: GradientClipping) -> list[float]:
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient.clone()
        clip(parameters)
        return [value for parameter in parameters for value in parameter.grad.tolist()]  # type: ignore[union-attr]

    assert clipped(GradientClipping()) == [3.0, -0.5, 4.0]
    assert clipped(GradientClipping(value=1.0)) == [1.0, -0.5, 1.0]
    norm = math.sqrt(9 + 0.25 + 16)
    assert clipped(GradientClipping(norm=1.0)) == pytest.approx([3 / norm, -0.5 / norm, 4 / norm], rel=1e-5)
    assert clipped(GradientClipping(norm=100.0)) == [3.0, -0.5, 4.0]
