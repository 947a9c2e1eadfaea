"""The studies that run the published lists of commands: which runs there are, and for how many steps."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from disentcli.config.config_store import ConfigStore
from disentcli.experiment.dry_run import check_command

from ..commands.in_process import Place
from ..configs import LIBRARY

# the study, its runs, and of some of them (by words of theirs) the published steps without incomplete batches
STUDIES = {
    "study/role": (18, {"role/vae paper/role/dsprites/sqr2tx": 288_000, "factorvae50 …/sqr2tx": 144_000}),
    "study/role-3ds": (30, {"beta8 paper/role/3ds/missing_fh": 112_500, "factorvae …/missing_fh": 56_250}),
    "study/role-mpi": (30, {"beta12 paper/role/mpi/horz_gt20": 243_000, "factorvae100 …/horz_gt20": 121_500}),
    "study/lost-composition": (5, {"composition-wae paper/lost/dsprites/sqr2tx": 960_000}),
    "study/lost-composition-3ds": (37, {"composition …/shape2ohue": 656_200, "composition-sbd4 …": 528_000}),
    "study/lost-composition-mpi": (
        14,
        {"composition …/cyl2hx": 742_500, "composition-wae …/cyl2vx-": 47_200},
    ),
    "study/lost-composition-all": (17, {"composition …/mpi/": 540_000, "composition-wae …/mpi/": 2_160_000}),
    "study/lost-controls": (10, {"composition …/sqr2tx_flnk": 960_000, "composition-wae …": 47_200}),
    "study/lost-spriteworld": (12, {"composition …/circles/corner": 4_800}),
    "study/lost-alternatives": (15, {"lost/cascade …/sqr2tx": 384_000, "lost/lievae …": 240_000}),
    "study/lost-alternatives-3ds": (8, {"lievae-3ds …/fhue2whue": 165_000}),
    "study/lost-alternatives-lambda": (5, {"cascade4 …/3ds/all": 450_000}),
    "study/lost-alternatives-all": (10, {"lost/cascade …/all": 345_600, "lost/lievae …/all": 144_000}),
    "study/lost-supervised": (9, {"supervised …/ell2tx-sparse": 124_800, "supervised …/cyl2vx-": 18_900}),
    "study/lost-retrain": (6, {"composition …/sqr2tx": 960_000}),
    "study/role-decoders": (11, {"decoder …/sqr2tx": 5_000, "decoder-deep-bn …/3ds/missing_fh": 5_000}),
    "study/lost-disent": (8, {"lost/vae": 810_000, "wae-mmd-legacy": 810_000}),
}


@pytest.fixture(scope="module")
def library() -> ConfigStore:
    return ConfigStore({}, Path.cwd())


def planned(study: str, place: Place) -> list[list[str]]:
    """The words behind `fig` of every run that a dry run of the study lists."""
    listed = place.fig("sweep", study, "--dry-run")
    assert listed.code == 0, listed.err
    lines = [line.partition("fig ")[2] for line in listed.out.splitlines() if line.startswith("train ")]
    return [shlex.split(line) for line in lines]


@pytest.mark.parametrize(("study", "runs", "steps"), [(name, *row) for name, row in STUDIES.items()])
def test_a_study_lists_its_runs_and_each_is_right(
    study: str, runs: int, steps: dict[str, int], tmp_path: Path, library: ConfigStore
) -> None:
    (tmp_path / ".omnifig.yml").write_text("name: theirs\nmodule: [disentcli.console]\n")
    commands = planned(study, Place(tmp_path / "trained_nets", tmp_path / "local_data", tmp_path))
    assert len(commands) == runs
    first = [" ".join(words) for words in commands if "--load" not in words]  # later stages look alike
    assert len(first) == len(set(first))
    for wanted, budget in steps.items():
        start, _, end = (one.strip() for one in wanted.partition("…"))
        these = [words for words in commands if f"{start} " in " ".join(words) and end in " ".join(words)]
        assert these, wanted
        assert {int(check_command(words, library).get("budget")) for words in these[:2]} == {budget}, wanted


def test_every_study_of_these_papers_is_in_the_table() -> None:
    ours = [name for name in LIBRARY.paths if name.startswith(("study/lost-", "study/role"))]
    assert set(ours) == {*STUDIES}
