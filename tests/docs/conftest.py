"""A project of a reader's own, with a short run in it."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from disentcli import registry
from disentcli.registry import catalog

from ..commands.in_process import Place
from ..configs import trained


@pytest.fixture(scope="session")
def docs_runs(tmp_path_factory: pytest.TempPathFactory, dataroot: Path) -> Path:
    """A folder of runs with one: sprites_vae1_e-dislib_d-dislib, of ten steps, evaluated on a few images."""
    runs = tmp_path_factory.mktemp("docs_runs")
    trained("m/vae", "d/sprites32", data=dataroot, runs=runs)
    assert Place(runs, dataroot).fig("eval", "--load", "last", "--limit", 8, "--quiet").code == 0
    return runs


@pytest.fixture
def project(tmp_path: Path, dataroot: Path, docs_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty project folder to be in; what its modules register is forgotten afterwards."""
    (tmp_path / ".omnifig.yml").write_text("name: theirs\nmodule: [disentcli.console]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISENTCLI_RUNS", str(docs_runs))
    monkeypatch.setenv("DISENTCLI_DATA", str(dataroot))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_table", dict(registry._table))
    monkeypatch.setattr(catalog, "_modules", list(catalog._modules))
    before = set(sys.modules)
    with contextlib.redirect_stdout(io.StringIO()):
        yield tmp_path
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "mine":
            del sys.modules[name]
    catalog._table.cache_clear()
