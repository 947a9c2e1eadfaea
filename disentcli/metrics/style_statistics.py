"""What the components of a mixture of styles generate: pitch classes, density; whether songs lie in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..data.pianoroll.symbols import PITCHES, SILENCE, sounding
from ..errors import Unsupported
from ..registry import metric
from .symbol_accuracy import track_names

CLASSES = 12  # of pitches
Symbols = np.ndarray


def pitch_classes(symbols: Symbols, melodic: np.ndarray) -> np.ndarray:
    """Shares (12,) of the pitch classes of all notes that begin in melodic ones (K,) of tracks (N, K, T)."""
    of_tracks = symbols[:, melodic]
    counts = np.bincount(of_tracks[of_tracks < PITCHES] % CLASSES, minlength=CLASSES)
    return counts / max(counts.sum(), 1)


def density(symbols: Symbols) -> np.ndarray:
    """Notes that begin in a tick, on average, of each track (K,) of symbols (N, K, T)."""
    return np.asarray((symbols < PITCHES).mean((0, 2)))


def mean_pitch(symbols: Symbols, melodic: np.ndarray) -> float:
    """The mean of the pitches that sound in melodic tracks; NaN of silence."""
    heard = sounding(symbols[:, melodic])
    return float(heard[heard != SILENCE].mean()) if (heard != SILENCE).any() else float("nan")


@metric("style_statistics")
def style_statistics(
    model: Any, dataset: Any, codes: np.ndarray, factors: np.ndarray, *, samples: int = 200, seed: int = 0
) -> dict[str, float | np.ndarray]:
    """How much what the components (regions) of the prior generate differs, and whether songs lie there.

    `pitch_class_distance`: the total variation, ½ Σ |p − q|, between the pitch classes of two components,
    averaged over pairs, 0 where all are alike, 1 where they share none. `density_distance`: the difference of
    notes a tick and track, averaged in the same way. `pitch_distance`: that of the mean pitch, in semitones.
    `nearest_component`: the share of songs whose most likely component is one of their tags (none, where they
    have no tag).
    Arrays: `pitch_classes` (R, 12), `densities` (R, K), `mean_pitches` (R,) of R components.

    Args:
        model: with a prior of several regions, as that of `m/musae/mixture`.
        dataset: of pianorolls.
        codes: (N, D), and `factors` (N, F), the tags.
        samples: of each component. seed: draws them.

    Raises:
        Unsupported: the data are no pianorolls, or the prior has one region.
    """
    track_names(dataset)
    prior: Any = getattr(model, "prior", None)
    if getattr(prior, "regions", 1) < 2:
        raise Unsupported("the prior has one region: there are no components to compare")
    drawn = [_generate(model, region, samples, seed) for region in range(prior.regions)]
    tracks = getattr(dataset, "tracks", None)
    melodic = np.array(tracks.melodic if tracks else [True] * dataset.shape[0])
    classes = np.stack([pitch_classes(symbols, melodic) for symbols in drawn])
    densities = np.stack([density(symbols) for symbols in drawn])
    pitches = np.array([mean_pitch(symbols, melodic) for symbols in drawn])
    scores: dict[str, float | np.ndarray] = {
        "pitch_class_distance": pair_mean(0.5 * np.abs(classes[:, None] - classes[None]).sum(-1)),
        "density_distance": pair_mean(np.abs(densities[:, None] - densities[None]).mean(-1)),
        "pitch_distance": pair_mean(np.abs(pitches[:, None] - pitches[None])),
    }
    if factors.shape[1] == prior.regions - 1:
        scores["nearest_component"] = _in_own_region(prior, codes, factors)
    return {**scores, "pitch_classes": classes, "densities": densities, "mean_pitches": pitches}


def pair_mean(distances: np.ndarray) -> float:
    """The mean of distances (R, R) over pairs of different ones.

    >>> pair_mean(np.array([[0.0, 3.0], [3.0, 0.0]]))
    3.0
    """
    return float(distances[~np.eye(len(distances), dtype=bool)].mean())


@torch.no_grad()
def _generate(model: Any, region: int, samples: int, seed: int) -> Symbols:
    """Symbols (samples, K, T) decoded from samples of a region."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.full((samples,), region, device=next(model.parameters()).device)
    decoded: np.ndarray = model.decode(model.prior.sample(samples, generator, labels)).cpu().numpy()
    return decoded.astype(np.int64)


def _in_own_region(prior: Any, codes: np.ndarray, factors: np.ndarray) -> float:
    region = prior.classify(torch.from_numpy(codes).float().to(prior.means.device)).cpu().numpy()
    tags = np.concatenate([factors > 0, ~(factors > 0).any(1, keepdims=True)], axis=1)
    return float(tags[np.arange(len(region)), region].mean())
