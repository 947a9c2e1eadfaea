"""The `disentcli` command: new projects, calls outside of a project, and what an installed package brings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.console.conftest import FIG, REPOSITORY, Answer, call


def disentcli(*arguments: str, cwd: Path) -> Answer:
    return call(sys.executable, "-m", "disentcli.cli", *arguments, cwd=cwd)


def test_init_lays_out_a_project_in_which_fig_works(tmp_path: Path) -> None:
    done = disentcli("init", "mine", cwd=tmp_path)
    assert done.code == 0, done.err
    folder = tmp_path / "mine"
    assert {".omnifig.yml", "README.md", "my_methods.py", "config", "local_data", "trained_nets"} <= {
        path.name for path in folder.iterdir()
    }
    listed = call(FIG, "list", "configs", "m/", cwd=folder).out
    assert "m/vae" in listed  # installed
    assert "m/example" in listed  # the folder's own
    assert "An autoencoder with a penalty" in call(FIG, "list", "methods", "example", cwd=folder).out


def test_the_folders_own_configs_win(tmp_path: Path) -> None:
    disentcli("init", ".", cwd=tmp_path)
    (tmp_path / "config/m/vae.yaml").write_text("# Mine, not theirs\nmodel: {_type: vae}\n")
    listed = call(FIG, "list", "configs", "m/vae", cwd=tmp_path).out
    assert "Mine, not theirs" in listed
    assert "Kingma" not in listed


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("precious")
    answer = disentcli("init", ".", cwd=tmp_path)
    assert answer.code == 2
    assert "README.md" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize("arguments", [("init",), ("init", "a", "b")])
def test_init_takes_one_folder(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answer = disentcli(*arguments, cwd=tmp_path)
    assert answer.code == 2
    assert "disentcli init DIR" in answer.err


def test_outside_of_a_project_the_way_in_is_said(tmp_path: Path) -> None:
    answer = disentcli("train", "m/vae", cwd=tmp_path)
    assert answer.code == 2
    assert "disentcli init" in answer.err
    assert "Traceback" not in answer.err
    assert disentcli("--version", cwd=tmp_path).out.startswith("disentcli ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name: [broken\n", ".omnifig.yml, line"),
        ("name: other\n", "module: [disentcli.console]"),
        ("- a\n", "key: value"),
    ],
)
def test_a_project_file_that_cannot_be_used_is_named(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / ".omnifig.yml").write_text(content)
    answer = disentcli("train", cwd=tmp_path)
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel holds it, installed into a folder of its own."""
    pytest.importorskip("setuptools")
    target = tmp_path_factory.mktemp("installed")
    source = tmp_path_factory.mktemp("source")
    for name in ("setup.py", "setup.cfg", "pyproject.toml", "LICENSE", "disentcli", "config"):
        (source / name).symlink_to(REPOSITORY / name)
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--target", str(target)]
    done = call(sys.executable, "-m", "pip", "install", "-q", *options, str(source), cwd=source)
    assert done.code == 0, done.err
    return target


def test_an_installed_package_brings_all_configs_and_modules(installed: Path) -> None:
    parts = [("config", "yaml", "disentcli/config/files")]
    parts += [("disentcli", suffix, "disentcli") for suffix in ("py", "css", "js")]
    for folder, suffix, inside in parts:
        ours = {path.relative_to(REPOSITORY / folder) for path in (REPOSITORY / folder).rglob(f"*.{suffix}")}
        assert ours == {
            path.relative_to(installed / inside) for path in (installed / inside).rglob(f"*.{suffix}")
        }


def test_an_installed_command_finds_its_configs(installed: Path, tmp_path: Path) -> None:
    program = str(installed / "bin/disentcli")
    assert call(program, "init", "new", cwd=tmp_path, PYTHONPATH=str(installed)).code == 0
    answer = call(program, "list", "configs", cwd=tmp_path / "new", PYTHONPATH=str(installed))
    assert "a/d/strc/12" in answer.out, answer.err
