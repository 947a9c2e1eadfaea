"""What the README and the docs tell people to type exists: scripts, configs, keys and values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from disentcli.cli import completion_script
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.config_store import ConfigStore
from disentcli.config.settings import Settings
from disentcli.config.unknown_keys import check_known
from disentcli.console.argv import parse
from disentcli.data.download.index import all_published
from disentcli.errors import CallError
from disentcli.experiment.dry_run import check_command
from disentcli.registry import catalog
from disentcli.scripts.list import TOPICS
from disentcli.scripts.show import describe_network
from disentcli.scripts.sweep import sweep

from ..configs import LIBRARY
from .pages import (
    PAGES,
    README,
    Command,
    blocks,
    commands,
    config_paths,
    inline_commands,
    our_prose,
    shown,
)
from .test_their_commands import TYPED

IN_TEXT = [one for page in PAGES for one in inline_commands(page)]
OWN = {page for page in PAGES if any(block.file for block in blocks(page))}  # pages with configs of their own
FOUND = [*(one for page in PAGES for one in commands(page)), *IN_TEXT]
ALL = [*{(one.words, one.printed[:6], one.page in OWN and one.page): one for one in FOUND}.values()]
NAMED = [one for one in IN_TEXT if not any(re.match(r"--|[a-z]+/", word) for word in one.words)]  # no calls
WITH_MODULE = [one for one in ALL if "--module" in one.words]  # test_python_blocks.py runs these
REFUSED = [one for one in ALL if one.printed.startswith("error:")]  # test_refusals.py makes these
LEFT_OUT = {*WITH_MODULE, *REFUSED, *NAMED}
CHECKED = [one for one in ALL if one.words[0] != "init" and one not in LEFT_OUT]
NEEDS_FILES = {"--resume", "--load", "--shared", "--path"}  # the network of these needs a run or a file
TRAININGS = [
    one
    for one in CHECKED
    if one.words[0] == "train" and not one.words[1].startswith("--") and not NEEDS_FILES & {*one.words}
    if one.words not in TYPED  # test_their_commands.py trains these
]
NOT_HERE = re.compile("no CUDA device here|cannot be imported")  # refused last: all before it was right
CONSOLES = ("module", "debug", "version", "help", "key")
PLACEHOLDER = re.compile(r"[a-z]+/[A-Z]+")  # d/NAME


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ConfigStore:
    """The configs that a call of this page can name: the installed ones and the page's own."""
    return ConfigStore(config_paths(request.getfixturevalue("command").page, tmp_path), tmp_path)


def test_there_are_commands_and_every_script_is_shown() -> None:
    scripts = {entry.name for entry in catalog.entries("script")}
    assert len(CHECKED) > 80
    used = {one.words[0] for one in ALL} - {"init", "-h", "SCRIPT"}
    assert used == scripts


@pytest.mark.parametrize("command", CHECKED, ids=str)
def test_every_command_is_right_by_itself(
    command: Command, store: ConfigStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISENTCLI_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("disentcli.evaluation.frechet.load_inception", lambda path, dimension: None)
    if "ray" in command.words:
        pytest.importorskip("ray", reason="the extra ray is not installed")
    if command.words[0] == "sweep":
        _dry_run(command, store)
        return
    words = [word for word in command.words if not PLACEHOLDER.fullmatch(word)]
    if words[0] == "show" and "--load" not in words:  # of what a training would have
        words[0] = "train"
    if words[0] == "train" and words[1].startswith("--") and not {*words} & {"--resume", "--load"}:
        check_known(
            [ConfigLayer(parse(words).arguments, COMMAND_LINE)]
        )  # an option, with the configs left out
        return
    if words[0] == "compare" and "--metrics" in words:  # names metrics of results, single scores too
        at = words.index("--metrics")
        del words[at : at + 2]
    try:
        settings = check_command(words, store)
    except CallError as error:
        if NOT_HERE.search(str(error)):
            return
        raise
    if settings.script == "list" and settings.words:
        assert settings.words[0] in TOPICS
    if settings.script == "download-dataset":
        known = {name for source in all_published() for name in (source, source.partition("_")[0])}
        assert set(settings.words) <= known | {"NAME"}


def _dry_run(command: Command, store: ConfigStore) -> None:
    """A sweep checks each of its runs, and what is called then, before the first."""
    words = [*command.words, *([] if "--dry-run" in command.words else ["--dry-run"])]
    call = parse(["" if word == "RUN" else word for word in words if word != "--shared"])
    layers = [ConfigLayer(call.arguments, COMMAND_LINE)]
    settings = Settings(
        layers,
        script="sweep",
        words=[*filter(None, call.positionals)],
        argv=call.argv,
        root=store.root,
        library=store,
    )
    assert sweep(settings) == 0


@pytest.mark.parametrize("command", TRAININGS, ids=str)
def test_every_training_resolves_to_a_network(command: Command, store: ConfigStore) -> None:
    call = parse(command.words)
    for key in ("seeds", "grid"):
        call.arguments.pop(key, None)
    layers = [ConfigLayer(call.arguments, COMMAND_LINE), *store.lineage(*call.positionals)]
    check_known(layers)
    _, network = describe_network(Settings(layers, script="train"))
    assert re.search(r"\d parameters: ", network)


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name != "coming-from"], ids=shown)
def test_every_config_and_option_in_the_text_exists(page: Path, tmp_path: Path) -> None:
    text, own = our_prose(page), config_paths(page, tmp_path)
    named = set(re.findall(r"`((?:a|d|m|l|eval|split|view|ex|semi|optim|paper|study)/[a-z0-9_/-]+)`", text))
    assert not {name for name in named if name not in LIBRARY.paths and name not in own}
    code = "".join(block.text for block in blocks(page) if block.file)
    for option in set(re.findall(r"`--([a-z][a-z0-9.-]*[a-z0-9])(?=[ `=,|])", text)) - {*CONSOLES}:
        if option.rpartition(".")[2].replace("-", "_") not in code:  # an argument of the page's own component
            check_known([ConfigLayer(parse([f"--{option}=1"]).arguments, COMMAND_LINE)])


def test_disentcli_is_called_for_what_it_does_beside_fig() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(re.findall(r"(?:`|\(|^\$ )disentcli ([a-z]+)", text, re.MULTILINE)) <= {"init", "completion"}
    assert completion_script(["bash"])


def test_the_readme_counts_what_there_is() -> None:
    text = README.read_text(encoding="utf-8")
    counted = {
        kind: len(catalog.entries(kind)) for kind in ("method", "latent", "dataset", "metric", "figure")
    }
    counted["encoders and decoder"] = len(catalog.entries("encoder")) + len(catalog.entries("decoder"))
    counted["config"] = len(LIBRARY.paths)
    shown_counts = dict(re.findall(r"^\| \[?([a-z ]+)s\]?(?:\([^)]*\))? \| (\d+) \|", text, re.MULTILINE))
    assert shown_counts == {kind: str(count) for kind, count in counted.items()}


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150
