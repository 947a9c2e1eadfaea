"""What pianorolls lose: onsets of songs that are the same after MIDI → symbols → MIDI, by track.

    python benchmarks/pianoroll_round_trip.py FOLDER [--resolution 4] [--write NAME]

Of each track of a song, all notes of all its instruments on the grid are compared with the notes of a MIDI
file of the symbols of each instrument. Songs without an instrument for one of the tracks are left out.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from disentcli.data.pianoroll.midi_file import LeftOut, read_midi, write_midi
from disentcli.data.pianoroll.song_files import folder_files
from disentcli.data.pianoroll.symbols import Notes, notes_to_symbols, symbols_to_notes
from disentcli.data.pianoroll.tracks import DRUMS, Instrument, TrackPlan

Onsets = set[tuple[int, int]]  # the tick and the pitch of each; those that begin together are one


@dataclass
class Agreement:
    """Onsets of a track: in the songs, in what came back, and in both."""

    original: int = 0
    returned: int = 0
    same: int = 0

    @property
    def precision(self) -> float:
        """The share of those that came back which the song has; NaN where none came back."""
        return self.same / self.returned if self.returned else float("nan")

    @property
    def recall(self) -> float:
        """The share of those of the song which came back; NaN where it has none."""
        return self.same / self.original if self.original else float("nan")

    def add(self, original: Onsets, returned: Onsets) -> None:
        """Count those of one part more."""
        self.original += len(original)
        self.returned += len(returned)
        self.same += len(original & returned)


def main() -> None:
    """Measure a folder; print the table, and write the result if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--resolution", type=int, default=4, help="ticks of a beat")
    parser.add_argument("--write", default="", help="name of the result below benchmarks/results")
    options = parser.parse_args()
    found, left_out = of_folder(options.folder, options.resolution)
    print(table(found))
    if options.write:
        from machine import write_result

        write_result(
            options.write, result(options.folder, found, left_out) | {"resolution": options.resolution}
        )


def of_folder(folder: Path, resolution: int = 4) -> tuple[dict[str, Agreement], Counter[str]]:
    """The agreement of each track over the songs of a folder; `left_out` counts the others by reason."""
    plan, left_out = TrackPlan(), Counter[str]()
    found = {name: Agreement() for name in plan.names}
    for chunk in folder_files(folder).chunks(0):
        for file in chunk:
            try:
                parts = parts_of(read_midi(file.read(), resolution), plan)
            except LeftOut as reason:
                left_out[str(reason)] += 1
                continue
            for place, name in enumerate(plan.names):
                add_track(found[name], parts[place], plan, place, resolution)
    return found, left_out


def parts_of(song: list[Instrument], plan: TrackPlan) -> list[list[Notes]]:
    """The parts of each track; LeftOut where a track has none."""
    parts = plan.sort(song)
    for name, of_track in zip(plan.names, parts, strict=True):
        if not of_track:
            raise LeftOut(f"no {name}")
    return parts


def add_track(
    agreement: Agreement, parts: Iterable[Notes], plan: TrackPlan, place: int, resolution: int
) -> None:
    """Count the onsets of each part of a track before and after the round trip."""
    is_drums = plan.instruments[place] == DRUMS
    for part in parts:
        notes = symbols_to_notes(notes_to_symbols(part, part.ticks))
        again = read_midi(
            write_midi([Instrument(plan.programs[place], is_drums, notes)], resolution), resolution
        )
        agreement.add(onsets(part), {onset for one in again for onset in onsets(one.notes)})


def onsets(notes: Notes) -> Onsets:
    """Where the notes begin."""
    return set(zip(notes.starts.tolist(), notes.pitches.tolist(), strict=True))


def result(folder: Path, found: dict[str, Agreement], left_out: Counter[str]) -> dict[str, object]:
    """What is written down: the songs, by a fingerprint of their contents, and the numbers of each track."""
    names = folder_files(folder).names
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in names)).hexdigest()[:16]
    tracks = {
        name: {**vars(one), "precision": round(one.precision, 4), "recall": round(one.recall, 4)}
        for name, one in found.items()
    }
    return {
        "files": len(names),
        "sha256": digest,
        "used": len(names) - left_out.total(),
        "left_out": dict(left_out.most_common()),
        "tracks": tracks,
    }


def table(found: dict[str, Agreement]) -> str:
    """The table as the page of the paper has it."""
    rows = [f"| {name} | {one.precision:.3f} | {one.recall:.3f} |" for name, one in found.items()]
    return "\n".join(["| track | precision | recall |", "|---|---|---|", *rows])


if __name__ == "__main__":
    main()
