"""Runs that cannot be trained as one are refused, with the reason and what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import optim

from disentcli.errors import CallError
from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.methods.ae import AE
from disentcli.methods.factorvae import FactorVAE
from disentcli.methods.freezing import freeze
from disentcli.methods.method import Method
from disentcli.methods.supervision import CrossEntropySupervision
from disentcli.methods.vae import VAE
from disentcli.training.ensemble.ensemble_state import EnsembleState
from disentcli.training.optim import GradientClipping, adam, cosine
from disentcli.training.state import TrainingState

from .. import tiny_world as tiny
from . import ensembles

States = list[TrainingState]


def of(*models: Method) -> States:
    return [TrainingState(model, adam(), budget=10) for model in models]


def gaussian_parts() -> tuple[GaussianLatent, tiny.FlatEncoder, tiny.FlatDecoder]:
    return GaussianLatent(tiny.LATENT), tiny.FlatEncoder(2 * tiny.LATENT), tiny.FlatDecoder()


def autoencoders() -> States:
    parts = [(PlainLatent(tiny.LATENT), tiny.FlatEncoder(tiny.LATENT), tiny.FlatDecoder()) for _ in range(2)]
    return of(*(AE(*each, reg_wt=reg_wt) for each, reg_wt in zip(parts, (0.0, 2.0), strict=True)))


def further() -> States:
    states = ensembles.states("vae")
    states[1].step_batch(ensembles.batches("vae", 1)[0, 0])
    return states


def with_settings(second: Callable[[Method], TrainingState]) -> States:
    first, other = (VAE(*gaussian_parts()) for _ in range(2))
    return [TrainingState(first, adam(), budget=10), second(other)]


def discriminators() -> States:
    """Those of FactorVAEs whose other networks are frozen: one player is left, and it is not the model."""
    models = [FactorVAE(*gaussian_parts(), discriminator_hidden=(4,)) for _ in range(2)]
    for model in models:
        freeze(model, ["encoder", "decoder"], 10)
    return of(*models)


def supervised() -> States:
    labels = CrossEntropySupervision(tiny.LATENT, (3, 4))
    return of(VAE(*gaussian_parts(), supervision=labels))


def softplus() -> States:
    parts = gaussian_parts()
    other = GaussianLatent(tiny.LATENT, scale="softplus")
    return of(VAE(*parts), VAE(other, *gaussian_parts()[1:]))


WRONG: dict[str, tuple[Callable[[], States], str]] = {
    "none": (list, "name at least one seed"),
    "players": (
        lambda: of(FactorVAE(*gaussian_parts(), discriminator_hidden=(4,))),
        "take turns.*model, discriminator",
    ),
    "frozen players": (discriminators, "take turns.*model, discriminator"),
    "supervision": (supervised, "labelled images differ by seed"),
    "architecture": (
        lambda: [ensembles.state("vae", 0), ensembles.state("dislib", 1)],
        "the same architecture",
    ),
    "settings": (softplus, "the same architecture and settings, but for reg-wt"),
    "terms": (autoencoders, "the same terms"),
    "step": (further, "the same step"),
    "learning rate": (
        lambda: with_settings(lambda model: TrainingState(model, adam(lr=1.0), budget=10)),
        "the same learning rates",
    ),
    "schedule": (
        lambda: with_settings(lambda model: TrainingState(model, adam(), cosine(), budget=10)),
        "the same learning rates",
    ),
    "optimiser": (
        lambda: with_settings(lambda model: TrainingState(model, adam(eps=1e-3), budget=10)),
        "the same optimiser",
    ),
    "clipping": (
        lambda: with_settings(
            lambda model: TrainingState(model, adam(), budget=10, clip=GradientClipping(norm=1.0))
        ),
        "the same clipping",
    ),
    "not elementwise": (
        lambda: [TrainingState(VAE(*gaussian_parts()), optim.LBFGS, budget=10)],  # type: ignore[arg-type]
        "LBFGS does not",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_states_that_are_not_alike_are_refused(case: str) -> None:
    states, reason = WRONG[case]
    with pytest.raises(CallError, match=rf"(?s){reason}"):
        EnsembleState(states())


def test_seeds_and_weights_may_differ() -> None:
    assert len(EnsembleState(ensembles.states("rising-tcvae")).states) == 2
