"""The help pages: what they say, and that they cost no import of torch."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import resource
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from .conftest import FIG, REPOSITORY, Command, call, environment


def test_the_general_page_lists_the_scripts(fig: Command) -> None:
    pages = [fig(*arguments) for arguments in ((), ("-h",), ("--help",))]
    assert {page.code for page in pages} == {0}
    assert len({page.out for page in pages}) == 1
    for script in ("probe", "list", "show", "delete-run"):
        assert f"  {script} " in pages[0].out
    assert "Builds the model and prints what was used." in pages[0].out


def test_a_scripts_page_has_its_settings_and_where_its_configs_are_described(fig: Command) -> None:
    page = fig("probe", "-h").out
    assert re.search(r"--budget +training steps in all \[100000\]", page)
    assert re.search(r"--speed +how fast it goes \[3\]", page)
    assert re.search(r"how many +config/ \d+, a/ \d+, d/ \d+, ", page)
    assert "fig probe -h configs · fig list configs PATTERN" in page


def test_the_configs_of_a_script_have_a_page(fig: Command) -> None:
    page = fig("probe", "-h", "configs").out
    groups = page.index("configs:"), page.index("configs a/:"), page.index("configs m/:")
    assert list(groups) == sorted(groups)
    assert re.search(r"  m/pair +The pair with its parts \(a test's own\)", page)


@pytest.mark.parametrize("script", ["train", "eval-metrics", "figures", "sweep"])
def test_a_page_fits_two_screens_of_80_columns(script: str) -> None:
    lines = on_terminal("fig", script, "-h")
    assert len(lines) <= 47  # and the prompt
    assert max(map(len, lines)) <= 80


def on_terminal(*words: str) -> list[str]:
    """The lines of a page on a terminal of 80 columns, without colours."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    environ = {**environment(), "NO_COLOR": "1"}
    command = [str(Path(FIG).with_name(words[0])), *words[1:]]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=slave, stdin=slave, env=environ)
    os.close(slave)
    text = b""
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while piece := os.read(master, 65536):
            text += piece
    os.close(master)
    assert process.wait() == 0
    return text.decode().splitlines()


def test_what_a_page_leaves_out_stands_on_another(in_repository: Command) -> None:
    page, settings = in_repository("train", "-h").out, in_repository("train", "-h", "settings").out
    assert "--clip.norm " not in page
    assert "--clip.norm " in settings
    (more,) = re.findall(r"(\d+) more: fig train -h settings", page)
    assert settings.count("\n  --") - page.count("\n  --") == int(more)


@pytest.mark.parametrize(
    ("script", "taken", "others"),
    [
        ("train", {"a/", "m/", "d/", "split/", "paper/"}, {"eval/", "study/", "default/"}),
        ("eval-metrics", {"eval/"}, {"a/", "m/", "d/", "study/", "paper/"}),
        ("show-data", {"d/", "split/", "view/", "paper/"}, {"a/", "m/", "eval/"}),
        ("eval", set(), {"a/", "m/", "d/", "eval/"}),
    ],
)
def test_a_script_shows_configs_that_it_takes(
    in_repository: Command, script: str, taken: set[str], others: set[str]
) -> None:
    page = in_repository(script, "-h", "configs").out
    shown = {f"{name.partition('/')[0]}/" for name in re.findall(r"^  ([\w-]+/\S+)", page, re.MULTILINE)}
    assert taken <= shown
    assert not others & shown
    assert all(folder in in_repository(script, "-h").out for folder in taken)


def test_help_is_a_word_too(fig: Command) -> None:
    assert fig("help").out == fig("-h").out
    assert fig("help", "probe").out == fig("probe", "-h").out
    assert fig("help", "probe", "configs").out == fig("probe", "-h", "configs").out
    assert "did you mean probe?" in fig("help", "prob").err


def test_help_is_shown_whatever_else_is_wrong(fig: Command) -> None:
    assert fig("probe", "m/pear", "-h").out == fig("probe", "-h").out
    assert fig("probe", "broken", "--nonsense", "-h").code == 0
    unknown = fig("prob", "-h")
    assert (unknown.code, unknown.out) == (2, "")
    assert "did you mean probe?" in unknown.err


def test_the_version_names_what_it_stands_on(fig: Command) -> None:
    assert fig("-V").out == fig("--version").out
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


@pytest.mark.parametrize("words", [["show", "m/vae", "a/conv12", "d/sprites"], ["list", "methods"]])
def test_pages_that_need_torch_load_it_without_its_compiler(words: list[str]) -> None:
    program = (
        "import sys\nfrom disentcli.cli import fig\n"
        "try:\n    fig(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'torch._dynamo', 'sympy', 'torch._inductor'} & set(sys.modules)), file=sys.stderr)\n"
    )
    answer = call(sys.executable, "-c", program, *words, cwd=REPOSITORY)
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
