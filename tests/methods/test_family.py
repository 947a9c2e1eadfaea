"""Every method of the VAE family: its losses in plain numpy, their gradients, their purity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import logsumexp
from torch.func import functional_call, stack_module_state

from disentcli.errors import CallError
from disentcli.latents.continuous import PlainLatent
from disentcli.methods.autoencoder import Autoencoder
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv12Encoder
from disentcli.training.state import weighted_sum

from .family import FAMILY, LATENT, mapped, noise_for, small
from .models import VECTOR, batch

Arrays = dict[str, np.ndarray]


def log_q(a: Arrays) -> np.ndarray:
    """log q(z_id | x_j), (i, j, d)."""
    return stats.norm.logpdf(a["codes"][:, None], a["mean"], a["std"])


def decomposed(a: Arrays, log_w: np.ndarray) -> dict[str, float]:
    """Chen et al. (2018): the three parts of the KL term."""
    joint = logsumexp(log_q(a).sum(2) + log_w, axis=1)
    product = logsumexp(log_q(a) + log_w[:, :, None], axis=1).sum(1)
    posterior = stats.norm.logpdf(a["codes"], a["mean"], a["std"]).sum(1)
    return {
        "mutual_information": (posterior - joint).mean(),
        "total_correlation": (joint - product).mean(),
        "dimension_wise_kl": (product - stats.norm.logpdf(a["codes"]).sum(1)).mean(),
    }


def stratified(n: int, size: int) -> np.ndarray:
    """The weights of minibatch-stratified sampling, one by one."""
    m = n - 1
    weights = np.full((n, n), 1 / m)
    for i in range(n):
        weights[i, i] = 1 / size
        weights[i, (i + 1) % n] = (size - m) / (size * m)
    return np.log(weights)


def covariance_terms(matrix: np.ndarray) -> dict[str, float]:
    off = matrix[~np.eye(len(matrix), dtype=bool)]
    return {"off_diagonal": (off**2).sum(), "diagonal": ((np.diag(matrix) - 1) ** 2).sum()}


def kernel(squared: np.ndarray | float, base: float, scales: tuple[float, ...]) -> Any:
    return sum(s * base / (s * base + squared) for s in scales)


def mmd(z: np.ndarray, p: np.ndarray, scales: tuple[float, ...]) -> float:
    """Pair by pair."""
    n = len(z)

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return kernel(((a - b) ** 2).sum(), LATENT, scales)

    pairs = [(i, j) for i in range(n) for j in range(i)]
    within = [np.mean([k(x[i], x[j]) for i, j in pairs]) for x in (z, p)]
    return sum(within) - 2 * np.mean([k(a, b) for a in z for b in p])


def hausdorff(means: np.ndarray, pairs: np.ndarray) -> float:
    total = 0.0
    for first, second in pairs:
        points = means[:, [first, second]]
        grid = [(a, b) for a in points[:, 0] for b in points[:, 1]]
        total += max(min(((points - np.array(one)) ** 2).sum(1)) for one in grid)
    return total


def expected(kind: str, model: Any, a: Arrays, noise: Arrays) -> dict[str, float]:
    """The regulariser's terms from the codes, means, standard deviations and noise of a batch."""
    scales = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
    z, prior, n = a["codes"], noise.get("prior", np.zeros(0)), len(a["codes"])
    match kind:
        case "annealed":
            return {"kl": a["kl"], "capacity": abs(a["kl"] - 1.5)}
        case "tcvae":
            log_w = np.full((n, n), -np.log(n))
            return {"kl": a["kl"], "total_correlation": decomposed(a, log_w)["total_correlation"]}
        case "tcvae-mws":
            return decomposed(a, np.full((n, n), -np.log(n * 50)))
        case "tcvae-mss":
            return decomposed(a, stratified(n, 50))
        case "dipvae1":
            return {"kl": a["kl"], **covariance_terms(np.cov(a["mean"].T, bias=True))}
        case "dipvae2":
            variances = np.diag((a["std"] ** 2).mean(0))
            return {"kl": a["kl"], **covariance_terms(np.cov(a["mean"].T, bias=True) + variances)}
        case "infovae":
            return {"kl": a["kl"], "mmd": mmd(z, prior, scales)}
        case "wae":
            return {"mmd": mmd(z, prior, scales)}
        case "wae-divided":
            return {"mmd": mmd(z, prior, (1.0,)) / n}
        case "wae-legacy":
            prior = 2 * prior
            sums = [sum(((x[i] - x[j]) ** 2).sum() for i in range(n) for j in range(i)) for x in (z, prior)]
            across = sum(((one - other) ** 2).sum() for one in z for other in prior)
            k = [kernel(float(total), LATENT, scales) for total in (*sums, across)]
            return {"mmd": (k[0] + k[1]) / 2 - k[2], "logvar": np.abs(2 * np.log(a["std"])).sum() / n}
        case "swae":
            unit = noise["directions"] / np.linalg.norm(noise["directions"], axis=1, keepdims=True)
            lines = [stats.wasserstein_distance(z @ one, prior @ one) for one in unit]
            return {"sliced_distance": np.mean(lines)}
        case "hfs":
            return {"kl": a["kl"], "factorized_support": hausdorff(a["mean"], noise["pairs"])}
    logits = model.discriminator(torch.from_numpy(z)).detach().numpy()
    match kind:
        case "aae":
            return {"adversarial": np.log1p(np.exp(-logits)).mean()}
        case "aae-apart":
            return {}
        case "wae-gan":
            return {"adversarial": -logits.mean(), "logvar": np.abs(2 * np.log(a["std"])).sum() / n}
    return {"kl": a["kl"], "total_correlation": (logits[:, 0] - logits[:, 1]).mean()}


@pytest.mark.parametrize("kind", FAMILY)
def test_losses_are_those_of_the_equation_in_numpy(kind: str):
    model, x = small(kind).double(), batch(VECTOR).double()
    noise = mapped(noise_for(model), torch.Tensor.double)
    codes_noise = noise.get("codes") if isinstance(noise, dict) else noise
    used = 3 if kind == "factorvae-half" else 6
    features = model.encoder(x)[:used]
    codes = model.latent.sample_for_decoder(features, None if codes_noise is None else codes_noise[:used])
    mean, logvar = (
        model.latent.distribution_params(features) if model.latent.noise_dim else (features, features)
    )
    a = {"codes": codes, "mean": mean, "std": (logvar / 2).exp()}
    arrays = {name: one.detach().numpy() for name, one in a.items()}
    variance = arrays["std"] ** 2
    arrays["kl"] = 0.5 * (arrays["mean"] ** 2 + variance - np.log(variance) - 1).sum(1).mean()
    error = ((model.decoder(codes).detach() - x[:used]) ** 2).sum(1).mean().item()
    chances = {name: one.numpy() for name, one in noise.items()} if isinstance(noise, dict) else {}
    terms = model.losses(x, noise)
    right = {"reconstruction": error, **expected(kind, model, arrays, chances)}
    assert {name: term.item() for name, term in terms.items()} == pytest.approx(right, rel=1e-9)


@pytest.mark.parametrize("kind", FAMILY)
def test_gradients_are_those_of_finite_differences(kind: str):
    model, x = small(kind).double(), batch(VECTOR).double()
    noise = mapped(noise_for(model), torch.Tensor.double)
    parameters = model.player_parameters()["model"]

    def objective() -> torch.Tensor:
        return weighted_sum(model.losses(x, noise), model.weights(10))

    objective().backward(inputs=parameters)
    generator = torch.Generator().manual_seed(3)
    for parameter in parameters[::7]:
        direction = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        step, values = 1e-6, []
        for sign in (1, -1):
            with torch.no_grad():
                parameter += sign * step * direction
                values.append(objective())
                parameter -= sign * step * direction
        slope = (values[0] - values[1]) / (2 * step)
        torch.testing.assert_close(slope, (parameter.grad * direction).sum(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", FAMILY)
def test_every_term_is_a_scalar_with_a_weight_and_can_be_had_without_chance(kind: str):
    model, x = small(kind), batch(VECTOR)
    given = {**model.losses(x, noise_for(model))}
    still = {}
    for player in model.player_parameters():
        still |= model.losses(x, None, player)
        torch.testing.assert_close(model.losses(x, None, player), model.losses(x, None, player))
    assert set(still) == set(model.weights(0)) >= set(given)
    assert all(term.shape == () for term in still.values())
    for player in model.player_parameters():  # the last batch of a validation may be a single image
        assert all(term.isfinite() for term in model.losses(x[:1], None, player).values())


@pytest.mark.parametrize("kind", FAMILY)
def test_noise_comes_from_its_generator(kind: str):
    model = small(kind)
    torch.testing.assert_close(noise_for(model), noise_for(model), rtol=0, atol=0)
    assert not torch.equal(*(mixture(noise_for(model, seed=seed)) for seed in (1, 2)))


def mixture(noise: Any) -> torch.Tensor:
    return noise if isinstance(noise, torch.Tensor) else torch.cat([one.flatten() for one in noise.values()])


@pytest.mark.parametrize("kind", FAMILY)
def test_models_of_one_shape_are_stacked_and_trained_as_one(kind: str):
    models = [small(kind, seed=seed) for seed in (0, 1)]
    x = torch.stack([batch(VECTOR), batch(VECTOR) / 2])
    noises = [noise_for(model, seed=seed) for seed, model in enumerate(models)]
    stacked_noise = torch.utils._pytree.tree_map(lambda *one: torch.stack(one), *noises)
    parameters, buffers = stack_module_state(models)

    for player in models[0].player_parameters():

        def losses(p: dict, b: dict, x: torch.Tensor, noise: Any, player: str = player) -> Any:
            return functional_call(models[0], (p, b), (x, noise, player))

        stacked = torch.vmap(losses)(parameters, buffers, x, stacked_noise)
        for index, model in enumerate(models):
            alone = model.losses(x[index], noises[index], player)
            for name, term in alone.items():
                torch.testing.assert_close(stacked[name][index], term, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["annealed", "factorvae", "tcvae-mss", "dipvae2", "infovae", "swae", "hfs"])
def test_a_step_is_one_graph_for_the_compiler(kind: str):
    torch.compiler.reset()
    model, x = small(kind), batch(VECTOR)
    noise = noise_for(model)
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x, noise), model.losses(x, noise))


@pytest.mark.parametrize("kind", ["annealed", "factorvae", "tcvae", "infovae", "hfs", "dipvae1"])
def test_a_latent_without_a_kl_term_is_refused(kind: str):
    encoder, decoder = Conv12Encoder(VECTOR, LATENT), Conv12Decoder(LATENT, VECTOR)
    method = FAMILY[kind][0]
    with pytest.raises(CallError, match=f"{method.short_name} needs (a latent with a KL term|the Gaussian)"):
        method(PlainLatent(LATENT), encoder, decoder)


@pytest.mark.parametrize("kind", ["tcvae", "tcvae-mss", "dipvae1", "dipvae2"])
def test_a_latent_without_log_variances_is_refused(kind: str):
    class Laplace(PlainLatent):
        """Has a KL term, but is no Gaussian."""

        loss_names = ("kl",)

    encoder, decoder = Conv12Encoder(VECTOR, LATENT), Conv12Decoder(LATENT, VECTOR)
    with pytest.raises(CallError, match="needs the Gaussian latent, not Laplace"):
        FAMILY[kind][0](Laplace(LATENT), encoder, decoder)


def test_methods_say_what_cannot_be():
    parts = (lambda model: (model.latent, model.encoder, model.decoder))(small("tcvae"))
    with pytest.raises(CallError, match="would reward total correlation"):
        FAMILY["tcvae"][0](*parts, reg_wt=0.5)
    with pytest.raises(CallError, match="the capacity grows"):
        FAMILY["annealed"][0](*parts, capacity=1.0, first_capacity=2.0)
    with pytest.raises(CallError, match="batches of 2 images"):
        small("factorvae-half").noise(1, None)
    with pytest.raises(CallError, match="pairs of latent dimensions"):
        FAMILY["hfs"][0](*parts, pairs=0)


def weights(kind: str, step: int, **options: Any) -> dict[str, float]:
    model: Autoencoder = small(kind, **options)
    return model.weights(step)


def test_weights_are_the_published_ones():
    assert weights("tcvae", 0, reg_wt=6.0) == {"reconstruction": 1, "kl": 1, "total_correlation": 5}
    assert weights("dipvae1", 0, reg_wt=2.0)["diagonal"] == 20
    assert weights("dipvae2", 0, reg_wt=2.0)["diagonal"] == 2
    assert weights("infovae", 0, reg_wt=5.0, alpha=0.25) == {"reconstruction": 1, "kl": 0.75, "mmd": 4.25}
    assert weights("infovae", 0, reg_wt=1.0, alpha=0.0) == {"reconstruction": 1, "kl": 1, "mmd": 0}
    assert weights("tcvae-mss", 0, reg_wt=6.0)["total_correlation"] == 6
