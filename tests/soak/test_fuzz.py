"""Calls and files by chance: no traceback, no hang, nothing left behind, a short message for what is wrong.

DISENTCLI_SOAK=N makes 350 · N calls instead of 60.
"""

from __future__ import annotations

import random
import resource
import signal
from pathlib import Path

import numpy as np
import pytest

from ..commands import in_process
from ..conftest import FIG, command_environment
from ..console.forked import run_forked
from .fuzzing import SMALL, damaged_call, restore, wrong_call
from .place import LINES, TIMES, Place

CALLS = 60 if TIMES == 1 else 350 * TIMES
SECONDS = 60  # of one call
MEMORY = 12 << 30  # bytes of one call


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A run of vectors with scores and a figure, a codes file and a config."""
    place = Place(tmp_path_factory.mktemp("original"))
    place.out.mkdir()
    place.project.mkdir()
    (place.project / ".omnifig.yml").write_text("name: fuzzed\nmodule: [disentcli.console]\n")
    here = in_process.Place(place.runs, place.data)
    for call in (
        f"train m/vae d/vec {SMALL} --budget 20 --checkpoint.freq 10 --name one",
        "eval-metrics --metrics mig --points 200 --load one --ident old",
        "figures --load one --only scatter --formats png",
    ):
        answer = here.fig(*call.split())
        assert answer.code == 0, answer.err
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 4, (300, 3))
    np.savez(place.out / "own.npz", codes=factors + 0.1 * rng.normal(size=factors.shape), factors=factors)
    (place.out / "own.yaml").write_text("_base: [m/vae, d/vec]\nbudget: 3\n")
    return place


def fig(place: Place, words: list[str]) -> tuple[int, str]:
    """Exit code and stderr of a call in a fork of this process, within bounds of time and memory."""
    names = {"{out}": place.out, "{codes}": place.out / "own.npz", "{config}": place.out / "own.yaml"}
    typed = list(words)
    for name, path in names.items():
        typed = [word.replace(name, str(path)) for word in typed]

    def bounded() -> None:
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    variables = command_environment(place.data, place.runs)
    code, _, errors = run_forked([str(FIG), *typed], place.project, variables, bounded)
    return code, errors


def entries(place: Place) -> set[str]:
    return {path.name for folder in (place.runs, place.project) for path in folder.iterdir()}


def complaint(place: Place, code: int, errors: str, before: set[str]) -> str:
    """What is wrong about how a call ended, or ""."""
    lines = errors.strip().splitlines()
    if code == -signal.SIGALRM:
        return "it hangs"
    if code not in (0, 1, 2):
        return f"exit code {code}"
    if "Traceback" in errors or "This is unexpected" in errors:
        return "a traceback, or said to be a bug"
    if code and not lines:
        return "no message"
    if code and len([line for line in lines if not line.startswith("warning")]) > LINES:
        return f"{len(lines)} lines"
    if code == 2 and entries(place) != before:
        return f"left behind: {sorted(entries(place) ^ before)}"
    return ", ".join(place.leftovers())


@pytest.mark.kill
@pytest.mark.parametrize("kind", ["calls", "files"])
def test_by_chance(original: Place, tmp_path: Path, kind: str) -> None:
    place = original.copy(tmp_path / "place")
    complaints = []
    for number in range(CALLS // 2):
        rng = random.Random(f"{kind} {number}")
        words, done = (wrong_call(rng), "") if kind == "calls" else damaged_call(place, rng)
        before = entries(place)
        code, errors = fig(place, words)
        if wrong := complaint(place, code, errors, before):
            complaints.append(
                f"{kind} {number}: {' '.join(words)} [{done}]: {wrong}\n    {errors.strip()[:600]}"
            )
        restore(place, original)
    assert not complaints, f"{len(complaints)} of {CALLS // 2}:\n" + "\n".join(complaints)
