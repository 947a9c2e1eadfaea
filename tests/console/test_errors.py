"""How calls end that go wrong: a few lines on stderr, the right exit code, no traceback."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from .conftest import FIG, Answer, Command, environment


def is_short(answer: Answer) -> bool:
    return "Traceback" not in answer.err and 0 < len(answer.err.strip().splitlines()) <= 6


WRONG = {
    "a misspelt script": (["prob"], ["unknown script 'prob'", "did you mean probe?"]),
    "a misspelt config": (["probe", "m/pear"], ["unknown config 'm/pear'", "did you mean m/pair"]),
    "a misspelt root key": (["probe", "m/pair", "--budgt", "3"], ["--budgt", "did you mean budget?"]),
    "a misspelt argument": (
        ["probe", "m/pair", "--model.bta", "3"],
        ["--model.bta", "did you mean model.beta?"],
    ),
    "a key that belongs to a component": (["probe", "m/pair", "--beta", "3"], ["did you mean model.beta or"]),
    "a misspelt group": (["probe", "m/pair", "--modell.beta", "3"], ["--modell:", "did you mean model"]),
    "a key of a file": (["probe", "typo", "m/pair"], ["config/typo.yaml", "widhts", "model.encoder.widths"]),
    "a misspelt component": (
        ["probe", "m/pair", "--model.encoder._type", "smal"],
        ["unknown encoder 'smal'", "did you mean small?", "wide"],
    ),
    "a component of a module that is not named": (
        ["probe", "m/pair", "--model.encoder._type", "xyz"],
        ["unknown encoder 'xyz'", "small, wide", "--module MODULE"],
    ),
    "a misspelt metric": (["probe", "m/pair", "--metrics.beta-va.votes", "3"], ["metrics.beta-vae"]),
    "a key that this call does not read": (
        ["probe", "m/pair", "--limit", "3"],
        ["--limit", "nothing in this call"],
    ),
    "an argument of a part not in use": (
        ["probe", "m/pair", "--model.encoder.breadth", "3"],
        ["--model.encoder.breadth", "nothing in this call"],
    ),
    "a number that is none": (["probe", "m/pair", "--budget", "abc"], ["budget", "a whole number", "abc"]),
    "a fraction for a whole number": (["probe", "m/pair", "--budget", "1.5"], ["a whole number", "1.5"]),
    "a wrong value for an argument": (
        ["probe", "m/pair", "--model.encoder.lr", "fast"],
        ["model.encoder.lr (command line)", "a number", "fast"],
    ),
    "a part without a type": (["probe", "base"], ["model", "_type", "config m/…", "fig list methods"]),
    "no model": (["probe", "scored"], ["no method is chosen", "config m/…", "fig list methods"]),
    "a missing part": (["probe", "--model._type", "pair"], ["'pair' needs the argument 'latent'"]),
    "a broken file": (["probe", "broken"], ["config/broken.yaml, line"]),
    "a base that does not exist": (
        ["probe", "orphan"],
        ["config/orphan.yaml", "m/pear", "did you mean m/pair"],
    ),
    "a base left of its config": (["probe", "base", "m/pair"], ["no order fits", "base m/pair"]),
    "a missing file": (["probe", "no.yaml"], ["no config file no.yaml"]),
    "a word after a key": (["probe", "--seed", "3", "m/pair"], ["'m/pair' comes after"]),
    "an unknown option": (["probe", "-z"], ["unknown option -z"]),
    "a module that does not exist": (["probe", "m/pair", "--module", "nowhere"], ["no module 'nowhere'"]),
    "an unknown topic": (["list", "componets"], ["did you mean components?"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call_names_the_thing_and_the_way_out(fig: Command, case: str) -> None:
    arguments, said = WRONG[case]
    answer = fig(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert is_short(answer)
    for part in said:
        assert part in answer.err


def test_configs_that_build_on_each_other_are_named(fig: Command, own_project: Path) -> None:
    (own_project / "config/hen.yaml").write_text("_base: egg\n")
    (own_project / "config/egg.yaml").write_text("_base: hen\n")
    answer = fig("probe", "hen", cwd=own_project)
    assert answer.code == 2
    assert "egg, hen" in answer.err


def test_the_exit_code_is_the_scripts_or_the_errors(fig: Command) -> None:
    assert fig("fail", "--how", "0").code == 0
    assert fig("fail", "--how", "3").code == 3
    assert fig("fail", "--how", "disent").code == 1
    assert fig("fail", "--how", "call").code == 2


def test_an_interrupt_ends_with_130(fig: Command) -> None:
    answer = fig("fail", "--how", "interrupt")
    assert answer.code == 130
    assert is_short(answer)


def test_a_bug_is_short_on_the_screen_and_whole_in_a_file(fig: Command) -> None:
    answer = fig("fail", "--how", "bug")
    assert answer.code == 1
    assert is_short(answer)
    assert "ZeroDivisionError: one over nothing" in answer.err
    (path,) = re.findall(r"traceback is in (\S+)", answer.err)
    assert "probes.py" in Path(path).read_text()
    Path(path).unlink()


def test_debug_shows_the_traceback(fig: Command) -> None:
    answer = fig("fail", "--how", "call", "--debug")
    assert answer.code == 2
    assert "Traceback" in answer.err
    assert "probes.py" in answer.err


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colour_is_for_terminals_that_want_it(project: Path, no_color: str, coloured: bool) -> None:
    master, slave = pty.openpty()
    variables = environment(NO_COLOR=no_color, TERM="xterm")
    subprocess.run([FIG, "-h"], cwd=project, env=variables, stdout=slave, stdin=slave, check=True)
    os.close(slave)
    page = os.read(master, 100_000)
    os.close(master)
    assert (b"\033[" in page) == coloured


def test_nothing_is_coloured_elsewhere(fig: Command) -> None:
    assert "\033" not in fig("prob", "-h").out + fig("prob").err


@pytest.mark.parametrize("arguments", ["-h", "fail --how pipe"])
def test_a_closed_pipe_is_quiet(project: Path, arguments: str) -> None:
    done = subprocess.run(
        f"{FIG} {arguments} | head -1",
        shell=True,
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.replace("imported probes\n", "") == ""


def test_a_syntax_error_in_a_users_module_is_named(fig: Command, own_project: Path) -> None:
    (own_project / "probes.py").write_text(
        "from disentcli.registry import method\n\n@method('x')\nclass X(:\n"
    )
    answer = fig("-h", cwd=own_project)
    assert answer.code == 2
    assert "probes.py, line 4" in answer.err


def test_a_missing_module_of_the_project_file_is_named(fig: Command, own_project: Path) -> None:
    (own_project / "probes.py").unlink()
    answer = fig("-h", cwd=own_project)
    assert answer.code == 2
    assert "no module 'probes'" in answer.err


def test_one_name_for_two_components_is_an_error(fig: Command, own_project: Path) -> None:
    (own_project / "more.py").write_text(
        "from disentcli.registry import encoder\n\n@encoder('small')\ndef small():\n    pass\n"
    )
    answer = fig("probe", "m/pair", "--module", "more", cwd=own_project)
    assert answer.code == 2
    assert "probes.Small and more.small" in answer.err
