"""The stages of `absae`: who is trained in the warm-up and after it, and when regions are fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Stage = Literal["warm-up", "relational"]
Adversarial = Literal["always", "warm-up", "relational", "never"]


@dataclass(frozen=True)
class RelationalStages:
    """Which stage a step is of, counted from 0, and what belongs to it.

    warm_up_steps: of the first stage. refit_interval: steps between two fits of the regions; 0 for one fit.
    adversarial: the stages in which codes are moved to a prior. freeze_encoder: in the second stage.
    """

    warm_up_steps: int
    refit_interval: int
    adversarial: tuple[Stage, ...]
    freeze_encoder: bool

    def at(self, step: int) -> Stage:
        """The stage of this step."""
        return "warm-up" if step < self.warm_up_steps else "relational"

    def players(self, step: int) -> Sequence[str]:
        """Who is trained in this step, in this order."""
        stage = self.at(step)
        first = "decoder" if self.freeze_encoder and stage == "relational" else "model"
        relations = ("relations",) if stage == "relational" else ()
        adversaries = ("generator", "discriminator") if stage in self.adversarial else ()
        return (first, *relations, *adversaries)

    def is_fitting_step(self, step: int) -> bool:
        """Whether regions are fitted before this step."""
        since = step - self.warm_up_steps
        return since == 0 or (since > 0 and self.refit_interval > 0 and since % self.refit_interval == 0)


def adversarial_stages(wanted: Adversarial, reg_wt: float, freeze_encoder: bool) -> tuple[Stage, ...]:
    """The stages in which codes are moved to a prior: none where that has no weight or nothing can move.

    >>> adversarial_stages("always", 0.2, freeze_encoder=True)
    ('warm-up',)
    """
    stages: dict[Stage, bool] = {
        "warm-up": wanted in ("always", "warm-up"),
        "relational": wanted in ("always", "relational") and not freeze_encoder,
    }
    return tuple(stage for stage, on in stages.items() if on and reg_wt)
