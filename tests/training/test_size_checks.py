"""Batches too small for what is computed from them, and models too large for memory, are refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch import nn

from disentcli.errors import CallError, DisentError
from disentcli.methods.method import Method
from disentcli.methods.supervision import CovarianceSupervision, SquaredErrorSupervision, Supervision
from disentcli.training.optim import adam
from disentcli.training.size_checks import check_batch_size, check_model_size
from disentcli.training.state import TrainingState

from ..methods.family import FAMILY, small
from ..methods.models import VECTOR, batch, small_ae, small_qlae, small_vae
from ..methods.pairs import small_edim, small_sdim, small_stages
from . import tiny_world as tiny
from .ensemble.ensembles import normed

SMALLEST: dict[str, int] = {
    **dict.fromkeys(FAMILY, 2),
    **dict.fromkeys(("annealed", "aae", "aae-apart", "wae-gan"), 1),
    "factorvae-half": 4,
}
BUILT: dict[str, tuple[Callable[[], Method], int]] = {
    "ae": (small_ae, 1),
    "vae": (small_vae, 1),
    "qlae": (small_qlae, 1),
    "sdim": (small_sdim, 2),
    "sdim-three": (lambda: small_sdim(negative_count=3), 4),
    "sdim-roll": (lambda: small_sdim(negatives="roll", negative_count=2), 3),
    "edim": (small_edim, 2),
    "sdim-edim": (small_stages, 2),
    **{kind: (lambda kind=kind: small(kind), least) for kind, least in SMALLEST.items()},  # type: ignore[misc]
}


@pytest.mark.parametrize("kind", BUILT)
def test_the_smallest_batch_that_a_method_takes(kind: str) -> None:
    build, least = BUILT[kind]
    model = build()
    check_batch_size(model, least)
    if least > 1:
        name = model.short_name
        message = f"{name} compares the images of a batch with each other, {least} or more; the batch size is"
        with pytest.raises(
            CallError, match=f"{message} {least - 1}: set --dataset.batch-size to {least} or more"
        ):
            check_batch_size(model, least - 1)


@pytest.mark.parametrize("kind", FAMILY)
def test_the_smallest_batch_trains(kind: str) -> None:
    model, least = small(kind), SMALLEST[kind]
    state = TrainingState(model, adam(lr=1e-3), budget=3)
    for _ in range(3):
        state.step_batch(batch(VECTOR, least))
    assert all(np.isfinite(value) for value in state.loss_log.mean().values())


def test_batch_norm_takes_two() -> None:
    model = normed(1.0)
    check_batch_size(model, 2)
    with pytest.raises(
        CallError, match=r"batch normalization \(BatchNorm2d\), which needs 2 .*--dataset.batch-size"
    ):
        check_batch_size(model, 1)


class Normed(tiny.FlatEncoder):
    """With a batch norm of single numbers, which torch itself refuses for a batch of one."""

    def __init__(self, feature_dim: int) -> None:
        super().__init__(feature_dim)
        self.norm = nn.BatchNorm1d(feature_dim)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.norm(super().forward(images))


def supervised(supervision: Supervision, encoder: type[tiny.FlatEncoder] = tiny.FlatEncoder) -> Method:
    parts = tiny.GaussianLatent(tiny.LATENT), encoder(2 * tiny.LATENT), tiny.FlatDecoder()
    return tiny.VAE(*parts, supervision=supervision)


@pytest.mark.parametrize(
    ("supervision", "batch_size", "message"),
    [
        (
            CovarianceSupervision(2, (3, 3)),
            1,
            "CovarianceSupervision compares the images .*--dataset.batch-size to 2",
        ),
        (
            CovarianceSupervision(2, (3, 3), labelled_batch=1),
            8,
            "CovarianceSupervision .*--model.supervision.labelled-batch to 2",
        ),
        (CovarianceSupervision(2, (3, 3), labelled_batch=2), 8, ""),
        (SquaredErrorSupervision(2, (3, 3)), 1, ""),
    ],
)
def test_labelled_images_have_batches_of_their_own(
    supervision: Supervision, batch_size: int, message: str
) -> None:
    model = supervised(supervision)
    with pytest.raises(CallError, match=message) if message else nullcontext():
        check_batch_size(model, batch_size)


def test_labelled_images_pass_batch_norms_too() -> None:
    model = supervised(SquaredErrorSupervision(2, (3, 3), labelled_batch=1), Normed)
    with pytest.raises(CallError, match=r"the batch of labelled images is 1: set --model.supervision"):
        check_batch_size(model, 8)


def test_a_model_whose_weights_gradients_and_moments_exceed_ram_is_refused() -> None:
    ram = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    width = int(ram / 16)  # 16 bytes for each weight
    check_model_size(lambda: nn.Linear(1, width // 3, bias=False))
    with pytest.raises(DisentError, match=rf"of {width + 1000:,} parameters takes .* of RAM"):
        check_model_size(lambda: nn.Linear(1, width + 1000, bias=False))


def test_a_layer_beyond_any_tensor_and_one_without_units() -> None:
    with pytest.raises(DisentError, match="larger than a tensor can be"):
        check_model_size(lambda: nn.Linear(10**30, 2))
    with pytest.raises(CallError, match=r"no units, its weights are \(0, 3\)"):
        check_model_size(lambda: nn.Sequential(nn.Linear(3, 0), nn.Linear(0, 2)))


def test_weights_are_drawn_as_without_the_check() -> None:
    torch.manual_seed(0)
    wanted = nn.Linear(3, 2).weight
    torch.manual_seed(0)
    check_model_size(lambda: nn.Linear(3, 2))
    assert torch.equal(nn.Linear(3, 2).weight, wanted)


def test_an_error_of_the_model_itself_is_left_to_building_it() -> None:
    def build() -> nn.Module:
        raise ValueError("of its own")

    check_model_size(build)
