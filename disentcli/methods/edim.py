"""EDIM: what each of two domains has alone, beside frozen shared representations."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from ..config.coercion import NonNegativeFloat, Width
from ..device import to_widest_float
from ..errors import CallError
from ..nets.layers import mlp
from ..nets.mi_networks import FeatureMapEncoder
from ..nets.precision import eval_no_grad, in_float32
from ..nets.shapes import Shape
from ..registry import method
from .loss_schedules import ConstantSchedule, WeightSchedule
from .method import Method, NoiseDict, get_noise
from .mi_base import (
    Critics,
    Estimator,
    Negatives,
    SharesEncoders,
    TwoViewMethod,
    derangements,
    maybe_tied,
    shifts,
)

DISCRIMINATOR = (1000, 200)  # hidden units
VARIANCE_FLOOR = 1e-3  # added to variances in whitening: directions that hardly vary at all stay small


def whitened(codes: Tensor) -> Tensor:
    """Codes (B, D) with mean 0 and unit covariance over the batch; statistics are taken as constants."""
    centred = codes - codes.mean(0).detach()
    with torch.no_grad():
        deviations = to_widest_float(centred)
        covariance = deviations.mT @ deviations / max(len(codes) - 1, 1)
        covariance.diagonal().add_(VARIANCE_FLOOR)
        root = torch.linalg.cholesky_ex(covariance).L
        inverse = torch.linalg.solve_triangular(
            root, torch.eye(len(root), dtype=root.dtype, device=root.device), upper=False
        )
    return centred @ inverse.mT.to(codes.dtype)


@method("edim")
class EDIM(TwoViewMethod):
    """Exclusive representations E_X, E_Y beside given S_X, S_Y (Sanchez et al., ECCV 2020, eq. 7 to 9).

    R = [S, E] of each domain, M = [M_S, M_E] the maps of both encoders, D a discriminator for each domain:

    encoders and critics  max β·Î_t(M; R) + α·Î_g(M; R) − λ·L_adv,   summed over X and Y, λ = reg_wt
    discriminators        max L_adv,   L_adv = E log D(S, E′) + E log(1 − D(S, E)),   E′ of another pair

    The encoders of S come from a run of SDIM and are not trained. All others take one step together, D on the
    codes from before it; the term `discrimination` is −L_adv with weight disc_wt, which Adam hardly feels.

    weighting: of λ over the steps of the run.
    disc_lr: learning rate of the discriminators, whatever the schedule of the others; if not given theirs is
      that of all others, as published.
    shared_source: the S in R and in D, a domain's own, or the other's (`cross`, the public implementation).
    adversary: encoders minimise L_adv (`minimax`, eq. 9), or E −log D(S, E) (`non-saturating`).
    whiten: D sees E whitened over the batch, so that what little of S is in a direction of small variance
      weighs as much as in a large one: E of coloured images is nearly a line, along which the hues stand.
    real: whether D calls independent pairs (`product`) or pairs of one image (`joint`) real. The game is the
      same: D for 1 − D.
    activation_after_second_conv: see `FeatureMapEncoder`. tied and the rest: see `SDIM`.
    """

    short_name = "edim"
    representation_names = MappingProxyType({"S_X": 0, "S_Y": 1, "E_X": 0, "E_Y": 1})
    needs_pretrained = True
    first_stage = "m/sdim"

    def __init__(
        self,
        input_shape: Shape,
        *,
        reg_wt: float = 0.05,
        weighting: WeightSchedule | None = None,
        shared_dim: Width = 64,
        exclusive_dim: Width = 8,
        local_wt: float = 1.0,
        global_wt: float = 0.5,
        disc_wt: float = 1.0,
        disc_lr: NonNegativeFloat | None = None,
        whiten: bool = False,
        shared_source: Literal["own", "cross"] = "own",
        adversary: Literal["minimax", "non-saturating"] = "minimax",
        real: Literal["product", "joint"] = "product",
        tied: bool = False,
        estimator: Estimator = "jsd",
        negatives: Negatives = "derangement",
        negative_count: Width = 1,
        activation_after_second_conv: bool = True,
    ) -> None:
        super().__init__(
            reg_wt=reg_wt, estimator=estimator, negatives=negatives, negative_count=negative_count
        )
        self.shared_source, self.adversary, self.disc_lr = shared_source, adversary, disc_lr
        self.whiten = whiten
        self.sign = 1 if real == "product" else -1  # of the logit that a pair is independent
        self.weighting = weighting or ConstantSchedule()
        self.local_wt, self.global_wt, self.disc_wt = local_wt, global_wt, disc_wt

        def encoder(dim: int) -> FeatureMapEncoder:
            return FeatureMapEncoder(
                input_shape, dim, activation_after_second_conv=activation_after_second_conv
            )

        width = shared_dim + exclusive_dim
        exclusive = [encoder(exclusive_dim), encoder(exclusive_dim)]
        self.shared = maybe_tied(encoder(shared_dim), encoder(shared_dim), tied=tied)
        self.exclusive = maybe_tied(*exclusive, tied=tied)
        self.critics = maybe_tied(*(Critics(one, 2, width) for one in exclusive), tied=tied)
        self.discriminators = maybe_tied(
            mlp(width, DISCRIMINATOR, 1, nonlin="relu"),
            mlp(width, DISCRIMINATOR, 1, nonlin="relu"),
            tied=tied,
        )

    def load_pretrained(self, other: Method) -> None:
        """Keep the shared encoders of SDIM, or of SDIM and EDIM in a row, from now on.

        Raises:
            CallError: it has none, or they are not those that this model was made for.
        """
        if not isinstance(other, SharesEncoders):
            raise CallError(
                f"{self.short_name} keeps the shared encoders of SDIM, {other.short_name} has none"
            )
        theirs = other.shared_encoders()
        for name, mine, its in zip("XY", self.shared_encoders(), theirs, strict=True):
            found = mine.differences(its)
            if found:
                raise CallError(
                    f"its encoder of {name} does not fit: this call and that run have {', '.join(found)}"
                )
        if len(set(self.shared)) != len(set(theirs)):
            raise CallError(
                "only one of this call and that run has `tied` encoders; give both the same model.tied"
            )
        self.shared = nn.ModuleList(theirs)

    def losses(
        self, batch: Tensor, noise: NoiseDict | None = None, player: str = "model"
    ) -> dict[str, Tensor]:
        (s_x, e_x), (s_y, e_y) = codes = self.encode_both(batch)
        shared = [s_x[0], s_y[0]] if self.shared_source == "own" else [s_y[0], s_x[0]]
        exclusive = [e_x[0], e_y[0]]
        vectors = [torch.cat(pair, dim=1) for pair in zip(shared, exclusive, strict=True)]
        maps = [[s[1], e[1]] for s, e in codes]
        information = self.mi_losses(self.critics, maps, vectors, self.negatives_for(batch, noise))
        drawn = get_noise(noise, "shuffle")
        shuffle = shifts(len(batch), 1, batch.device)[0] if drawn is None else drawn
        return {**information, **self.dependence(shared, exclusive, shuffle)}

    def encode_both(self, batch: Tensor) -> list[tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]]:
        """For each domain, (S, M_S) by its frozen encoder and (E, M_E) by the trained one."""
        images = batch.unbind(1)
        with eval_no_grad(self.shared):
            shared = [encoder(one) for encoder, one in zip(self.shared, images, strict=True)]
        exclusive = [encoder(one) for encoder, one in zip(self.exclusive, images, strict=True)]
        return list(zip(shared, exclusive, strict=True))

    def dependence(
        self, shared: Sequence[Tensor], exclusive: Sequence[Tensor], shuffle: Tensor
    ) -> dict[str, Tensor]:
        """The encoders' loss through discriminators that it does not update, and the discriminators' own.

        Independent pairs are S′ of another pair with E: in law the same as S with E′.
        """
        adversarial, discrimination = [], []
        for discriminator, s, e in zip(self.discriminators, shared, exclusive, strict=True):
            shown = whitened(e) if self.whiten else e
            pairs = torch.cat([torch.cat([s, s[shuffle]]), shown.repeat(2, 1)], dim=1)  # joint, then product
            with in_float32(discriminator):  # small differences between codes count
                disc_logits = (self.sign * discriminator(pairs.detach())).chunk(2)
                gen_logits = (self.sign * apply_detached(discriminator, pairs)).chunk(2)
            discrimination.append(discriminator_loss(*disc_logits))
            minimax = self.adversary == "minimax"
            adversarial.append(
                -discriminator_loss(*gen_logits) if minimax else F.softplus(-gen_logits[0]).mean()
            )
        return {
            "adversarial": adversarial[0] + adversarial[1],
            "discrimination": discrimination[0] + discrimination[1],
        }

    def weights(self, step: int) -> dict[str, float]:
        return {
            "local": self.local_wt,
            "global": self.global_wt,
            "adversarial": self.weighting(self.reg_wt, step),
            "discrimination": self.disc_wt,
        }

    def player_parameters(self) -> dict[str, list[nn.Parameter]]:
        frozen = {id(parameter) for parameter in self.shared.parameters()}
        return {"model": [parameter for parameter in self.parameters() if id(parameter) not in frozen]}

    def param_groups(self, player: str) -> list[dict[str, Any]]:
        """The discriminators apart, where they have a learning rate of their own."""
        every = self.player_parameters()[player]
        if self.disc_lr is None:
            return [{"params": every}]
        theirs = list(self.discriminators.parameters())
        others = set(every) - set(theirs)
        return [
            {"params": [parameter for parameter in every if parameter in others]},
            {"params": theirs, "lr": self.disc_lr, "scheduled": False},
        ]

    def encode_all(self, batch: Tensor) -> dict[str, Tensor]:
        """S_X, S_Y (B, shared_dim) and E_X, E_Y (B, exclusive_dim) of pairs (B, 2, C, H, W)."""
        (s_x, e_x), (s_y, e_y) = self.encode_both(batch)
        return {"S_X": s_x[0], "S_Y": s_y[0], "E_X": e_x[0], "E_Y": e_y[0]}

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict | None:
        """`negatives` (K, B) and `shuffle` (B,), unless both are rolled."""
        drawn = super().noise(batch_size, generator, device)
        return drawn and {**drawn, "shuffle": derangements(batch_size, 1, generator, device)[0]}


def discriminator_loss(joint: Tensor, product: Tensor) -> Tensor:
    """−E log D(product) − E log(1 − D(joint)) of logits."""
    return F.softplus(-product).mean() + F.softplus(joint).mean()


def apply_detached(network: nn.Module, inputs: Tensor) -> Tensor:
    """The network's output, with gradients for the inputs alone and none for its parameters."""
    weights = {name: parameter.detach() for name, parameter in network.named_parameters()}
    return functional_call(network, weights, (inputs,))  # type: ignore[no-any-return]
