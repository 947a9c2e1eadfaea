"""Songs of a trained model: samples, what lies between two songs, and songs in other styles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import CallError, Unsupported
from ..methods.musae import MusAE
from ..plots.drawing import make_folder, save
from ..plots.image_grids import tile_figure
from ..plots.midi_output import SongFormat, write_pianorolls
from ..plots.sample_images import draw_samples, interpolations
from .session import EvalSession

Rolls = np.ndarray  # (n, K, T)
STYLED = 4  # songs that are moved to other styles
COLUMNS = 4


@dataclass(frozen=True)
class GeneratedSongs:
    """Pianorolls by name of the MIDI file, each with what its rolls are."""

    rolls: Mapping[str, Rolls]
    missing: Mapping[str, str]  # why there is none of a kind


def generate_songs(
    opened: EvalSession, indices: np.ndarray, *, count: int, steps: int, seed: int, pair: Sequence[int] | None
) -> GeneratedSongs:
    """`samples`; `interpolation` from one song of these windows to another; and of four songs `original`,
    `reconstruction`, and `style_<tag>` for each tag that the model can move them to.

    Raises:
        CallError: the data are no pianorolls.
    """
    inference = opened.inference
    if SongFormat.of(inference.dataset) is None:
        raise CallError("fig midi is for runs on pianorolls, the data of this one are none")
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(indices)
    ends = list(chosen[:2]) if pair is None else list(pair)
    rolls: dict[str, Rolls] = {}
    missing: dict[str, str] = {}
    try:
        rolls["samples"] = draw_samples(inference, count, seed)[0]
    except Unsupported as reason:
        missing["samples"] = str(reason)
    if len(ends) == 2:
        between = interpolations(inference, np.array(ends[:1]), np.array(ends[1:]), steps)
        rolls["interpolation"] = between[0]
    songs = np.sort(chosen[:STYLED])
    rolls["original"] = inference.images(songs).cpu().numpy()
    rolls["reconstruction"] = inference.reconstruct(songs)
    try:
        rolls |= _in_styles(opened, songs)
    except CallError as reason:
        missing["styles"] = str(reason)
    return GeneratedSongs(rolls, missing)


@torch.no_grad()
def _in_styles(opened: EvalSession, songs: np.ndarray) -> dict[str, Rolls]:
    """Songs moved to each tag."""
    model: Any = opened.inference.model
    if not isinstance(model, MusAE):
        raise CallError(f"{model.short_name} has no styles to move songs to; m/musae has")
    codes = torch.from_numpy(opened.inference.encode(songs)).float().to(opened.inference.device)
    names = model.tag_names or tuple(f"tag{k}" for k in range(model.binary))
    moved = {name: model.restyle(codes, k) for k, name in enumerate(names)}
    return {f"style_{name}": model.decode(found).cpu().numpy() for name, found in moved.items()}


def write_songs(songs: GeneratedSongs, folder: Path, song_format: SongFormat) -> list[Path]:
    """A MIDI file for each, and pictures of all: samples, interpolation, styles."""
    make_folder(folder)
    paths = []
    for name, rolls in songs.rolls.items():
        path = folder / f"{file_name(name)}.mid"
        write_pianorolls(path, list(rolls), song_format, gap=song_format.bar_ticks)
        paths.append(path)
    return [*paths, *_pictures(songs, folder)]


def file_name(name: str) -> str:
    """A name of a file, of any tag.

    >>> file_name("style_drum & bass/90s")
    'style_drum___bass_90s'
    """
    return "".join(one if one.isalnum() or one in "-_." else "_" for one in name)


def _pictures(songs: GeneratedSongs, folder: Path) -> list[Path]:
    rolls, paths = songs.rolls, []
    if "samples" in rolls:
        shown = rolls["samples"][: COLUMNS**2]
        rows = [shown[k : k + COLUMNS] for k in range(0, len(shown) - COLUMNS + 1, COLUMNS)] or [shown]
        paths.append(save(tile_figure(rows, [""] * len(rows), title="Samples"), folder / "samples.png"))
    if "interpolation" in rolls:
        between = tile_figure([rolls["interpolation"]], [""], title="From one song to another")
        paths.append(save(between, folder / "interpolation.png"))
    styled = {name: found for name, found in rolls.items() if name not in ("samples", "interpolation")}
    labels = [name.removeprefix("style_") for name in styled]
    figure = tile_figure(list(styled.values()), labels, title="Songs in other styles")
    paths.append(save(figure, folder / "styles.png"))
    return paths
