"""The frames behind the sliders, against the model asked directly and against plain arithmetic."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from disentcli.latents.discrete import QuantizedLatent
from disentcli.report.page import ModelOf
from disentcli.report.sprite_sheets import QUALITIES, SheetQuality, fit_sheets, make_sheets
from disentcli.report.templating import encoded_size
from disentcli.report.traversal_frames import (
    Traversal,
    TraversalFrames,
    choose_bases,
    most_changing,
    traverse,
    with_base_value,
)
from disentcli.runs.run import Run


def test_each_frame_is_the_decoded_code_with_one_entry_changed(vae: Run, model_of: ModelOf) -> None:
    inference, indices, _ = model_of(vae)
    shown = traverse(inference, indices)
    assert shown.latents == [0, 1, 2, 3]
    for base in shown.bases:
        with torch.no_grad():
            code = inference.model.encode(torch.from_numpy(base.original)[None])
            np.testing.assert_allclose(base.reconstruction, inference.model.decode(code)[0], atol=1e-5)
            for d in range(4):
                assert base.values[d][base.base_index[d]] == pytest.approx(float(code[0, d]), abs=1e-5)
                changed = code.clone()
                changed[0, d] = float(base.values[d][2])
                np.testing.assert_allclose(base.frames[d][2], inference.model.decode(changed)[0], atol=1e-5)


def test_the_first_base_is_the_most_typical_and_all_differ() -> None:
    codes = np.random.default_rng(0).normal(size=(50, 3))
    places = choose_bases(codes)
    z = (codes - np.median(codes, axis=0)) / codes.std(axis=0)
    assert places[0] == np.linalg.norm(z, axis=1).argmin()
    assert len(set(places)) == len(places) == 4
    assert choose_bases(codes[:1]) == [0]


def test_the_images_own_value_is_among_the_values_once() -> None:
    values, own = with_base_value(np.array([0.0, 0.5, 1.0]), 0.7)
    assert (values.tolist(), own) == ([0, 0.5, 0.7, 1], 2)
    values, own = with_base_value(np.array([0.0, 0.5, 1.0]), 0.5)
    assert (values.tolist(), own) == ([0, 0.5, 1], 1)
    values, own = with_base_value(np.zeros(9), 0.0)  # a latent that does nothing
    assert (values.tolist(), own) == ([0], 0)


def test_a_discrete_latent_steps_through_the_values_in_use() -> None:
    latent = QuantizedLatent(2, num_values=(3, 5))
    codes = latent.codes(torch.rand(200, 2, generator=torch.Generator().manual_seed(0)) - 0.5).detach()
    values = latent.traversal(codes.double()).numpy()
    for d, expected in enumerate(([-0.5, 0, 0.5], [-0.5, -0.25, 0, 0.25, 0.5])):
        distinct, own = with_base_value(values[d], float(codes[0, d]))
        assert distinct.tolist() == expected
        assert distinct[own] == codes[0, d]


def test_of_many_latents_those_that_move_the_picture_most_are_shown() -> None:
    weights = np.random.default_rng(0).permutation(100).astype(float)

    class Linear:
        def decode(self, codes: np.ndarray) -> np.ndarray:
            return (codes * weights)[:, None, None, :]

    ends = np.tile([-1.0, 1.0], (100, 1))
    assert most_changing(Linear(), np.zeros(100), ends) == np.flatnonzero(weights >= 68).tolist()  # type: ignore[arg-type]


def toy(channels: int = 3, side: int = 16, latents: int = 2, bases: int = 4) -> Traversal:
    """Noise, which compresses badly, of three values a latent."""
    rng = np.random.default_rng(0)

    def base() -> TraversalFrames:
        frames = [rng.random((3, channels, side, side), dtype=np.float32) for _ in range(latents)]
        values = [np.arange(3.0)] * latents
        return TraversalFrames("<i>", frames[0][0], frames[0][1], values, [0] * latents, frames)

    return Traversal(list(range(latents)), latents, False, True, [base() for _ in range(bases)])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_sheet_has_a_row_a_latent_below_the_image_and_its_reconstruction(channels: int) -> None:
    traversal = toy(channels)
    sheets = make_sheets(traversal, SheetQuality(4, 16))
    assert (len(sheets.images), sheets.frame) == (4, (16, 16))
    base = traversal.bases[2]
    with Image.open(io.BytesIO(sheets.images[2])) as image:
        pixels = np.atleast_3d(np.asarray(image)).transpose(2, 0, 1)
    assert pixels.shape == (channels, 3 * 16, 3 * 16)
    expected = np.round(np.stack([base.original, base.reconstruction, base.frames[1][2]]) * 255)
    cuts = [pixels[:, :16, :16], pixels[:, :16, 16:32], pixels[:, 32:, 32:]]
    np.testing.assert_array_equal(cuts, expected)


def test_sheets_shrink_until_they_fit() -> None:
    traversal = toy(side=48, latents=3)
    sizes = [sum(map(encoded_size, make_sheets(traversal, one).images)) for one in QUALITIES]
    assert sizes[1:] == sorted(sizes[1:], reverse=True)
    for room in (10**7, sizes[2], sizes[4], sizes[-1]):
        sheets = fit_sheets(traversal, room)
        assert sheets is not None
        assert sum(map(encoded_size, sheets.images)) <= room
        assert sheets.reduced == (room < sizes[1])
    assert fit_sheets(traversal, sizes[-1] - 1) is None


def test_a_vector_is_a_strip_of_colours_white_at_zero() -> None:
    vectors = np.array([[-1.0, 0.0, 1.0]], dtype=np.float32)
    base = TraversalFrames("v", vectors[0], vectors[0], [np.zeros(1)], [0], [vectors])
    sheets = make_sheets(Traversal([0], 1, False, True, [base]), QUALITIES[0])
    with Image.open(io.BytesIO(sheets.images[0])) as image:
        low, zero, high = (np.array(image.getpixel((x, 3)), dtype=int) for x in (1, 3, 5))
    assert low[2] > low[0]
    assert min(zero) > 240
    assert high[0] > high[2]
