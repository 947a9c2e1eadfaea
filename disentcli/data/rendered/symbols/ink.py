"""Ink: round-ended, anti-aliased strokes around segments, dark on white."""

from __future__ import annotations

import numpy as np


def inked(starts: np.ndarray, ends: np.ndarray, widths: np.ndarray, size: int) -> np.ndarray:
    """Images (B, size, size) uint8, 255 for paper and 0 for ink, of segments (B, S, 2) in pixels.

    A pixel whose centre is d from the nearest segment is covered by width/2 + 1/2 − d, within 0…1.
    Only + − × ÷ √ in a fixed order: the same bytes on every machine.
    """
    squared = _nearest(starts.astype(np.float32), ends.astype(np.float32), size)
    reach = (widths.astype(np.float32) / 2 + np.float32(0.5))[:, None, None]
    covered = np.clip(reach - np.sqrt(squared), 0, 1)
    return np.rint(255 * (1 - covered)).astype(np.uint8)


def _nearest(starts: np.ndarray, ends: np.ndarray, size: int) -> np.ndarray:
    """Squared distances (B, size, size) of the pixels' centres to the nearest segment."""
    centers = np.arange(size, dtype=np.float32) + np.float32(0.5)
    nearest = np.full((len(starts), size, size), np.inf, dtype=np.float32)
    for (x, y), (along_x, along_y) in zip(
        starts.transpose(1, 2, 0), (ends - starts).transpose(1, 2, 0), strict=True
    ):
        length = np.maximum(along_x * along_x + along_y * along_y, np.float32(1e-12))
        right, down = centers - x[:, None], centers - y[:, None]  # (B, size): from the start to the centres
        place = (right * (along_x / length)[:, None])[:, None, :]
        place = np.clip(place + (down * (along_y / length)[:, None])[:, :, None], 0, 1)
        across_x = right[:, None, :] - place * along_x[:, None, None]
        across_y = down[:, :, None] - place * along_y[:, None, None]
        np.minimum(nearest, across_x * across_x + across_y * across_y, out=nearest)
    return nearest
