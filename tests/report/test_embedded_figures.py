"""Figures on the page: all of them whole where there is room, with fewer pixels where there is little."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from disentcli.report.embedded_figures import AROUND, LEAST, embed_figures
from disentcli.report.run_figures import FigureEntry, FigureView
from disentcli.runs.run import Run

PLENTY = 10**9


def with_figure(run: Run, name: str, width: int = 40, kind: str = "png", seed: int = 0) -> bytes:
    """A figure of noise, which compresses badly."""
    noise = np.random.default_rng(seed).integers(0, 256, (40, width, 3), dtype=np.uint8)
    path = run.path / "figures" / f"{name}.{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise).save(path)
    return path.read_bytes()


def noise(path: Path, side: int, seed: int = 0) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def grain(path: Path, side: int, seed: int = 0) -> Path:
    """Grey with a grain that nobody sees, much smaller as a WebP than as a PNG."""
    pixels = 128 + np.random.default_rng(seed).integers(0, 3, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def entry(*files: Path, title: str = "A") -> FigureEntry:
    return FigureEntry(
        title, "What it shows.", tuple(FigureView(str(n), (one,)) for n, one in enumerate(files)), 0
    )


def used(entries: list[FigureEntry], budget: int) -> int:
    figures, _ = embed_figures(entries, budget)
    return sum(view.size for figure in figures for view in figure.views)


def test_with_room_every_file_is_embedded_as_it_is(tmp_path: Path) -> None:
    files = [noise(tmp_path / f"{n}.png", 40 + n) for n in range(3)]
    figures, left_out = embed_figures([entry(*files[:2]), entry(files[2], title="B")], PLENTY)
    assert [[view.data for view in one.views] for one in figures] == [
        [files[0].read_bytes(), files[1].read_bytes()],
        [files[2].read_bytes()],
    ]
    assert not left_out
    assert not any(figure.reduced for figure in figures)


def test_of_a_picture_in_two_formats_the_smaller_file_is_embedded(tmp_path: Path) -> None:
    drawing = tmp_path / "a.svg"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    one = FigureEntry("A", "", (FigureView("", (noise(tmp_path / "a.png", 60), drawing)),), 0)
    (figure,), _ = embed_figures([one], PLENTY)
    assert (figure.views[0].kind, figure.views[0].data) == ("image/svg+xml", drawing.read_bytes())


def test_a_large_picture_gets_fewer_pixels_not_fewer_colours(tmp_path: Path) -> None:
    ramp = np.linspace(0, 250, 1200).astype(np.uint8)
    pixels = np.stack(np.broadcast_arrays(ramp[None], ramp[:, None], np.uint8(128)), axis=-1)
    pixels = pixels + np.random.default_rng(0).integers(0, 2, pixels.shape, dtype=np.uint8) * 2
    path = tmp_path / "large.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    (figure,), _ = embed_figures([entry(path)], 60_000)
    assert figure.reduced
    assert figure.views[0].size <= 60_000
    with Image.open(io.BytesIO(figure.views[0].data)) as image:
        small = np.asarray(image.convert("RGB"))
    assert 320 <= small.shape[1] < 1200
    assert len(np.unique(small.reshape(-1, 3), axis=0)) > 5_000
    assert np.abs(small[-1, -1].astype(int) - [251, 251, 129]).max() < 25


def test_small_pictures_stay_whole_beside_a_large_one_and_the_room_is_not_exceeded(tmp_path: Path) -> None:
    small = [noise(tmp_path / f"s{n}.png", 60, n) for n in range(3)]
    large = noise(tmp_path / "large.png", 800)
    entries = [entry(large), *(entry(one) for one in small)]
    figures, left_out = embed_figures(entries, 400_000)
    assert [figure.reduced for figure in figures] == [True, False, False, False]
    assert not left_out
    assert used(entries, 400_000) <= 400_000


def test_what_a_reduced_picture_leaves_makes_the_first_ones_whole(tmp_path: Path) -> None:
    flat = grain(tmp_path / "flat.png", 500)
    size = 4 * flat.stat().st_size // 3 + AROUND
    figures, _ = embed_figures([entry(flat), entry(flat), entry(flat)], int(2.5 * size))
    assert [figure.reduced for figure in figures] == [False, False, True]


def test_second_views_are_left_out_first_then_the_last_figures_which_are_named(tmp_path: Path) -> None:
    files = [grain(tmp_path / f"{n}.png", 400, n) for n in range(6)]
    entries = [
        entry(*files[:2], title="first"),
        entry(*files[2:4], title="second"),
        entry(*files[4:], title="third"),
    ]
    figures, left_out = embed_figures(entries, int(3.5 * LEAST))
    assert [len(figure.views) for figure in figures] == [1, 1, 1]
    figures, left_out = embed_figures(entries, int(1.5 * LEAST))
    assert [figure.title for figure in figures] == ["first"]
    assert [one.title for one in left_out] == ["second", "third"]
    assert embed_figures(entries, LEAST // 2)[0] == []


@pytest.mark.parametrize("budget", [20_000, 80_000, 300_000, 2_000_000])
def test_no_budget_is_exceeded(tmp_path: Path, budget: int) -> None:
    files = [noise(tmp_path / f"{n}.png", 30 + 120 * n, n) for n in range(6)]
    assert used([entry(*files[n : n + 2]) for n in range(0, 6, 2)], budget) <= budget


def test_a_damaged_picture_harms_no_other(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(bytes(300_000))
    figures, left_out = embed_figures([entry(bad, title="bad"), entry(noise(tmp_path / "g.png", 40))], 80_000)
    assert [figure.title for figure in figures] == ["A"]
    assert [one.title for one in left_out] == ["bad"]
