"""What the README tells people to type exists: its scripts, configs and keys."""

from __future__ import annotations

import re
import shlex

import pytest

from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.config.unknown_keys import check
from disentcli.console.argv import parse
from disentcli.registry import catalog
from disentcli.scripts.show import describe_network

from ..configs import sheets
from ..conftest import PROJECT, Fig

TEXT = (PROJECT / "README.md").read_text(encoding="utf-8")
LINES = sorted(set(re.findall(r"(?:^|`|\$ )fig ([a-z][^`#\n…]*)", TEXT, re.MULTILINE)))
TRAININGS = sorted(
    {
        line.removeprefix("train ").strip()
        for line in LINES
        if re.match(r"train .*(d/|demo)", line) and not re.search(r"--(resume|load|module|path)", line)
    }
)


def test_every_script_exists() -> None:
    scripts = {entry.name for entry in catalog.entries("script")}
    assert len(LINES) > 15
    assert {line.split()[0] for line in LINES} <= scripts


@pytest.mark.parametrize("words", TRAININGS)
def test_every_training_resolves_to_a_network(words: str) -> None:
    call = parse(["train", *shlex.split(words)])
    stacked = [ConfigLayer(call.arguments, COMMAND_LINE), *sheets(*call.positionals)]
    check(stacked)
    _, network = describe_network(Settings(stacked, script="train"))
    assert re.search(r" parameters: (latent [\d,]+, )?encoder ", network)


def test_every_config_in_the_tables_exists(fig: Fig) -> None:
    named = set(re.findall(r"`((?:a|d|m|eval|split|view|ex)/[a-z0-9_/-]+)`", TEXT))
    listed = fig("list", "configs").stdout
    assert named
    assert not [name for name in named if f"{name} " not in listed]
