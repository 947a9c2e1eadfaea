"""QLAE, VQ-VAE and BioAE: their objectives in plain numpy, what they refuse, what they generate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.func import functional_call, stack_module_state

from disentcli.errors import CallError, Unsupported
from disentcli.latents.continuous import GaussianLatent, NoisyClampedLatent, PlainLatent, UniformLatent
from disentcli.latents.discrete import GlobalQuantizedLatent, QuantizedLatent, VectorQuantizedLatent
from disentcli.latents.latent import Latent
from disentcli.methods.ae import AE
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.bioae import BioAE
from disentcli.methods.qlae import QLAE, VQVAE
from disentcli.methods.vae import VAE
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv12Encoder
from disentcli.nets.summary import describe
from disentcli.training.state import weighted_sum

from .models import IMAGE, VECTOR, batch, networks, small_bioae, small_qlae, small_vqvae

MODELS = [small_qlae, small_vqvae, small_bioae]
DISCRETE = [small_qlae, small_vqvae]
every = pytest.mark.parametrize("build", MODELS)


def small_global(shape: tuple[int, ...] = IMAGE) -> QLAE:
    torch.manual_seed(0)
    return QLAE(*networks(GlobalQuantizedLatent(4, num_values=5), shape))


def total(model: Autoencoder, x: torch.Tensor) -> torch.Tensor:
    return weighted_sum(model.losses(x), model.weights(0))


def mean_cross_entropy(model: Autoencoder, x: torch.Tensor) -> float:
    """The mean over all elements of all images of the binary cross-entropy."""
    p, truth = model.reconstruct(x).detach().numpy(), x.numpy()
    return float(-(truth * np.log(p) + (1 - truth) * np.log(1 - p)).mean())


@pytest.mark.parametrize("build", [small_qlae, small_vqvae, small_global])
@pytest.mark.parametrize("weights", [(0.01, 0.01), (1.0, 0.25), (0.3, 7.0)])
def test_the_objective_is_the_published_one(build: Callable[[], QLAE], weights: tuple[float, float]):
    model, x = build().double(), batch().double()
    model.quantization, model.commitment = weights
    z = model.encoder(x).detach().numpy()
    q = model.latent.decode_indices(model.code_indices(x)).detach().numpy()
    apart = np.square(z - q).mean()
    expected = mean_cross_entropy(model, x) + weights[0] * apart + weights[1] * apart
    assert total(model, x).item() == pytest.approx(expected, rel=1e-9)


def test_the_published_weights_are_the_defaults():
    assert small_qlae().weights(0) == {"reconstruction": 1 / 1024, "quantization": 0.01, "commitment": 0.01}
    assert small_vqvae().weights(0) == {"reconstruction": 1 / 1024, "quantization": 1, "commitment": 0.25}
    assert small_bioae().weights(0) == {"reconstruction": 1 / 1024, "nonnegativity": 1, "activity": 0.1}
    assert small_qlae(VECTOR).weights(0)["reconstruction"] == 1 / 10


def test_the_objective_of_bioae_is_the_published_one():
    model, x = small_bioae().double(), batch().double()
    z = model.encode(x).detach().numpy()
    assert (z < 0).any()
    expected = mean_cross_entropy(model, x) + np.maximum(-z, 0).mean() + 0.1 * np.square(z).mean()
    assert total(model, x).item() == pytest.approx(expected, rel=1e-9)
    stronger = BioAE(model.latent, model.encoder, model.decoder, nonnegativity=3.0, activity=0.0)
    expected = mean_cross_entropy(model, x) + 3 * np.maximum(-z, 0).mean()
    assert total(stronger, x).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("build", DISCRETE)
def test_the_reconstruction_moves_encoder_and_decoder_as_if_nothing_were_rounded(
    build: Callable[[], Autoencoder],
):
    model, x = build(), batch()
    model.losses(x)["reconstruction"].backward()
    found = {name: p.grad.clone() for name, p in model.encoder.named_parameters()}
    model.zero_grad()
    features = model.encoder(x)  # by hand: the gradient at the quantised codes, put on the features
    read = model.latent.decode_indices(model.code_indices(x)).detach().requires_grad_()
    torch.nn.functional.binary_cross_entropy_with_logits(model.decoder(read), x, reduction="sum").backward()
    features.backward(read.grad / len(x))
    for name, parameter in model.encoder.named_parameters():
        torch.testing.assert_close(found[name], parameter.grad, rtol=1e-4, atol=1e-4)
    assert model.latent.values.grad is None


def test_gradients_of_bioae_are_those_of_finite_differences():
    model, x = small_bioae(VECTOR).double(), batch(VECTOR).double()
    total(model, x).backward()
    generator = torch.Generator().manual_seed(3)
    for name, parameter in list(model.named_parameters())[::5]:
        direction = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        sides = []
        for sign in (1, -1):
            with torch.no_grad():
                parameter += sign * 1e-6 * direction
                sides.append(total(model, x))
                parameter -= sign * 1e-6 * direction
        slope = (sides[0] - sides[1]) / 2e-6
        torch.testing.assert_close(slope, (parameter.grad * direction).sum(), rtol=1e-4, atol=1e-6, msg=name)


@every
def test_encode_decode_reconstruct_and_respond_fit_together(build: Callable[..., Autoencoder]):
    model, x = build().eval(), batch()
    codes = model.encode(x)
    assert codes.shape == (6, 4)
    images = model.decode(codes)
    assert images.shape == x.shape
    assert torch.equal(model.reconstruct(x), images)
    assert torch.equal(model.respond(codes), model.encode(images))


@pytest.mark.parametrize("build", DISCRETE)
def test_images_are_generated_from_the_codebooks(build: Callable[..., Autoencoder]):
    model = build()
    codes = model.sample_codes(7, torch.Generator().manual_seed(5))
    assert torch.equal(codes, model.latent.prior(7, torch.Generator().manual_seed(5)))
    assert torch.equal(model.generate(7, torch.Generator().manual_seed(5)), model.decode(codes))


def test_indices_of_images_are_those_of_their_codes():
    model, x = small_qlae(), batch()
    indices = model.code_indices(x)
    assert (indices.dtype, indices.shape) == (torch.int64, (6, 4))
    assert torch.equal(model.latent.codes_from_indices(indices), model.encode(x))
    tokens = small_vqvae()
    assert torch.equal(tokens.code_indices(x).float(), tokens.encode(x))
    with pytest.raises(Unsupported, match="PlainLatent is continuous"):
        small_bioae().code_indices(x)


@every
def test_losses_are_a_pure_function_of_parameters_buffers_and_batch(build: Callable[..., Autoencoder]):
    model, other, x = build(seed=0), build(seed=1), batch()
    state = dict(other.named_parameters()) | dict(other.named_buffers())
    torch.testing.assert_close(functional_call(model, state, (x,)), other.losses(x))


@every
def test_models_of_one_shape_are_stacked_and_trained_as_one(build: Callable[..., Autoencoder]):
    models, x = [build(VECTOR, seed=s) for s in (0, 1)], torch.stack([batch(VECTOR), batch(VECTOR) / 2])
    parameters, buffers = stack_module_state(models)

    def losses(p: dict, b: dict, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return functional_call(models[0], (p, b), (x,))

    stacked = torch.vmap(losses)(parameters, buffers, x)
    sum(term.sum() for term in stacked.values()).backward()
    for index, model in enumerate(models):
        alone = model.losses(x[index])
        sum(alone.values()).backward()
        for name, term in alone.items():
            torch.testing.assert_close(stacked[name][index], term, rtol=1e-4, atol=1e-4)
        for name, parameter in model.named_parameters():
            torch.testing.assert_close(parameters[name].grad[index], parameter.grad, rtol=1e-3, atol=1e-4)


@every
def test_a_step_is_one_graph_for_the_compiler(build: Callable[..., Autoencoder]):
    model, x = build(VECTOR), batch(VECTOR)
    torch.compiler.reset()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), model.losses(x))


@every
def test_the_summary_counts_every_parameter(build: Callable[..., Autoencoder]):
    model = build()
    assert sum(row.parameters for row in describe(model, IMAGE)) == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("latent", [PlainLatent(4), GaussianLatent(4), UniformLatent(4)])
@pytest.mark.parametrize("kind", [QLAE, VQVAE])
def test_a_continuous_latent_is_refused(kind: type[QLAE], latent: Latent):
    with pytest.raises(CallError, match=f"{kind.short_name} needs a latent with codebooks"):
        kind(*networks(latent, VECTOR))


def test_methods_without_terms_for_a_codebook_refuse_it():
    with pytest.raises(CallError, match=r"no weight for the quantization and commitment.*use m/qlae"):
        AE(*networks(QuantizedLatent(4), VECTOR))
    with pytest.raises(CallError, match="vae needs a latent with a KL term, VectorQuantizedLatent has none"):
        VAE(*networks(VectorQuantizedLatent(4), VECTOR))
    with pytest.raises(CallError, match=r"bioae has fixed codes.*QuantizedLatent"):
        BioAE(*networks(QuantizedLatent(4), VECTOR))
    with pytest.raises(CallError, match=r"bioae has fixed codes.*NoisyClampedLatent"):
        BioAE(*networks(NoisyClampedLatent(4), VECTOR))


def test_a_decoder_that_reads_another_number_is_refused():
    latent = VectorQuantizedLatent(4, embedding_size=8)
    with pytest.raises(CallError, match="4 tokens gives 32 dimensions, the decoder was built for 4"):
        VQVAE(latent, Conv12Encoder(VECTOR, 32), Conv12Decoder(4, VECTOR))


def test_an_autoencoder_may_have_noisy_codes():
    model, x = AE(*networks(NoisyClampedLatent(4), IMAGE)), batch()
    noise = model.noise(6, torch.Generator().manual_seed(0))
    assert noise.shape == (6, 4)
    assert not torch.equal(model.losses(x, noise)["reconstruction"], model.losses(x)["reconstruction"])
    assert model.encode(x).abs().max() <= 0.5
    uniform = AE(*networks(UniformLatent(4), IMAGE))
    assert 0 <= uniform.sample_codes(9, torch.Generator().manual_seed(0)).min() < 1
