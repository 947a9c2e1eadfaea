"""Supervised encoders: objective, sizes and gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from disentcli.config.instantiate import build
from disentcli.data.labelled_items import LabelledItems
from disentcli.errors import CallError
from disentcli.latents.continuous import PlainLatent
from disentcli.latents.factor_latents import PredictedFactors
from disentcli.methods.supervised import Supervised
from disentcli.nets.conv_encoder import Conv12Encoder
from disentcli.nets.encoder_decoder import LinearEncoder

SIZES, NAMES = (3, 4), ("shape", "size")
SHAPE = (6,)


def items(n: int = 8, shape: tuple[int, ...] = SHAPE) -> LabelledItems:
    draws = torch.Generator().manual_seed(0)
    factors = torch.stack([torch.randint(size, (n, 1), generator=draws) for size in SIZES], dim=2)
    images = torch.rand(n, *shape, generator=draws)
    return LabelledItems(images, factors, torch.zeros(n, 2, dtype=torch.bool))


def linear(targets: str = "regression") -> Supervised:
    torch.manual_seed(1)
    latent = PredictedFactors(SIZES, NAMES, targets=targets)  # type: ignore[arg-type]
    return Supervised(latent, LinearEncoder(SHAPE, latent.feature_dim))


def test_the_loss_is_that_of_the_outputs_which_are_the_codes() -> None:
    model, batch = linear(), items()
    outputs = model.encode_as(batch.observations, "codes")
    layer = model.encoder.layer
    by_hand = batch.observations.numpy() @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    np.testing.assert_allclose(outputs.detach(), by_hand, atol=1e-6)
    factors = batch.factors[:, 0].numpy()
    targets = (factors - (np.array(SIZES) - 1) / 2) / (np.array(SIZES) - 1)
    losses = model.losses(batch)
    assert list(losses) == list(model.weights(0)) == ["prediction"]
    assert losses["prediction"].item() == pytest.approx(np.square(by_hand - targets).mean(), rel=1e-5)


@pytest.mark.parametrize("targets", ["regression", "classes"])
def test_gradients_are_those_of_finite_differences(targets: str) -> None:
    model, batch = linear(targets).double(), items()
    batch = LabelledItems(batch.observations.double(), batch.factors, batch.changed)
    model.losses(batch)["prediction"].backward()
    weight = model.encoder.layer.weight
    for place in ((0, 0), (1, 3)):
        found = []
        for step in (1e-5, -1e-5):
            with torch.no_grad():
                weight[place] += step
                found.append(model.losses(batch)["prediction"].item())
                weight[place] -= step
        assert weight.grad[place].item() == pytest.approx((found[0] - found[1]) / 2e-5, rel=1e-5)


@pytest.mark.parametrize(
    ("network", "parameters"), [("kim", 380_358), ("abdi-supervised", 1_740_518), ("montero", 1_250_694)]
)
def test_published_networks_have_the_published_number_of_parameters(network: str, parameters: int) -> None:
    """Of 3 channels, 64 pixels and 6 factors: the last linear layer has an output for each."""
    node = {
        "_type": "supervised",
        "latent": {"_type": "predicted-factors"},
        "encoder": {"_type": "layers", "network": network},
    }
    inferred = {"input_shape": (3, 64, 64), "factor_sizes": (10, 10, 10, 8, 4, 15), "factor_names": ()}
    model, full = build("method", node, inferred=inferred)
    assert sum(one.numel() for one in model.parameters()) == parameters
    assert full["encoder"]["feature_dim"] == 6


def test_another_latent_or_another_number_of_outputs_is_refused() -> None:
    with pytest.raises(CallError, match=r"supervised predicts factors.*name it `predicted-factors`"):
        Supervised(PlainLatent(2), LinearEncoder(SHAPE, 2))
    with pytest.raises(CallError, match="predicted by 2 outputs, the encoder gives 3"):
        Supervised(PredictedFactors(SIZES, NAMES), LinearEncoder(SHAPE, 3))


def test_an_example_batch_is_what_its_losses_take() -> None:
    model = Supervised(PredictedFactors(SIZES, NAMES), Conv12Encoder((1, 32, 32), 2, width=32, hidden=(8,)))
    assert model.losses(model.example_batch((1, 32, 32), "cpu"))["prediction"].isfinite()
