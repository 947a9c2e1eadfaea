"""A place with one trained and evaluated run, from which each test begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ..commands import in_process
from .commands import ONE, VAE, Command, Outcome
from .place import Place

Outcomes = Callable[[Command], Outcome]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One run of a VAE and its scores; copies of it are worked in."""
    place = Place(tmp_path_factory.mktemp("trained"))
    place.out.mkdir()
    here = in_process.Place(place.runs, place.data)
    for call in (
        f"train {VAE} --budget 20 --name {ONE}",
        f"eval-metrics --metrics mig --points 200 --load {ONE} --ident old",
    ):
        answer = here.fig(*call.split(), "--device", "cpu")
        assert answer.code == 0, answer.err
    return place


@pytest.fixture
def place(trained: Place, tmp_path: Path) -> Place:
    """A copy of it."""
    return trained.copy(tmp_path / "place")


@pytest.fixture(scope="session")
def whole(trained: Place, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """What a call of a command leaves on a good day."""
    found: dict[str, Outcome] = {}

    def outcome(command: Command) -> Outcome:
        if command.name not in found:
            place = trained.copy(tmp_path_factory.mktemp("whole") / "place")
            place.call(command.words(place))
            found[command.name] = command.outcome(place)
        return found[command.name]

    return outcome
