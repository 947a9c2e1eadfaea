"""Decoders from true factors: objective, noise, gradients, and what they have of an autoencoder."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from disentcli.config.instantiate import build
from disentcli.data.labelled_items import LabelledItems
from disentcli.errors import CallError, Unsupported
from disentcli.latents.continuous import PlainLatent
from disentcli.latents.factor_latents import TrueFactors
from disentcli.methods.factor_decoder import FactorDecoder
from disentcli.nets.encoder_decoder import LinearDecoder

SIZES, NAMES = (3, 4), ("shape", "size")
SHAPE = (1, 2, 3)
VALUES = (("cube", "cone", "ball"), (0.5, 1.0, 2.0, 4.0))


def items(n: int = 8) -> LabelledItems:
    draws = torch.Generator().manual_seed(0)
    factors = torch.stack([torch.randint(size, (n, 1), generator=draws) for size in SIZES], dim=2)
    return LabelledItems(torch.rand(n, *SHAPE, generator=draws), factors, torch.zeros(n, 2, dtype=torch.bool))


def linear(input_noise: float = 0.0) -> FactorDecoder:
    torch.manual_seed(1)
    model = FactorDecoder(TrueFactors(SIZES, NAMES), LinearDecoder(2, SHAPE), input_noise=input_noise)
    model.init_from_factors(VALUES, items().factors[:, 0])
    return model


def by_hand(model: FactorDecoder, batch: LabelledItems, noise: np.ndarray | float = 0.0) -> np.ndarray:
    """Logits (B, 6) of the linear decoder in numpy."""
    shapes, sizes = batch.factors[:, 0].numpy().T
    inputs = np.stack([shapes, np.array(VALUES[1])[sizes]], axis=1) + noise
    layer = model.decoder.layer
    return inputs @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()


def cross_entropy(logits: np.ndarray, batch: LabelledItems) -> float:
    images = batch.observations.numpy().reshape(len(batch), -1)
    p = 1 / (1 + np.exp(-logits))
    return float(-(images * np.log(p) + (1 - images) * np.log(1 - p)).sum() / len(images))


def test_the_loss_is_the_likelihood_of_images_given_their_factors() -> None:
    model, batch = linear(), items()
    losses = model.losses(batch, model.noise(8, torch.Generator().manual_seed(0)))
    assert list(losses) == list(model.weights(0)) == ["reconstruction"]
    wanted = cross_entropy(by_hand(model, batch), batch)
    assert losses["reconstruction"].item() == pytest.approx(wanted, rel=1e-5)


def test_noise_is_added_to_what_the_decoder_reads_but_not_in_evaluation() -> None:
    model, batch = linear(input_noise=0.3), items()
    noise = model.noise(8, torch.Generator().manual_seed(5))
    assert torch.equal(noise, torch.randn(8, 2, generator=torch.Generator().manual_seed(5)))
    wanted = cross_entropy(by_hand(model, batch, 0.3 * noise.numpy()), batch)
    assert model.losses(batch, noise)["reconstruction"].item() == pytest.approx(wanted, rel=1e-5)
    assert model.evaluation_noise(8, torch.Generator()) is None
    assert linear().noise(8, torch.Generator()) is None


def test_gradients_are_those_of_finite_differences() -> None:
    model, batch = linear().double(), items()
    batch = LabelledItems(batch.observations.double(), batch.factors, batch.changed)
    model.losses(batch)["reconstruction"].backward()
    weight = model.decoder.layer.weight
    for place in ((0, 0), (5, 1)):
        found = []
        for step in (1e-5, -1e-5):
            with torch.no_grad():
                weight[place] += step
                found.append(model.losses(batch)["reconstruction"].item())
                weight[place] -= step
        assert weight.grad[place].item() == pytest.approx((found[0] - found[1]) / 2e-5, rel=1e-5)


@torch.no_grad()
def test_its_codes_are_the_true_factors_from_which_it_reconstructs() -> None:
    model, batch = linear(), items()
    codes = model.encode_items(batch, "codes")
    assert torch.equal(codes, batch.factors[:, 0].float())
    wanted = 1 / (1 + np.exp(-by_hand(model, batch)))
    for images in (model.reconstruct_items(batch), model.decode(codes)):
        np.testing.assert_allclose(images.flatten(1), wanted, rtol=1e-5)
    assert model.generate(4, torch.Generator().manual_seed(0)).shape == (4, *SHAPE)


def test_images_alone_have_no_codes() -> None:
    with pytest.raises(Unsupported, match="decoder has no encoder: its codes are the true factors"):
        linear().encode_as(items().observations, "codes")


@pytest.mark.parametrize(("network", "momentum"), [("kim-bn-maps", 0.001), ("gt-deep-bn-bias", 0.1)])
def test_batch_norm_is_that_of_pytorch_or_the_slow_published_one(network: str, momentum: float) -> None:
    node = {
        "_type": "decoder",
        "latent": {"_type": "true-factors", "one_hot": ["shape"]},
        "decoder": {"_type": "layers", "network": network},
    }
    inferred = {"input_shape": (3, 64, 64), "factor_sizes": SIZES, "factor_names": NAMES}
    model, full = build("method", node, inferred=inferred)
    assert full["decoder"]["latent_dim"] == 4
    norms = [one for one in model.modules() if isinstance(one, (nn.BatchNorm1d, nn.BatchNorm2d))]
    assert norms
    assert {one.momentum for one in norms} == {momentum}
    batch = LabelledItems(torch.rand(8, 3, 64, 64), items().factors, items().changed)
    model.train().losses(batch)
    moved = norms[0].running_mean / momentum  # from 0, by this share of the batch's mean
    assert moved.abs().max() > 0
    model.eval()
    assert model.losses(batch)["reconstruction"].isfinite()


def test_another_latent_or_another_number_of_inputs_is_refused() -> None:
    with pytest.raises(CallError, match=r"decoder reads true factors.*name it `true-factors`"):
        FactorDecoder(PlainLatent(2), LinearDecoder(2, SHAPE))
    with pytest.raises(CallError, match="the factors are 2 numbers, the decoder was built for 3"):
        FactorDecoder(TrueFactors(SIZES, NAMES), LinearDecoder(3, SHAPE))
