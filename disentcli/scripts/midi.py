"""`fig midi`: songs of a trained model as MIDI files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import PositiveInt
from ..config.root_settings import Setting
from ..errors import CallError
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = (
    "load",
    "checkpoint",
    "mode",
    Setting("out", str, None, "the folder to write, by default midi/ in the run"),
    Setting("count", PositiveInt, 16, "how many samples"),
    Setting("steps", PositiveInt, 7, "songs from one to the other, both included"),
    Setting(
        "pair", object, None, "the two windows to interpolate between, by place: 12,40 (drawn by the seed)"
    ),
    "overwrite",
    "seed",
    "path",
    "device",
    "saveroot",
    "dataroot",
    "download",
    "data-changed",
    "dataset.batch-size",
    "quiet",
)
TAKES = "configs"
NODES = ()


@script("midi")
def midi(settings: Settings) -> int:
    """Writes samples, interpolations and songs in other styles: fig midi --load RUN --out songs."""
    from pathlib import Path

    from ..evaluation.session import find_run, open_run
    from ..evaluation.song_generation import generate_songs, write_songs
    from ..plots.midi_output import SongFormat

    run, out, mode = find_run(settings), settings.get("out"), settings.get("mode", "test")
    folder = run.path / "midi" if out is None else Path(out).expanduser()
    if folder.is_dir() and any(folder.iterdir()) and not settings.get("overwrite"):
        raise CallError(
            f"the folder {folder} holds files; choose another with --out, or write into it: --overwrite"
        )
    opened = open_run(settings, run)
    pair = read_pair(settings.get("pair"), len(opened.inference.dataset))
    indices, described = opened.indices(mode)
    seed = settings.get("seed")
    songs = generate_songs(
        opened, indices, count=settings.get("count"), steps=settings.get("steps"), seed=seed, pair=pair
    )
    song_format = SongFormat.of(opened.inference.dataset)
    assert song_format is not None
    for path in write_songs(songs, folder, song_format):
        print(path)
    for kind, reason in songs.missing.items():
        print(f"no {kind}: {reason}")
    print(f"songs of {run.name}, step {opened.step:,}, {described}, seed {seed}")
    return 0


def read_pair(given: object, count: int) -> list[int] | None:
    """Two places of windows; CallError for what is none."""
    if given is None:
        return None
    words = given if isinstance(given, list) else str(given).split(",")
    try:
        places = [int(str(word)) for word in words]
    except ValueError:
        places = []
    if len(places) != 2 or not all(0 <= place < count for place in places):
        raise CallError(f"--pair {given}: say two places from 0 to {count - 1:,}, as in 12,40")
    return places
