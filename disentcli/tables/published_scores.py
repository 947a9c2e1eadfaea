"""Scores of papers, from CSV files, to stand below those of runs: whose, and which rows fit the runs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import CallError
from ..suggestions import unknown
from .table import NULL

FOLDER = Path(__file__).parent / "published"
DIVIDER = "seeds"  # the column between keys of runs and scores
SAME_DATA = ("dataset", "split")  # keys in which a row has to fit one of the runs


@dataclass(frozen=True)
class PublishedScores:
    """Scores of a paper: their source, the keys and scores that are known, and a mapping for each row.

    A cell of `dataset` may name several datasets, with spaces between them.
    """

    source: str
    keys: tuple[str, ...]
    scores: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]

    def fitting(self, runs: Iterable[Mapping[str, str]]) -> PublishedScores:
        """The rows on the data and split of one of the runs, each given by its values of SAME_DATA."""
        known = {tuple(run[key] for key in SAME_DATA) for run in runs}
        columns = [[row.get(key, "").split() for key in SAME_DATA] for row in self.rows]
        kept = [
            row
            for row, (datasets, splits) in zip(self.rows, columns, strict=True)
            if any(
                dataset in (datasets or [dataset]) and split in (splits or [split])
                for dataset, split in known
            )
        ]
        return PublishedScores(self.source, self.keys, self.scores, tuple(kept))

    def cells(self, keys: Sequence[str], scores: Sequence[str]) -> list[list[str]]:
        """Rows of a table: keys, seeds, scores; – for what the paper does not say."""
        names = [key.replace("_", "-") for key in keys]
        bare = [score.rpartition(" ")[2] for score in scores]
        return [[row.get(name) or NULL for name in (*names, DIVIDER, *bare)] for row in self.rows]


def read_published(name: str) -> PublishedScores:
    """The scores in a file of this path, or in one of those that come with the package: `role-2021`.

    The first line is `# ` and the source; the header names keys of runs, `seeds`, and scores.

    Raises:
        CallError: there is no such file, or it is written otherwise.
    """
    path = Path(name).expanduser() if name.endswith(".csv") else FOLDER / f"{name}.csv"
    if not path.is_file():
        known = sorted(one.stem for one in FOLDER.glob("*.csv"))
        more = "A file of your own is named by its path: FILE.csv"
        raise CallError(f"--published: {unknown('table', name, known, more)}")
    first, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
    header = next(csv.reader(lines), [])
    if not first.startswith("# ") or DIVIDER not in header:
        raise CallError(
            f"{path}: expected a line `# source`, then a header of keys, {DIVIDER}, and scores, with commas"
        )
    rows = list(csv.DictReader(lines))
    if any(None in row or None in row.values() for row in rows):
        raise CallError(f"{path}: every row needs as many cells as the header, {len(header)}")
    at = header.index(DIVIDER)
    return PublishedScores(first[2:].strip(), tuple(header[:at]), tuple(header[at + 1 :]), tuple(rows))
