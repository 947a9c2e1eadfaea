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
def project(
    tmp_path: Path, dataroot: Path, docs_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """An empty project folder to be in; what its modules register is forgotten afterwards."""
    (tmp_path / ".omnifig.yml").write_text("name: theirs\nmodule: [disentcli.console]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISENTCLI_RUNS", str(docs_runs))
    monkeypatch.setenv("DISENTCLI_DATA", str(dataroot))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(catalog, "_modules", list(catalog._modules))
    before = set(sys.modules)
    with contextlib.redirect_stdout(io.StringIO()):
        yield tmp_path
    for key, component in list(registry._table.items()):
        if is_mine(component.__module__):
            del registry._table[key]
    for name in filter(is_mine, set(sys.modules) - before):
        del sys.modules[name]
    catalog._table.cache_clear()


def is_mine(module: str) -> bool:
    """Whether a module is one of a page's own files or blocks."""
    return module.partition(".")[0] in ("mine", "__main__")
