"""The Lakh MIDI dataset, matched subset (Raffel, 2016): MIDI files by song, and facts about the songs."""

from __future__ import annotations

import io
import tarfile
from collections import Counter
from pathlib import Path, PurePosixPath

import h5py
import numpy as np

from ...registry import source
from ..download.source import FormatReader, RemoteFile, Source
from ..download.verify import WrongFile, sniff
from ..pianoroll.song_files import BROKEN, ENDINGS, archive_members

HOST = "http://hog.ee.columbia.edu/craffel/lmd"
HOMEPAGE = "https://colinraffel.com/projects/lmd/"
SONGS, ABOUT = "lmd_matched.tar.gz", "lmd_matched_h5.tar.gz"
KINDS = {SONGS: ENDINGS, ABOUT: (".h5",)}
TERMS = "metadata/artist_terms"  # in a file of the Million Song Dataset
LOOKED_AT = 2000  # members of an archive, at most, among which there must be one of its kind


@source("lakh")
def lakh() -> Source:
    """The matched subset of the Lakh MIDI dataset: 116,189 files of 31,034 songs, with artists' terms."""
    return Source(
        name="lakh",
        title="Lakh MIDI dataset, matched",
        call="lakh",
        reader=FormatReader(check),
        files=(  # neither sizes (these are estimates) nor checksums are published, and the host has no https
            RemoteFile(SONGS, (f"{HOST}/{SONGS}",), 1_600_000_000, checksum_unknown=True, by_hand=HOMEPAGE),
            RemoteFile(ABOUT, (f"{HOST}/{ABOUT}",), 5_600_000_000, checksum_unknown=True, by_hand=HOMEPAGE),
        ),
        licence="CC-BY 4.0",
        citation="Raffel, Learning-Based Methods for Comparing Sequences, with Applications to Audio-to-MIDI "
        "Alignment and Matching, PhD thesis, Columbia University, 2016",
        homepage=HOMEPAGE,
    )


def check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless the archive begins with files of its kind."""
    try:
        with tarfile.open(path, "r|*") as archive:
            for _, member in zip(range(LOOKED_AT), archive, strict=False):
                if member.isfile() and member.name.lower().endswith(KINDS[file.name]):
                    return
    except BROKEN as error:
        raise WrongFile(f"it is no readable tar archive ({sniff(path)})", path) from error
    raise WrongFile(f"there is no file called {' or '.join(KINDS[file.name])} in its beginning", path)


def song_of(name: str) -> str:
    """The track of the Million Song Dataset that a file is of: the folder that it lies in.

    >>> song_of("lmd_matched/A/A/A/TRAAAGR128F425B14B/1d9d16a9da90c090809c153754823c2b.mid")
    'TRAAAGR128F425B14B'
    """
    return PurePosixPath(name).parent.name


def read_terms(archive: Path) -> dict[str, list[str]]:
    """The terms of the artist of each track; a file that cannot be read has none."""
    return {
        PurePosixPath(name).stem: _terms(content) for name, content in archive_members(archive, KINDS[ABOUT])
    }


def _terms(content: bytes) -> list[str]:
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return [term.decode("utf-8", "replace") for term in np.asarray(file[TERMS])]
    except (OSError, KeyError, ValueError, AttributeError, RuntimeError):
        return []


def most_frequent(terms: list[list[str]], count: int) -> tuple[str, ...]:
    """The terms that most songs have, the most frequent first; of equals, the first of the alphabet.

    >>> most_frequent([["rock", "pop"], ["rock"], ["jazz"]], 2)
    ('rock', 'jazz')
    """
    counted = Counter(term for of_song in terms for term in set(of_song))
    return tuple(sorted(counted, key=lambda term: (-counted[term], term))[:count])
