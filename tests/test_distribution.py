"""Wheel and source archive: what is in them, and that an environment without this checkout trains by them."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path
from sysconfig import get_path

import pytest

from disentcli import __version__
from tests.console.conftest import REPOSITORY, Answer, call

BUILT = (
    "setup.py",
    "setup.cfg",
    "pyproject.toml",
    "MANIFEST.in",
    "LICENSE",
    "README.md",
    "disentcli",
    "config",
)
BUILT += ("CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md")
BUILD = "import sys; from setuptools import build_meta; print(getattr(build_meta, sys.argv[1])(sys.argv[2]))"
#: packages that are installed under another name, or need not be installed
DISTRIBUTIONS = {"google": ["google-crc32c"]}
FIG = "import sys; from omnifig.top import entry; sys.argv[0] = 'fig'; entry()"


def build(what: str, source: Path, into: Path) -> Path:
    """A wheel or a source archive, by the build backend and without network."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, f"build_{what}", str(into)], cwd=source, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return into / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive of this checkout."""
    source = tmp_path_factory.mktemp("source")
    for name in BUILT:
        (source / name).symlink_to(REPOSITORY / name)
    return build("sdist", source, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that the source archive alone builds."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return build("wheel", next(folder.iterdir()), tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment: the wheel and its dependencies, nothing of this checkout."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    program = folder / "bin" / "python"
    options = ["--no-deps", "--no-compile", "--quiet", "--disable-pip-version-check"]
    done = call(
        sys.executable, "-m", "pip", "--python", str(program), "install", *options, str(wheel), cwd=folder
    )
    assert done.code == 0, done.err
    packages = folder / Path(get_path("purelib")).relative_to(sys.prefix)
    (packages / "dependencies.pth").write_text(get_path("purelib"))  # its own .pth files are not followed
    return program


@pytest.fixture(scope="module")
def project(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that the installed `disentcli init` made."""
    folder = tmp_path_factory.mktemp("projects")
    done = call(str(python.with_name("disentcli")), "init", "new", cwd=folder, PYTHONPATH="")
    assert done.code == 0, done.err
    return folder / "new"


def fig(python: Path, *arguments: str, cwd: Path) -> Answer:
    """The command `fig` of the new environment."""
    return call(str(python), "-c", FIG, *arguments, cwd=cwd, PYTHONPATH="")


def test_the_wheel_has_every_module_config_and_page(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    kinds = {"disentcli": (".py", ".css", ".js", ".html", ".typed"), "config": (".yaml",)}
    for folder, suffixes in kinds.items():
        inside = "disentcli/config/files" if folder == "config" else folder
        files = {
            f"{inside}/{path.relative_to(REPOSITORY / folder).as_posix()}"
            for path in (REPOSITORY / folder).rglob("*")
            if path.suffix in suffixes
        }
        assert files
        assert files <= names
    assert not [name for name in names if name.startswith(("tests", "docs", "benchmarks"))]


def test_the_archive_has_what_a_reader_looks_for(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {"README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md"} <= names


def test_the_new_environment_has_nothing_of_this_checkout(python: Path) -> None:
    answer = call(
        str(python), "-c", "import disentcli; print(disentcli.__file__)", cwd=python.parent, PYTHONPATH=""
    )
    assert Path(answer.out.strip()).is_relative_to(python.parents[1]), answer.err


def test_it_makes_a_project_and_trains_in_it(python: Path, project: Path) -> None:
    quick = ("--budget", "3", "--dataset.batch-size", "4", "--dataset.positions", "4", "--device", "cpu")
    done = fig(python, "train", "m/example", "a/dislib", "d/sprites32", *quick, cwd=project)
    assert done.code == 0, done.err
    run = next(path for path in (project / "trained_nets").iterdir() if path.is_dir())
    assert json.loads((run / "run.json").read_text())["status"] == "completed"


def test_its_command_finds_the_configs(python: Path, project: Path) -> None:
    answer = call(str(python.with_name("disentcli")), "list", "configs", cwd=project, PYTHONPATH="")
    assert "a/d/strc/12" in answer.out, answer.err


def imported() -> Iterator[str]:
    """The top-level names of all that the package imports."""
    for path in (REPOSITORY / "disentcli").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                yield node.module.partition(".")[0]


def test_every_import_is_declared() -> None:
    config = ConfigParser()
    config.read(REPOSITORY / "setup.cfg")
    extras = [text for name, text in config["options.extras_require"].items() if name not in ("dev", "docs")]
    lines = "\n".join([config["options"]["install_requires"], *extras])
    declared = {name.lower() for name in re.findall(r"^([\w-]+)", lines, re.MULTILINE)}
    foreign = set(imported()) - {*sys.stdlib_module_names, "disentcli"}
    known = {**packages_distributions(), **DISTRIBUTIONS}
    assert not [name for name in foreign if not {one.lower() for one in known.get(name, [name])} & declared]


def test_the_versions_agree() -> None:
    version = __version__.partition(".dev")[0]
    assert f"\nversion: {version}\n" in (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {version} " in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
