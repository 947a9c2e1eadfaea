"""Coloured MNIST pairs equal a plain loop over pixels; hues and partners are drawn as they should be."""

from __future__ import annotations

import gzip
from colorsys import hsv_to_rgb
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from disentcli.data.dataset_info import describe_dataset
from disentcli.data.public.cmnist import PALETTE, ColoredMNIST

ROOT = str(Path(__file__).parents[1])  # holds mnist/: 400 digits to train on and 100 to test on
EVERYTHING = torch.arange(500)
DIGITS = ColoredMNIST(ROOT).factors()[:, 0]


def glyph(index: int) -> np.ndarray:
    """Grey values (28, 28) of a training digit, from the bytes of the file."""
    content = gzip.decompress((Path(ROOT) / "mnist" / "train-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(content, np.uint8, 784, 16 + 784 * index).reshape(28, 28)


def painted(grey: np.ndarray, color: tuple[int, ...], domain: str) -> np.ndarray:
    """(3, 28, 28) by the published table, one pixel at a time, on the scale 0…255."""
    image = np.zeros((3, 28, 28))
    for row in range(28):
        for column in range(28):
            value = float(grey[row, column])
            for channel in range(3):
                if domain == "background":
                    pixel = color[channel] * (1 - value / 255) if value / 255 < 0.5 else value
                else:
                    pixel = value if value / 255 < 0.5 else color[channel] * value / 255
                image[channel, row, column] = pixel / 255
    return image


def test_pixels_are_those_of_the_published_table() -> None:
    data = ColoredMNIST(ROOT, pad=False)
    indices = torch.tensor([0, 3, 7, 11])
    batch, hues = data.batch(indices, 4).numpy(), data.hues(indices, 4).numpy()
    for place, index in enumerate(indices.tolist()):
        for domain, name in enumerate(("background", "digit")):
            expected = painted(glyph(index), PALETTE[hues[place, domain]], name)
            np.testing.assert_allclose(batch[place, domain], expected, atol=1e-6)


def test_the_threshold_lies_between_the_grey_values_127_and_128() -> None:
    data = ColoredMNIST(ROOT, pad=False)
    grey = glyph(0)
    rows, columns = np.nonzero((grey == 127) | (grey == 128) | (grey == 126) | (grey == 129))
    x, y = data.batch(torch.tensor([0]), 1)[0]
    for row, column in zip(rows, columns, strict=True):
        is_digit = grey[row, column] >= 128
        assert (len(set(x[:, row, column].tolist())) == 1) == is_digit
        assert (len(set(y[:, row, column].tolist())) == 1) == (not is_digit)


def test_the_palette_is_twelve_pure_hues_30_degrees_apart() -> None:
    for k, color in enumerate(PALETTE):
        exact = np.array(hsv_to_rgb(k / 12, 1, 1)) * 255
        assert color == tuple(np.floor(exact + 0.5 + 1e-9))  # halves become 128, as published


def test_padding_continues_the_background_of_each_domain() -> None:
    padded, plain = ColoredMNIST(ROOT), ColoredMNIST(ROOT, pad=False)
    assert (padded.shape, plain.shape) == ((3, 32, 32), (3, 28, 28))
    batch, hues = padded.batch(EVERYTHING, 2), padded.hues(EVERYTHING, 2)
    assert torch.equal(batch[..., 2:30, 2:30], plain.batch(EVERYTHING, 2))
    color = torch.tensor(PALETTE)[hues[:, 0]] / 255
    assert torch.equal(batch[:, 0, :, 0], color[..., None].expand(-1, -1, 32))
    assert not batch[:, 1, :, -2:].any()


def test_hues_are_uniform_and_independent_of_each_other_and_of_the_digit() -> None:
    data = ColoredMNIST(ROOT)
    hues = np.concatenate([data.hues(EVERYTHING, draw_step).numpy() for draw_step in range(1, 41)])
    for column in hues.T:
        assert stats.chisquare(np.bincount(column, minlength=12)).pvalue > 1e-3
        by_digit = stats.contingency.crosstab(np.tile(DIGITS, 40), column).count
        assert stats.chi2_contingency(by_digit).pvalue > 1e-3
    assert stats.chi2_contingency(stats.contingency.crosstab(*hues.T).count).pvalue > 1e-3


def test_hues_are_drawn_at_every_visit_or_once() -> None:
    drawn, kept = ColoredMNIST(ROOT), ColoredMNIST(ROOT, recolor=False, seed=5)
    assert (drawn.hues(EVERYTHING, 1) != drawn.hues(EVERYTHING, 2)).float().mean() > 0.85
    assert torch.equal(kept.batch(EVERYTHING, 1), kept.batch(EVERYTHING, 9))
    assert torch.equal(kept.batch(EVERYTHING, 1), drawn.batch(EVERYTHING, 0))


def test_evaluation_sees_the_same_hues_under_every_seed_and_training_others() -> None:
    one, two = ColoredMNIST(ROOT), ColoredMNIST(ROOT, seed=1)
    assert torch.equal(one.batch(EVERYTHING, 0), two.batch(EVERYTHING, 0))
    assert np.array_equal(one.factors(), two.factors())
    assert np.array_equal(one.factors()[:, 1:], one.hues(EVERYTHING, 0))
    assert (one.hues(EVERYTHING, 1) != two.hues(EVERYTHING, 1)).float().mean() > 0.85


def core(batch: torch.Tensor) -> torch.Tensor:
    """(B, 2, H, W): where the digit is, in both domains."""
    white = batch[:, 0].amin(1) >= 0.5 - 1e-6
    colored = batch[:, 1].amax(1) >= 0.5 - 1e-6
    grey = batch.amax(2) - batch.amin(2) < 1e-6
    return torch.stack([white & grey[:, 0], colored & ~grey[:, 1]], dim=1)


def test_a_pair_is_one_glyph_or_two_of_one_class() -> None:
    same = core(ColoredMNIST(ROOT).batch(EVERYTHING, 1))
    assert torch.equal(same[:, 0], same[:, 1])
    data = ColoredMNIST(ROOT, pairing="class")
    glyphs = core(data.batch(EVERYTHING, 1)).flatten(2).float()
    matches = torch.cdist(glyphs[:, 1], same[:, 0].flatten(1).float()).argmin(1)
    assert np.array_equal(DIGITS[matches], DIGITS)
    assert (matches != EVERYTHING).float().mean() > 0.9
    assert ((matches >= 400) == (EVERYTHING >= 400)).all()
    allowed = np.arange(0, 400, 3)
    data.set_allowed(allowed)
    glyphs = core(data.batch(EVERYTHING, 1)).flatten(2).float()
    partners = torch.cdist(glyphs[:, 1], same[:, 0].flatten(1).float()).argmin(1)
    assert np.isin(partners[:400], allowed).all()
    assert (partners[400:] >= 400).all()


def hue_of(color: torch.Tensor) -> torch.Tensor:
    """The place in the palette of each color (B, 3) with its largest channel at full strength."""
    return torch.cdist(color * 255, torch.tensor(PALETTE, dtype=torch.float32)).argmin(1)


def brightest(images: torch.Tensor) -> torch.Tensor:
    """(B, 3): the color of the strongest pixel of each image (B, 3, H, W), its largest channel at 1."""
    strength = (images.amax(1) - images.amin(1)).flatten(1)
    pixels = images.flatten(2).gather(2, strength.argmax(1)[:, None, None].expand(-1, 3, 1))[..., 0]
    return pixels / pixels.amax(1, keepdim=True)


@pytest.mark.parametrize("pairing", ["instance", "class"])
@pytest.mark.parametrize("draw_step", [0, 3])
def test_the_factors_of_each_view_are_those_seen_in_its_pixels(pairing: str, draw_step: int) -> None:
    data = ColoredMNIST(ROOT, pairing=pairing)
    assert data.shared_factors == ("digit",)
    batch, shown = data.batch(EVERYTHING, draw_step), data.item_factors(EVERYTHING, draw_step)
    known = core(ColoredMNIST(ROOT).batch(EVERYTHING))[:, 0].flatten(1).float()
    for view, glyphs in enumerate(core(batch).flatten(2).float().unbind(1)):
        assert np.array_equal(shown[:, view, 0], DIGITS[torch.cdist(glyphs, known).argmin(1)])
    unseen = torch.full((500,), -1)
    assert torch.equal(shown[:, 0, 1:], torch.stack([hue_of(batch[:, 0, :, 0, 0]), unseen], dim=1))
    assert torch.equal(shown[:, 1, 1:], torch.stack([unseen, hue_of(brightest(batch[:, 1]))], dim=1))


@pytest.mark.parametrize(("domain", "place"), [("background", 0), ("digit", 1)])
def test_the_factors_of_single_images_are_those_of_their_step(domain: str, place: int) -> None:
    data = ColoredMNIST(ROOT, domain=domain)
    shown = data.images.item_factors(EVERYTHING, 4)
    assert torch.equal(shown[:, 0], data.item_factors(EVERYTHING, 4)[:, place][:, [0, 1 + place]])
    assert np.array_equal(data.images.item_factors(EVERYTHING)[:, 0], data.images.factors())


@pytest.mark.parametrize("pairing", ["instance", "class"])
def test_batches_follow_from_seed_index_and_visit_alone(pairing: str) -> None:
    data = ColoredMNIST(ROOT, pairing=pairing)
    order = torch.randperm(500, generator=torch.Generator().manual_seed(0))
    parts = torch.cat([data.batch(part, 3) for part in order.split(70)])
    whole = data.batch(EVERYTHING, 3)
    assert whole.shape == (500, data.num_views, 3, 32, 32)
    assert whole.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(parts, whole[order])


@pytest.mark.parametrize("pairing", ["instance", "class"])
def test_a_batch_is_made_where_the_glyphs_are_without_asking_for_any_value(pairing: str) -> None:
    data = ColoredMNIST(ROOT, pairing=pairing).to("meta", "device")  # reading a value would raise
    batch = data.batch(EVERYTHING, 1)
    assert (batch.device.type, batch.shape) == ("meta", (500, 2, 3, 32, 32))


@pytest.mark.parametrize(("domain", "place"), [("background", 0), ("digit", 1)])
def test_single_images_are_one_domain_with_the_factors_that_it_shows(domain: str, place: int) -> None:
    data = ColoredMNIST(ROOT, domain=domain)
    single = data.images
    assert (single.num_views, single.shape, len(single)) == (1, (3, 32, 32), 500)
    assert torch.equal(single.batch(EVERYTHING), data.batch(EVERYTHING)[:, place])
    assert single.factor_names == ("digit", f"{domain}_hue")
    assert single.factor_sizes == (10, 12)
    assert np.array_equal(single.factors(), data.factors()[:, [0, 1 + place]])
    assert np.array_equal(single.test_indices, np.arange(400, 500))
    assert single.to("cpu", "ram").device == data.device


def test_the_info_tells_shape_and_factors() -> None:
    info = describe_dataset(ColoredMNIST, {"pad": False})
    assert (info.shape, info.folder) == ((3, 28, 28), "mnist")
    data = ColoredMNIST(ROOT)
    assert describe_dataset(ColoredMNIST).shape == data.shape
    assert (info.factor_names, info.factor_sizes) == (data.factor_names, data.factor_sizes)
    assert info.factor_values == data.factor_values
