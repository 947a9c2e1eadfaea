"""Noisy copies: distributed as published, the same ones at every step, and all in the part of their image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from disentcli.config.settings import Settings
from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.dataset import Dataset
from disentcli.data.labelled_items import LabelledItemReader
from disentcli.data.splits.standard import StandardSplit
from disentcli.data.views.noisy_copies import NoisyCopies
from disentcli.errors import CallError

from ...configs import sheets
from .grids import places

SIDE = 8


def white_pixels() -> Dataset:
    """64 images (1, 8, 8), of which number i shows its pixel i alone."""
    rows = (255 * np.eye(SIDE**2, dtype=np.uint8)).reshape(-1, SIDE, SIDE, 1)
    labels = np.arange(SIDE**2)[:, None]
    return Dataset("white", rows, (1, SIDE, SIDE), labels=labels, factor_names=("pixel",), factor_sizes=(64,))


def halves(count: int = 400, channels: int = 1) -> Dataset:
    """Images (C, 8, 8) whose upper half is white and whose lower half is black."""
    rows = np.zeros((count, SIDE, SIDE, channels), dtype=np.uint8)
    rows[:, : SIDE // 2] = 255
    return Dataset("halves", rows, (channels, SIDE, SIDE))


def all_copies(view: NoisyCopies, step: int = 0) -> torch.Tensor:
    """(N, copies, C, H, W)."""
    copies = [
        view.read(torch.arange(len(view)), torch.full((len(view),), c), step) for c in range(view.copies)
    ]
    return torch.stack(copies, dim=1)


def test_the_first_copy_is_the_image_and_black_stays_black() -> None:
    view = NoisyCopies(halves())
    copies = all_copies(view)
    assert torch.equal(copies[:, 0], view.images.batch(torch.arange(400)))
    assert (copies[..., SIDE // 2 :, :] == 0).all()


def test_speckles_are_a_normal_distribution_clipped_at_one() -> None:
    speckles = all_copies(NoisyCopies(halves()))[:, 1:4, 0, :4].flatten().numpy()
    below = speckles[speckles < 1]
    assert stats.binomtest(len(below), len(speckles)).pvalue > 1e-3
    assert stats.kstest((1 - below) / 0.3, stats.halfnorm.cdf).pvalue > 1e-3


def test_thirty_percent_of_pixels_are_dropped_each_for_itself() -> None:
    dropped = all_copies(NoisyCopies(halves()))[:, 4:, 0, :4].flatten(1).numpy() == 0
    assert stats.binomtest(int(dropped.sum()), dropped.size, 0.3).pvalue > 1e-3
    correlations = np.corrcoef(dropped, rowvar=False)
    assert np.abs(correlations[np.triu_indices(96, 1)]).max() < 5 / np.sqrt(400)


def test_all_channels_of_a_pixel_are_multiplied_alike() -> None:
    copies = all_copies(NoisyCopies(halves(20, channels=3)))
    assert torch.equal(copies[:, :, 0], copies[:, :, 2])


def test_training_reads_each_copy_equally_often_and_always_the_same_one() -> None:
    view = NoisyCopies(halves(50), seed=3)
    copies, indices, counts = all_copies(view), torch.arange(50), np.zeros(7)
    for step in range(1, 41):
        same = (view.batch(indices, step)[:, None] == copies).flatten(2).all(2)
        assert (same.sum(1) == 1).all()
        counts += same.sum(0).numpy()
    assert stats.chisquare(counts).pvalue > 1e-3
    assert torch.equal(view.batch(indices[10:20], 7), view.batch(indices, 7)[10:20])
    assert not torch.equal(all_copies(NoisyCopies(halves(50), seed=4)), copies)


def test_evaluation_reads_the_images_themselves() -> None:
    view = NoisyCopies(white_pixels())
    assert torch.equal(view.batch(torch.arange(64)), view.images.batch(torch.arange(64)))


def test_fresh_noise_is_another_at_each_step() -> None:
    view = NoisyCopies(halves(), fresh=True)
    first, second = all_copies(view, 1), all_copies(view, 2)
    assert torch.equal(first[:, 0], second[:, 0])
    assert (first[:, 1:] != second[:, 1:]).flatten(2).any(2).all()


def test_copies_of_an_image_lie_in_its_part() -> None:
    view = NoisyCopies(white_pixels())
    splits = StandardSplit(test_share=0.25, val_share=0.25)(view, seed=0)
    sampler = SeededBatchSampler(splits.train, 12, seed=0)
    shown = [view.batch(sampler.batch(step), step + 1) for step in range(60)]
    trained_on = torch.cat(shown).amax(dim=(0, 1)).flatten().nonzero()[:, 0]
    assert sorted(trained_on.tolist()) == sorted(splits.train)
    assert not set(trained_on.tolist()) & {*splits.val, *splits.test}


def test_labels_are_those_of_the_image() -> None:
    indices = torch.tensor([5, 9, 5])
    items = LabelledItemReader(NoisyCopies(white_pixels())).batch(indices, 2)
    assert items.factors.tolist() == [[[5]], [[9]], [[5]]]
    assert items.observations.shape == (3, 1, SIDE, SIDE)


def test_a_batch_is_made_where_the_images_are_without_asking_for_any_value() -> None:
    view = NoisyCopies(white_pixels()).to("meta", "device")
    assert view.batch(torch.arange(8), 1).device.type == "meta"


def test_the_config_has_the_published_copies() -> None:
    view = Settings(sheets("view/noisy-copies")).build("view", dataset=white_pixels(), seed=0)
    assert (view.copies, view.speckled, view.dropped, view.fresh) == (7, 3, 3, False)


def test_vectors_and_wrong_shares_are_refused() -> None:
    with pytest.raises(CallError, match="copies single images, places has none"):
        NoisyCopies(places())
    with pytest.raises(CallError, match="drop-probability is 0 to 1"):
        NoisyCopies(white_pixels(), drop_probability=1.5)
