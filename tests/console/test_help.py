"""The help pages: what they say, and that they cost no import of torch."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

import pytest

from .conftest import FIG, REPOSITORY, Command, call


def test_the_general_page_lists_the_scripts(fig: Command) -> None:
    pages = [fig(*arguments) for arguments in ((), ("-h",), ("--help",))]
    assert {page.code for page in pages} == {0}
    assert len({page.out for page in pages}) == 1
    for script in ("probe", "list", "show", "delete-run"):
        assert f"  {script} " in pages[0].out
    assert "Builds the model and prints what was used." in pages[0].out


def test_a_scripts_page_has_its_settings_and_the_configs_by_group(fig: Command) -> None:
    page = fig("probe", "-h").out
    assert re.search(r"--budget +training steps in all \[100000\]", page)
    assert re.search(r"--speed +how fast it goes \[3\]", page)
    groups = page.index("configs:"), page.index("configs a/:"), page.index("configs m/:")
    assert list(groups) == sorted(groups)
    assert re.search(r"  m/pair +The pair with its parts \(a test's own\)", page)


def test_help_is_shown_whatever_else_is_wrong(fig: Command) -> None:
    assert fig("probe", "m/pear", "-h").out == fig("probe", "-h").out
    assert fig("probe", "broken", "--nonsense", "-h").code == 0
    unknown = fig("prob", "-h")
    assert (unknown.code, unknown.out) == (2, "")
    assert "did you mean probe?" in unknown.err


def test_the_version_names_what_it_stands_on(fig: Command) -> None:
    lines = fig("--version").out.split()
    assert lines[0] == "disentcli"
    assert lines[lines.index("omnifig") + 1] == "1.0.10"


@pytest.mark.parametrize("arguments", [["-h"], ["probe", "-h"], ["probe", "m/pear"], ["list", "components"]])
def test_neither_torch_nor_the_users_modules_are_imported(project: Path, arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from omnifig.top import entry\n"
        "try:\n    entry()\n"
        "except BaseException:\n    pass\n"
        "print(sorted({'torch', 'probes', 'matplotlib', 'rich'} & set(sys.modules)), file=sys.stderr)\n"
    )
    answer = call(sys.executable, "-c", program, *arguments, cwd=project)
    assert answer.err.splitlines()[-1] == "[]"


@pytest.mark.parametrize("arguments", [[], ["-h"], ["probe", "-h"], ["--version"]])
def test_a_page_needs_no_omnifig(project: Path, arguments: list[str]) -> None:
    program = (
        "import sys\nfrom disentcli.cli import fig\nfig(sys.argv[1:])\n"
        "print(sorted({'omnifig', 'numpy', 'torch', 'probes'} & set(sys.modules)), file=sys.stderr)\n"
    )
    answer = call(sys.executable, "-c", program, *arguments, cwd=project)
    assert (answer.code, answer.err) == (0, "[]\n")


@pytest.mark.parametrize("arguments", [["-h"], ["probe", "-h"], ["probe", "m/pear"], ["--version"]])
def test_half_a_second_is_enough(project: Path, cache: Path, arguments: list[str]) -> None:
    """Processor time of the command, the least of a few calls: other work on the machine does not count."""

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        call(FIG, *arguments, cwd=project, XDG_CACHE_HOME=str(cache))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert any(seconds() < 0.5 for _ in range(5))


def test_fig_python_main_py_and_disentcli_do_the_same(project: Path) -> None:
    """Each in a process of its own."""
    page = call(FIG, "-h", cwd=project).out
    assert "Builds the model and prints what was used." in page
    assert call(sys.executable, str(REPOSITORY / "main.py"), "-h", cwd=project).out == page
    assert call(sys.executable, "-m", "disentcli.cli", "-h", cwd=project).out == page
    wrong = call(sys.executable, "-m", "disentcli.cli", "probe", "m/pear", cwd=project)
    answer = call(FIG, "probe", "m/pear", cwd=project)
    assert (answer.code, answer.err) == (wrong.code, wrong.err)
    assert (wrong.code, "did you mean m/pair" in wrong.err) == (2, True)
    assert call(FIG, "fail", "--how", "3", cwd=project).code == 3
    assert call(sys.executable, "-m", "disentcli.cli", "fail", "--how", "3", cwd=project).code == 3
