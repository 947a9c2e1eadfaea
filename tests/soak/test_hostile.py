"""What strangers made, through every command: nothing of it runs, nothing elsewhere is read or written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from ..conftest import FIG, command_environment
from ..console.forked import run_forked
from .audit import watch
from .hostile import FILES, RUNS, SECRET, make_outside, outside, run_of
from .place import TIMES, Place

OF_RUNS = [
    "eval --load one --ident new",
    "eval-metrics --metrics mig --points 200 --load one --ident new",
    "eval-multiple-metrics --metrics mig --points 200 --runs all",
    "encode --load one --out {out}/codes.npz",
    "figures --load one --only scatter,traversals --formats png",
    "figures --load one --only matrices --ident old",
    "report one --out {out}/one.html",
    "compare * --out {out}/table.csv",
    "compare one --out {out}/table.tex",
    "sample --load one --count 4 --out {out}/s.png",
    "traverse --load one --latents 0 --out {out}/t.gif",
    "reconstruct --load one --limit 4 --out {out}/r.png",
    "train --resume one --budget 22 --quiet",
    "train --load one --budget 2 --name child --quiet",
    "show --load one",
    "show {out}/own.yaml --args",
    "train {out}/own.yaml --budget 1 --quiet",
    "sweep train {out}/own.yaml --budget 1 --seeds 2 --dry-run",
    "list runs",
    "list configs",
    "study demo --status",
    "delete-run {run} --yes",
]
OF_FILES = [
    "eval-metrics eval/codes --codes {out}/own.npz --metrics mig --points 100 --out {out}/scores.json",
    "eval-metrics eval/codes --codes {out}/own.h5 --metrics mig --points 100 --out {out}/scores.json",
    "eval-metrics eval/codes --codes {out}/own.pt --metrics mig --points 100 --out {out}/scores.json",
    "train m/ae d/array --path {out}/own.npz --budget 1 --quiet",
    "train m/ae d/array --path {out}/own.pt --budget 1 --quiet",
    "train m/ae d/array --path {out}/own.npy --budget 1 --quiet",
    "train m/ae d/array --path {out}/own.h5 --budget 1 --quiet",
    "train m/ae a/dislib d/folder --path {out}/pictures --budget 1 --quiet",
    "show-data d/folder --path {out}/pictures --out {out}/data.png",
    "reconstruct --load one --images {out}/pictures --out {out}/r.png",
    "decode --load one --codes {out}/own.npz --out {out}/d.png",
]
SOME = 1 if TIMES == 1 else len(OF_RUNS)  # calls of each hostile run


@pytest.fixture
def place(trained: Place, tmp_path: Path) -> Place:
    """A copy of the run beside a folder that nobody names; calls are typed in a project of their own."""
    place = trained.copy(tmp_path / "place")
    place.project.mkdir()
    (place.project / ".omnifig.yml").write_text("name: user\nmodule: [disentcli.console]\n")
    make_outside(place)
    return place


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def check_call(place: Place, typed: str) -> None:
    """Call it, and look at what it has done."""
    names = {"out": place.out, "run": run_of(place).name}
    words = [word.format(**names) for word in typed.split()]
    report, before = place.folder / "report.txt", contents(outside(place))
    writable = [place.data, place.runs, place.out, place.project, *caches()]
    code, out, errors = run_forked(
        [str(FIG), *words],
        place.project,
        command_environment(place.data, place.runs),
        watch(report, writable, outside(place), place.folder / "temporary"),
    )
    assert code in (0, 1, 2), errors
    assert not re.search("Traceback|This is unexpected", errors), errors
    assert report.read_text() == "", f"{typed}: {report.read_text()}"
    assert contents(outside(place)) == before
    assert SECRET not in out + errors + " ".join(texts(place.out))
    assert "\x1b[2J" not in out + errors


def caches() -> list[Path]:
    """Where libraries keep what they compile."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [home, Path.home() / ".config" / "matplotlib", Path("/dev")]


def texts(folder: Path) -> Iterator[str]:
    return (path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file())


ROTATING = cycle(OF_RUNS)


@pytest.mark.parametrize(
    ("kind", "calls"), [(kind, [next(ROTATING) for _ in range(SOME)]) for kind in RUNS], ids=list(RUNS)
)
@pytest.mark.kill
def test_a_hostile_run(place: Place, tmp_path: Path, kind: str, calls: list[str]) -> None:
    for number, typed in enumerate(calls):
        own = place.copy(tmp_path / f"place{number}")
        RUNS[kind](own)
        check_call(own, typed)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.kill
def test_hostile_files(place: Place, kind: str) -> None:
    FILES[kind](place)
    for typed in OF_FILES:
        check_call(place, typed)


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (lambda folder: (folder / "x").write_text("x"), "changes"),
        (lambda folder: (folder / "secret.json").read_text(), "reads"),
        (lambda folder: os.rename(folder / "secret.json", folder / "moved"), "changes"),
        (lambda folder: os.system("true"), "os.system"),
        (lambda folder: exec(compile("1", str(folder / "payload.py"), "exec")), "payload.py"),
    ],
)
def test_the_watch_sees_what_it_is_for(place: Place, does: object, said: str) -> None:
    """Else no test here could fail."""
    report = place.folder / "report.txt"
    begin = watch(report, [place.out], outside(place), place.folder / "temporary")

    def before() -> None:
        begin()
        does(outside(place))  # type: ignore[operator]

    run_forked([str(FIG), "--version"], place.project, command_environment(place.data, place.runs), before)
    assert said in report.read_text()
