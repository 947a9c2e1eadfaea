"""Published scores: the numbers of the paper, which rows fit runs, and files that are written wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from disentcli.errors import CallError
from disentcli.registry import catalog
from disentcli.tables.published_scores import FOLDER, read_published

TRAIN, HELD_OUT = (f"reconstruction_by_part.{part}.nll_per_image" for part in ("train", "held_out"))


def test_the_numbers_are_those_of_the_paper() -> None:
    found = read_published("role-2021").fitting([{"dataset": "sprites", "split": "sqr2tx"}])
    rows = found.cells(["method", "reg_wt"], [TRAIN, f"mine {HELD_OUT}", "dci.disentanglement"])
    assert ["vae", "1", "1", "18.82", "200.36", "0.278"] in rows
    assert ["vae", "12", "1", "54.21", "154.90", "0.503"] in rows
    assert ["factorvae", "100", "1", "57.40", "100.61", "0.612"] in rows
    assert ["decoder", "–", "1", "46.83", "138.97", "–"] in rows
    assert len(rows) == 7


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.csv")), ids=lambda path: path.stem)
def test_every_table_names_its_source_and_known_datasets_methods_and_scores(path: Path) -> None:
    found = read_published(path.stem)
    assert any(year in found.source for year in ("2021", "2022"))
    datasets = {entry.name for entry in catalog.entries("dataset")}
    metrics = {entry.name for entry in catalog.entries("metric")}
    for row in found.rows:
        assert {*row["dataset"].split()} <= datasets
        for score in found.scores:
            assert score.partition(".")[0] in metrics
            assert row[score] == "" or float(row[score]) >= 0
    every = [tuple(row[key] for key in found.keys) for row in found.rows]
    assert len(set(every)) == len(every)


def test_only_rows_of_the_same_data_and_split_are_shown() -> None:
    found = read_published("role-2021")
    both = [{"dataset": "dsprites", "split": "blank_side"}, {"dataset": "room", "split": "shape2ohue"}]
    assert len(found.fitting(both).rows) == 14
    assert not found.fitting([{"dataset": "room", "split": "sqr2tx"}]).rows
    assert not found.fitting([{"dataset": "vec", "split": "standard"}]).rows


def test_a_file_of_ones_own_is_read_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("# A paper, 2020\nmethod,seeds,mig\nvae,3,0.5\n")
    found = read_published(str(path))
    assert (found.source, found.keys, found.scores) == ("A paper, 2020", ("method",), ("mig",))
    assert found.fitting([{"dataset": "any", "split": "any"}]).cells(["method"], ["mig"]) == [
        ["vae", "3", "0.5"]
    ]
    path.write_text("method,seeds,mig\nvae,3,0.5\n")
    with pytest.raises(CallError, match="expected a line `# source`"):
        read_published(str(path))
    path.write_text("# A paper, 2020\nmethod,seeds,mig\nvae,3\n")
    with pytest.raises(CallError, match="as many cells as the header, 3"):
        read_published(str(path))
    with pytest.raises(CallError, match=r"unknown table 'role-2020'; did you mean role-2021"):
        read_published("role-2020")
