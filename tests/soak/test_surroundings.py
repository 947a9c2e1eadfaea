"""Every command that writes, on bad days: no room, no rights, few descriptors, odd names, a clock that jumps.

It succeeds, or ends with a short error; called again on a good day, it leaves what it would have left.
"""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from .commands import Command, every_command
from .conftest import Outcomes
from .place import LONGEST, Place, is_short_error

pytestmark = [pytest.mark.kill, pytest.mark.slow]


@dataclass(frozen=True)
class Condition:
    """What is done in the command's process before it begins, and the variables that differ; None: unset."""

    before: Callable[[], object] = lambda: None
    variables: tuple[tuple[str, str], ...] = ()


def files_up_to(size: int) -> Callable[[], object]:
    """No file may grow beyond this size, in bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def descriptors(count: int) -> Callable[[], object]:
    """No more files may be open at once."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


CONDITIONS = {
    "files-of-100-bytes": Condition(files_up_to(100)),
    "files-of-20-kB": Condition(files_up_to(20_000)),
    "24-descriptors": Condition(descriptors(24)),
    "no-home": Condition(variables=(("HOME", ""), ("XDG_CACHE_HOME", ""), ("XDG_CONFIG_HOME", ""))),
    "no-terminal-type": Condition(variables=(("TERM", ""), ("COLUMNS", "0"))),
    "ascii": Condition(variables=(("LC_ALL", "C"), ("PYTHONUTF8", "0"), ("PYTHONCOERCECLOCALE", "0"))),
}


@every_command
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_bad_day(command: Command, condition: str, place: Place, whole: Outcomes) -> None:
    day = CONDITIONS[condition]
    ill = Place(place.folder, dict(day.variables))
    process = ill.start(command.words(ill), day.before)
    _, errors = process.communicate(timeout=LONGEST)
    assert process.returncode == 0 or (process.returncode in (1, 2) and is_short_error(errors)), errors
    assert place.leftovers() == []
    place.call(command.words(place))
    assert command.outcome(place) == whole(command)


@pytest.mark.parametrize(
    "name",
    [
        "größer",
        "two words",
        "a\nnewline",
        "tab\there",
        "'quotes\"",
        "$HOME",
        "n" * 255,
        "-dash",
        "%s{0}",
        "日本",
    ],
)
@every_command
def test_folders_with_any_name(
    command: Command, name: str, place: Place, whole: Outcomes, tmp_path: Path
) -> None:
    odd = place.copy(tmp_path / name)
    odd.call(command.words(odd))
    assert command.outcome(odd) == whole(command)


@every_command
def test_folders_behind_a_link(command: Command, place: Place, whole: Outcomes, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(place.folder)
    linked = Place(tmp_path / "link")
    linked.call(command.words(linked))
    assert command.outcome(place) == whole(command)


@every_command
def test_a_clock_that_jumps_back(command: Command, place: Place, whole: Outcomes, tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "sitecustomize.py").write_text(JUMPING_CLOCK)
    path = os.pathsep.join([str(code), *filter(None, [os.environ.get("PYTHONPATH")])])
    late = Place(place.folder, {"PYTHONPATH": path})
    late.call(command.words(late))
    assert command.outcome(place) == whole(command)


JUMPING_CLOCK = """
import itertools, time
real, ticks = time.time, itertools.count()
time.time = lambda: real() - 7200 * (next(ticks) > 40)
"""


@every_command
@pytest.mark.skipif(shutil.which("setpriv") is None and os.geteuid() == 0, reason="root writes everywhere")
def test_folders_that_may_only_be_read(command: Command, place: Place, tmp_path: Path) -> None:
    folders = [place.folder, *(path for path in place.folder.rglob("*") if path.is_dir())]
    before = sorted(place.folder.rglob("*"))
    for folder in folders:
        folder.chmod(0o555)
    process = place.start(command.words(place), wrapped=WITHOUT_RIGHTS if os.geteuid() == 0 else ())
    _, errors = process.communicate(timeout=LONGEST)
    for folder in folders:
        folder.chmod(0o755)
    assert process.returncode in (1, 2)
    assert is_short_error(errors), errors
    assert sorted(place.folder.rglob("*")) == before


WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", "--")


@every_command
def test_a_reader_that_has_gone(command: Command, place: Place) -> None:
    process = place.start(command.words(place))
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    errors = process.stderr.read()
    process.wait(timeout=LONGEST)
    assert "Traceback" not in errors
    assert "unexpected" not in errors
    assert place.leftovers() == []
