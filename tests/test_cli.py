"""The `disentcli` command: new projects and calls outside of a project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.console.conftest import FIG, Answer, call, forked

DISENTCLI = str(Path(FIG).with_name("disentcli"))


def disentcli(*arguments: str, cwd: Path) -> Answer:
    return forked(DISENTCLI, *arguments, cwd=cwd)


def test_init_lays_out_a_project_in_which_fig_works(tmp_path: Path) -> None:
    """Each call a process of its own."""
    done = call(sys.executable, "-m", "disentcli.cli", "init", "mine", cwd=tmp_path)
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
    listed = forked(FIG, "list", "configs", "m/vae", cwd=tmp_path).out
    assert "Mine, not theirs" in listed
    assert "Kingma" not in listed


@pytest.mark.parametrize(
    ("folder", "after"),
    [
        (".", "fig -h"),
        ("mine", "cd mine && fig -h"),
        ("my own", "cd 'my own' && fig -h"),
        ("../here", "fig -h"),
    ],
)
def test_init_says_what_to_type_next(tmp_path: Path, folder: str, after: str) -> None:
    (tmp_path / "here").mkdir()
    assert disentcli("init", folder, cwd=tmp_path / "here").out.endswith(f"\nNext: {after}\n")


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


def fig_of_the_package(*arguments: str, cwd: Path) -> Answer:
    """The `fig` that is installed with disentcli, in a process of its own."""
    code = "import sys; from disentcli.cli import installed_fig; sys.exit(installed_fig())"
    return call(sys.executable, "-c", code, *arguments, cwd=cwd)


@pytest.mark.parametrize(
    "arguments", [(), ("-h",), ("train", "-h"), ("list", "runs"), ("train", "m/vae", "d/vec")]
)
def test_outside_of_a_project_fig_says_the_way_in(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    answer = fig_of_the_package(*arguments, cwd=tmp_path)
    asks = not arguments or "-h" in arguments
    assert answer.code == (0 if asks else 2)
    said = answer.out if asks else answer.err
    assert "disentcli init ." in said
    assert "`disentcli <script> …` works without one" in said
    assert len(said.splitlines()) <= 3
    assert list(tmp_path.iterdir()) == []


def test_disentcli_works_in_any_folder(tmp_path: Path) -> None:
    trained = call(
        sys.executable,
        "-m",
        "disentcli.cli",
        *["train", "m/vae", "d/vec", "--budget", "2", "--quiet"],
        cwd=tmp_path,
    )
    assert trained.code == 0, trained.err
    assert [path.name for path in tmp_path.iterdir()] == ["trained_nets"]
    assert "vec_vae" in disentcli("list", "runs", cwd=tmp_path).out
    assert "m/vae" in disentcli("list", "configs", "m/vae", cwd=tmp_path).out
    assert disentcli("-h", cwd=tmp_path).out.startswith("usage:")
    assert disentcli("-V", cwd=tmp_path).out.startswith("disentcli ")


def test_projects_that_do_not_name_disentcli_are_left_to_omnifig(tmp_path: Path) -> None:
    (tmp_path / ".omnifig.yml").write_text("name: other\nsrc: [own.py]\n")
    (tmp_path / "own.py").write_text(
        "import omnifig\n\n\n@omnifig.script('greet')\ndef greet(config):\n"
        "    print('hello', config.pull('who', silent=True))\n"
    )
    answer = fig_of_the_package("greet", "--who", "world", cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert "hello world" in answer.out


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


@pytest.mark.parametrize(("shell", "code"), [("> /dev/full", 1), (">&-", 0), ("| true", 0)])
def test_output_that_nobody_takes_is_no_bug(shell: str, code: int) -> None:
    command = f"{FIG} list methods {shell}"
    done = subprocess.run(["bash", "-c", command], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == (code == 1)
    assert "Traceback" not in done.stderr
