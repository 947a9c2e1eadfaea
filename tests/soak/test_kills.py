"""kill -9 at random moments of every command that writes: called again, it leaves what a whole call leaves.

DISENTCLI_SOAK=N kills N times a command instead of once.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from .commands import Command, every_command
from .place import LONGEST, TIMES, Place, is_short_error

pytestmark = pytest.mark.kill

ALSO_TWICE = ("train", "train-many")  # commands of which two calls make two runs


@every_command
def test_killed_and_called_again(command: Command, place: Place, tmp_path: Path) -> None:
    whole = place.copy(tmp_path / "whole")
    seconds = whole.call(command.words(whole))
    wanted = command.outcome(whole)
    assert wanted or command.name == "delete-run"
    rng = random.Random(f"{command.name} {TIMES}")
    for _ in range(TIMES):
        killed(place, command, rng.uniform(0.3, 1.0) * seconds)
    place.call(command.words(place))
    assert command.outcome(place) == wanted
    assert place.leftovers() == []


def killed(place: Place, command: Command, seconds: float) -> None:
    """Kill the call, and all that it has started, after so many seconds; it may have ended before."""
    process = place.start(command.words(place))
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), errors


@every_command
@pytest.mark.slow
def test_asked_to_stop_and_called_again(command: Command, place: Place, tmp_path: Path) -> None:
    whole = place.copy(tmp_path / "whole")
    seconds = whole.call(command.words(whole))
    rng = random.Random(command.name)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        process = place.start(command.words(place))
        time.sleep(rng.uniform(0.5, 1.0) * seconds)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode in (0, 128 + number, -number), errors
        assert (
            "Traceback" not in errors.split("Exception ignored")[0]
        )  # Ctrl-C in a weak reference's callback
    place.call(command.words(place))
    assert command.outcome(place) == command.outcome(whole)
    assert place.leftovers() == []


@every_command
@pytest.mark.slow
def test_twice_at_once(command: Command, place: Place, tmp_path: Path) -> None:
    """Each ends well or says in short that the other is at it; together they leave what one leaves."""
    whole = place.copy(tmp_path / "whole")
    whole.call(command.words(whole))
    words = command.words(place)
    both = [place.start(words) for _ in range(2)]
    ends = [(process.communicate(timeout=LONGEST)[1], process.returncode) for process in both]
    assert any(code == 0 for _, code in ends), ends
    for errors, code in ends:
        assert code == 0 or is_short_error(errors), errors
    assert place.leftovers() == []
    if command.name not in ALSO_TWICE:
        assert command.outcome(place) == command.outcome(whole)
