"""config.yaml is the same, to the byte, as when reads of settings were recorded (stored_configs.yaml)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from .in_process import Place

STORED = yaml.safe_load(Path(__file__).with_name("stored_configs.yaml").read_text())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, dataroot: Path) -> Place:
    """A folder of runs for all calls, some of which go on from the first."""
    return Place(tmp_path_factory.mktemp("runs"), dataroot)


def configs(place: Place) -> dict[Path, str]:
    """The config.yaml of each run, without the line of its checksum."""
    texts = {path.parent: path.read_text() for path in sorted(place.runs.glob("[!.]*/config.yaml"))}
    return {
        run: "".join(line for line in text.splitlines(keepends=True) if line[0] != "#")
        for run, text in texts.items()
    }


@pytest.mark.parametrize("stored", STORED, ids=[one["call"] for one in STORED])
def test_config_yaml_is_what_it_was(stored: dict[str, list[str]], place: Place) -> None:
    before = configs(place)
    answer = place.fig(*stored["call"].split(), "--quiet", "--device", "cpu")
    assert answer.code == 0, answer.err
    written = [text for run, text in configs(place).items() if before.get(run) != text]
    assert written == stored["configs"]
