"""The loop of a traversal, and the GIF that it becomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from disentcli.plots.animation import save_gif, triangle_wave


def test_the_wave_starts_where_it_should_turns_at_both_ends_and_closes() -> None:
    start = np.array([0.0, 0.25, 0.7, 1.0])
    wave = triangle_wave(start, 40)
    assert wave.shape == (4, 40)
    np.testing.assert_allclose(wave[:, 0], start, atol=1e-12)
    steps = np.abs(np.diff(wave, axis=1, append=wave[:, :1]))
    assert (steps <= 2 / 40 + 1e-12).all()  # no jump, not even from the last frame to the first
    np.testing.assert_allclose(wave.max(axis=1), 1.0, atol=2 / 40)
    np.testing.assert_allclose(wave.min(axis=1), 0.0, atol=2 / 40)


def test_a_gif_loops_for_ever_with_every_frame_and_white_stays_white(tmp_path: Path) -> None:
    frames = np.full((6, 20, 30, 3), 255, dtype=np.uint8)
    for t, frame in enumerate(frames):
        frame[5:10, 3 * t : 3 * t + 5] = (200, 30 * t, 255 - 30 * t)
    path = save_gif(frames, tmp_path / "a.gif")
    again = save_gif(frames, tmp_path / "b.gif")
    assert path.read_bytes() == again.read_bytes()
    with Image.open(path) as gif:
        assert (gif.n_frames, gif.size, gif.info["loop"]) == (6, (30, 20), 0)
        for t in range(6):
            gif.seek(t)
            shown = np.asarray(gif.convert("RGB")).astype(int)
            assert np.abs(shown - frames[t]).max() <= 8
            assert (shown[0] == 255).all()
