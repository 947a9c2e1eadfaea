"""What can be asked of any model: codes, images, responses; and that its losses are a pure function."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.func import functional_call, stack_module_state

from disentcli.errors import Unsupported
from disentcli.methods.autoencoder import Autoencoder
from disentcli.methods.samplers import HybridSampler, PriorSampler

from .models import VECTOR, batch, small_ae, small_vae

MODELS = [small_ae, small_vae]


@pytest.mark.parametrize("build", MODELS)
def test_encode_decode_reconstruct_and_respond_fit_together(build: Callable[..., Autoencoder]):
    model, x = build().eval(), batch()
    codes = model.encode(x)
    images = model.decode(codes)
    assert codes.shape == (6, model.latent_dim)
    assert images.shape == x.shape
    assert 0 <= images.min() <= images.max() <= 1
    assert torch.equal(model.reconstruct(x), images)
    assert torch.equal(model.respond(codes), model.encode(images))


def test_a_vae_generates_from_its_prior_unless_it_has_a_sampler():
    model = small_vae()
    codes = model.latent.prior(3, torch.Generator().manual_seed(5))
    assert torch.equal(model.generate(3, torch.Generator().manual_seed(5)), model.decode(codes))
    mixed = small_vae(sampler=HybridSampler(4))
    mixed.sampler.prepare(torch.ones(2, 4))
    assert torch.equal(mixed.generate(1, torch.Generator()), mixed.decode(torch.ones(1, 4)))


def test_an_ae_generates_only_with_a_sampler():
    with pytest.raises(Unsupported, match="stack `hybrid`"):
        small_ae().generate(3, torch.Generator())
    assert small_ae(sampler=PriorSampler(4)).generate(3, torch.Generator()).shape == (3, 1, 32, 32)


def test_vectors_are_generated_as_vectors():
    assert small_vae(VECTOR).generate(5, torch.Generator()).shape == (5, 10)


@pytest.mark.parametrize("build", MODELS)
def test_losses_are_a_pure_function_of_parameters_buffers_batch_and_noise(build: Callable[..., Autoencoder]):
    model, other, x = build(seed=0), build(seed=1), batch()
    noise = model.noise(6, torch.Generator().manual_seed(2))
    state = dict(other.named_parameters()) | dict(other.named_buffers())
    borrowed = functional_call(model, state, (x, noise))
    torch.testing.assert_close(borrowed, other.losses(x, noise))
    torch.testing.assert_close(model.losses(x, noise), model.losses(x, noise))


@pytest.mark.parametrize("build", MODELS)
def test_models_of_one_shape_are_stacked_and_trained_as_one(build: Callable[..., Autoencoder]):
    models, x = (
        [build(sampler=HybridSampler(4), seed=seed).double() for seed in (0, 1)],
        torch.stack([batch(), batch() / 2]).double(),
    )
    noise = None
    if models[0].latent.noise_dim:
        noise = torch.stack(
            [model.noise(6, torch.Generator().manual_seed(s)).double() for s, model in enumerate(models)]
        )
    parameters, buffers = stack_module_state(models)

    def losses(p: dict, b: dict, x: torch.Tensor, noise: torch.Tensor | None) -> dict[str, torch.Tensor]:
        return functional_call(models[0], (p, b), (x, noise))

    stacked = torch.vmap(losses, in_dims=(0, 0, 0, None if noise is None else 0))(
        parameters, buffers, x, noise
    )
    sum(term.sum() for term in stacked.values()).backward()
    for index, model in enumerate(models):
        alone = model.losses(x[index], None if noise is None else noise[index])
        sum(alone.values()).backward()
        for name, term in alone.items():
            torch.testing.assert_close(stacked[name][index], term)
        for name, parameter in model.named_parameters():
            torch.testing.assert_close(parameters[name].grad[index], parameter.grad)


@pytest.mark.parametrize("build", MODELS)
def test_a_step_is_one_graph_for_the_compiler(build: Callable[..., Autoencoder]):
    model, x = build(VECTOR), batch(VECTOR)
    noise = model.noise(6, torch.Generator().manual_seed(2))
    torch.compiler.reset()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x, noise), model.losses(x, noise))


@pytest.mark.parametrize("build", MODELS)
def test_a_few_steps_learn_a_batch(build: Callable[..., Autoencoder]):
    model = build(reg_wt=0.01)
    x = (batch() > 0.5).float() * torch.linspace(
        0, 1, 32
    ).round()  # noise on the right half, black on the left
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    first = model.losses(x)["reconstruction"].item()
    for step in range(60):
        optimizer.zero_grad()
        terms = model.losses(x, model.noise(6, torch.Generator().manual_seed(step)))
        sum(model.weights(step)[name] * term for name, term in terms.items()).backward()
        optimizer.step()
    assert model.losses(x)["reconstruction"].item() < 0.6 * first
