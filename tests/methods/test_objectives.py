"""The objectives of AE and VAE: their terms, their weights, their gradients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.methods.ae import AE, code_norm
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.vae import VAE
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv12Encoder

from .models import IMAGE, VECTOR, batch, small_ae, small_vae

MODELS = [small_ae, small_vae]


def objective(model: Autoencoder, x: Tensor, noise: Tensor | None) -> Tensor:
    weights = model.weights(0)
    return sum(weights[name] * term for name, term in model.losses(x, noise).items())


def noise_for(model: Autoencoder, n: int = 6) -> Tensor | None:
    return model.noise(n, torch.Generator().manual_seed(2))


@pytest.mark.parametrize(
    "model", [small_ae(), small_ae(reg_wt=0.5), small_vae(), small_vae(VECTOR, reg_wt=4)]
)
def test_every_term_is_a_scalar_with_a_weight(model: Autoencoder):
    shape = model.encoder.input_shape
    terms = model.losses(batch(shape), noise_for(model))
    assert set(terms) == set(model.weights(0))
    assert all(term.shape == () for term in terms.values())
    assert {name: list(players) for name, players in model.player_parameters().items()} == {
        "model": list(model.parameters())
    }


def test_an_ae_has_no_regularizer_unless_it_is_weighted():
    assert small_ae().weights(0) == {"reconstruction": 1}
    model = small_ae(reg_wt=0.5)
    assert model.weights(0) == {"reconstruction": 1, "code_norm": 0.5}
    norms = model.encode(batch()).square().sum(1).sqrt()
    torch.testing.assert_close(model.losses(batch())["code_norm"], norms.mean())


def test_the_norm_of_a_zero_code_has_no_gradient():
    codes = torch.zeros(2, 3, requires_grad=True)
    code_norm(codes).backward()
    assert torch.equal(codes.grad, torch.zeros(2, 3))


def test_terms_are_unweighted_and_beta_enters_linearly():
    x = batch()
    terms = [small_vae(reg_wt=beta).losses(x, noise_for(small_vae())) for beta in (0.0, 1.0, 4.0)]
    totals = [objective(small_vae(reg_wt=beta), x, noise_for(small_vae())) for beta in (0.0, 1.0, 4.0)]
    torch.testing.assert_close(terms[0], terms[2])
    torch.testing.assert_close(totals[1] - totals[0], terms[0]["kl"], rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(totals[2] - totals[0], 4 * terms[0]["kl"], rtol=1e-3, atol=1e-3)


def test_a_larger_batch_of_the_same_images_has_the_same_losses():
    model, x = small_vae(), batch()
    torch.testing.assert_close(model.losses(x), model.losses(torch.cat([x, x])), rtol=1e-5, atol=1e-5)


def test_without_noise_the_mean_is_decoded_and_with_it_a_sample():
    model, x = small_vae(), batch()
    assert torch.equal(
        model.losses(x)["reconstruction"], model.losses(x, torch.zeros(6, 4))["reconstruction"]
    )
    assert not torch.equal(
        model.losses(x)["reconstruction"], model.losses(x, noise_for(model))["reconstruction"]
    )


def test_noise_is_drawn_from_its_generator_and_only_where_it_is_needed():
    assert small_ae().noise(3, torch.Generator()) is None
    model = small_vae()
    assert noise_for(model).shape == (6, 4)
    assert torch.equal(noise_for(model), noise_for(model))


@pytest.mark.parametrize("shape", [IMAGE, VECTOR])
@pytest.mark.parametrize("build", MODELS)
def test_gradients_are_those_of_finite_differences(build: Callable[..., Autoencoder], shape: tuple[int, ...]):
    model, x = build(shape, reg_wt=2.0).double(), batch(shape).double()
    noise = model.noise(6, torch.Generator().manual_seed(2))
    noise = None if noise is None else noise.double()
    objective(model, x, noise).backward()
    generator = torch.Generator().manual_seed(3)
    for name, parameter in list(model.named_parameters())[::7]:
        direction = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        step, values = 1e-6, []
        for sign in (1, -1):
            with torch.no_grad():
                parameter += sign * step * direction
                values.append(objective(model, x, noise))
                parameter -= sign * step * direction
        slope = (values[0] - values[1]) / (2 * step)
        torch.testing.assert_close(slope, (parameter.grad * direction).sum(), rtol=1e-4, atol=1e-5, msg=name)


def test_methods_refuse_latents_that_do_not_belong_to_them():
    def parts(latent_dim: int, feature_dim: int) -> tuple[Conv12Encoder, Conv12Decoder]:
        return Conv12Encoder(IMAGE, feature_dim, width=24), Conv12Decoder(latent_dim, IMAGE, width=24)

    with pytest.raises(CallError, match="use m/vae or the plain latent"):
        AE(GaussianLatent(4), *parts(4, 8))
    with pytest.raises(CallError, match="use `gaussian`"):
        VAE(PlainLatent(4), *parts(4, 4))
    with pytest.raises(CallError, match="reads 8 features, the encoder gives 4"):
        VAE(GaussianLatent(4), *parts(4, 4))
    with pytest.raises(CallError, match="the decoder was built for 5"):
        AE(PlainLatent(4), *parts(5, 4))
