"""Pianorolls as pictures: pitch upwards, time to the right, a colour for each track."""

from __future__ import annotations

import numpy as np

from ..data.pianoroll.symbols import PITCHES, SILENCE, sounding
from .drawing import OKABE_ITO

LOWEST, HIGHEST = 24, 96  # pitches in a picture; others are drawn an octave or more nearer
OCTAVE = 12
ROW = 1  # pixels that a pitch is high
BAR = 16  # ticks from line to line
LINE = 0.88  # of a bar line, grey
HELD = 0.55  # how much of its colour the rest of a note has, behind its beginning
COLOURS = np.array(
    [[int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)] for c in (*OKABE_ITO[4:7], *OKABE_ITO[:3])]
)


def as_pictures(rows: np.ndarray) -> np.ndarray:
    """Pianorolls (N, K, T) as images (N, 3, H, T) in [0, 1]; all else as it is.

    What is no number is white.
    """
    return np.stack([pianoroll_picture(symbols) for symbols in rows]) if rows.ndim == 3 else rows


def pianoroll_picture(symbols: np.ndarray) -> np.ndarray:
    """One image (3, H, T) of symbols (K, T): where notes begin in full colour, held on paler."""
    height = (HIGHEST - LOWEST) * ROW
    picture = np.ones((height, symbols.shape[1], 3), np.float32)
    if np.isnan(symbols).any():
        return np.moveaxis(picture, -1, 0)
    picture[:, ::BAR] = LINE
    whole = np.rint(symbols).astype(np.int64)
    for colour, track, pitches in zip(_colours(len(whole)), whole, sounding(whole), strict=True):
        ticks = np.flatnonzero(pitches != SILENCE)
        top = (HIGHEST - 1 - _in_range(pitches[ticks])) * ROW
        shade = np.where(track[ticks] < PITCHES, 1.0, HELD)[:, None]
        for k in range(ROW):
            picture[top + k, ticks] = 1 - shade * (1 - colour)
    return np.moveaxis(picture, -1, 0)


def _in_range(pitches: np.ndarray) -> np.ndarray:
    """Pitches moved by octaves to LOWEST…HIGHEST − 1."""
    below = np.maximum(-((pitches - LOWEST) // OCTAVE), 0)
    above = np.maximum((pitches - HIGHEST) // OCTAVE + 1, 0)
    return np.asarray(pitches + OCTAVE * (below - above))


def _colours(count: int) -> np.ndarray:
    return COLOURS[np.arange(count) % len(COLOURS)]
