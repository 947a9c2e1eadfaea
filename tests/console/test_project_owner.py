"""A project above the current folder is loaded if it is one's own, or trusted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from disentcli.console.project_owner import TRUSTED, check_owner
from disentcli.errors import CallError

from ..test_cli import DISENTCLI
from .conftest import FIG, call


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of this user, with a folder in it."""
    (tmp_path / "inside").mkdir()
    return tmp_path


@pytest.fixture
def of_another(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, of another user than the one who calls."""
    owner = root.stat().st_uid
    if owner == 0:
        os.chown(root, 4321, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    return root


def test_ones_own_project_is_loaded(root: Path) -> None:
    check_owner(root, root / "inside")


def test_another_users_project_above_is_not_loaded(of_another: Path) -> None:
    with pytest.raises(CallError, match=rf"belongs to another user.*\n.*export {TRUSTED}="):
        check_owner(of_another, of_another / "inside")


def test_it_is_loaded_where_one_has_gone_to_it_or_trusts_it(
    of_another: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TRUSTED, os.pathsep.join(["/nowhere", str(of_another)]))
    check_owner(of_another, of_another / "inside")
    monkeypatch.delenv(TRUSTED)
    check_owner(of_another, of_another)


def test_fig_says_so(of_another: Path) -> None:
    if of_another.stat().st_uid != 4321:
        pytest.skip("only root can give a folder away")
    (of_another / ".omnifig.yml").write_text("name: p\nmodule: [disentcli.console, evil]\n")
    (of_another / "evil.py").write_text(f"open({str(of_another / 'MARK')!r}, 'w')\n")
    for command in (FIG, DISENTCLI):
        answer = call(command, "list", "methods", cwd=of_another / "inside", PWD=str(of_another / "inside"))
        assert answer.code == 2
        assert "belongs to another user" in answer.err
    assert not (of_another / "MARK").exists()
