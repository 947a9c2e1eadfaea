"""A project above the current folder is loaded if it is one's own, or trusted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from disentcli.console.project_owner import TRUSTED, check_owner
from disentcli.errors import CallError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of this user, seen from a folder in it."""
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
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
    check_owner(root)


def test_another_users_project_above_is_not_loaded(of_another: Path) -> None:
    with pytest.raises(CallError, match=f"belongs to another user.*\n.*export {TRUSTED}="):
        check_owner(of_another)


def test_it_is_loaded_where_one_has_gone_to_it_or_trusts_it(
    of_another: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TRUSTED, os.pathsep.join(["/nowhere", str(of_another)]))
    check_owner(of_another)
    monkeypatch.delenv(TRUSTED)
    monkeypatch.chdir(of_another)
    check_owner(of_another)
