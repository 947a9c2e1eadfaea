"""Components read from their source, and looked up by kind and name."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from disentcli import registry
from disentcli.config.root_settings import ROOT
from disentcli.errors import CallError
from disentcli.registry import catalog, discovery, source_parser
from disentcli.registry.catalog import Parameter
from tests.console.conftest import REPOSITORY, environment

SOURCE = '''
from dataclasses import dataclass, field
from typing import ClassVar
from disentcli import registry
from disentcli.registry import encoder, metric
from disentcli.config.root_settings import Setting

TAKES = "names"
SETTINGS = ("seed", Setting("speed", int, 3, help="fast"))


@encoder("plain")
class Plain:
    """First line.

    Second paragraph.
    """

    def __init__(self, a: int, *, b: dict[str, int] | None = None, c=1 + 1) -> None: ...


@registry.encoder("dashed-name")
@dataclass
class Data(Plain):
    shared: ClassVar[int] = 1
    d: float = 0.5


@encoder("heir")
class Heir(Plain):
    pass


@metric("both")
@metric("twice")
def scored(codes, /, factors, *, bins: int = 20): ...


@registry.script("go")
def go(settings):
    """Goes."""


def helper():
    @encoder("hidden")
    class Hidden: ...
'''


@pytest.fixture
def found(tmp_path: Path) -> dict[str, catalog.Entry]:
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return {entry.name: entry for entry in discovery.parse("mine", path)}


def test_decorators_with_a_literal_name_at_the_top_level_count(found: dict[str, catalog.Entry]) -> None:
    assert set(found) == {"plain", "dashed-name", "heir", "both", "twice", "go"}


def test_arguments_are_read_as_they_are_spelt(found: dict[str, catalog.Entry]) -> None:
    assert found["plain"].summary == "First line."
    assert found["plain"].parameters == (
        Parameter("a", "int"),
        Parameter("b", "dict[str, int] | None", "None"),
        Parameter("c", "", "1 + 1"),
    )
    assert [one.is_data for one in found["plain"].parameters] == [False, True, False]
    assert [one.name for one in found["both"].parameters] == ["codes", "factors", "bins"]


def test_a_dataclass_has_its_fields_and_an_heir_its_bases_arguments(found: dict[str, catalog.Entry]) -> None:
    assert [one.name for one in found["dashed-name"].parameters] == ["a", "b", "c", "d"]
    assert found["heir"].parameters == found["plain"].parameters


def test_a_script_tells_its_settings_and_what_its_words_are(found: dict[str, catalog.Entry]) -> None:
    assert found["go"].script.takes == "names"
    assert found["go"].script.settings == ("seed", ("'speed'", "int", "3", "'fast'"))


def test_a_changed_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "changing.py"
    for name in ("one", "other"):
        path.write_text(f"from disentcli.registry import latent\n\n@latent('{name}')\ndef f(): ...\n")
        assert [entry.name for entry in discovery.scan(["changing"])] == [name]
        assert [entry.name for entry in discovery.scan(["changing"])] == [name]


def test_two_checkouts_do_not_undo_each_others_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    here = Path(str(source_parser.__file__))
    there = tmp_path / "source_parser.py"
    there.write_bytes(here.read_bytes())
    parsed = []
    monkeypatch.setattr(discovery, "parse", lambda *file: [parsed.append(file)][1:])
    for checkout, files in ((here, 1), (there, 2), (here, 2), (there, 2)):
        monkeypatch.setattr(source_parser, "__file__", str(checkout))
        discovery.scan(["disentcli.errors"])
        assert len(parsed) == files


def test_files_below_a_folder_are_those_that_pathlib_finds(tmp_path: Path) -> None:
    for name in ("b.py", "b/z.py", "b/c/a.py", "b-c/a.py", "a.pyc", "a.yaml", ".hidden/x.py", "B.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    expected = [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*.py"))]
    assert len(expected) == 6
    assert discovery.files_below(tmp_path, ".py") == expected
    assert discovery.files_below(tmp_path, ".yaml", ".yml") == ["a.yaml"]
    assert discovery.files_below(tmp_path / "missing", ".py") == []


def test_an_unwritable_cache_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert discovery.scan(["disentcli"])


def test_every_component_of_ours_is_what_its_source_says() -> None:
    """The scan agrees with Python's own inspection of the imported thing."""
    for entry in catalog.entries():
        signature = inspect.signature(catalog.resolve(entry.kind, entry.name))
        assert [one.name for one in entry.parameters] == list(signature.parameters), entry
        for one in entry.parameters:
            assert (one.default is None) == (
                signature.parameters[one.name].default is inspect.Parameter.empty
            )
        assert entry.summary, f"{entry.qualname} has no docstring"


def test_every_setting_that_a_script_names_is_in_the_table() -> None:
    for entry in catalog.entries("script"):
        assert {row for row in entry.script.settings if isinstance(row, str)} <= set(ROOT), entry.name


def test_names_are_found_with_dash_or_underscore() -> None:
    assert catalog.find("script", "delete_run").name == "delete-run"
    with pytest.raises(CallError, match="unknown script 'delete-runs'; did you mean delete-run"):
        catalog.find("script", "delete-runs")


def test_what_is_registered_by_hand_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_table", dict(registry._table))

    @registry.latent("by-hand")
    def by_hand(latent_dim: int = 3) -> int:
        """Made in a notebook."""
        return latent_dim

    assert catalog.find("latent", "by-hand").summary == "Made in a notebook."
    assert catalog.resolve("latent", "by-hand") is by_hand


def test_the_scan_imports_nothing() -> None:
    program = (
        "import sys; from disentcli.registry import catalog; catalog.entries(); print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=environment(), capture_output=True, text=True
    )
    assert done.stdout == "False\n"
