"""What can stand next on a command line, and the scripts by which shells ask for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from disentcli import cli
from disentcli.config.completion import Completion
from disentcli.errors import CallError

from ..conftest import PROJECT

RUNS = ("vec_vae_2", "vec_vae_1", "room_ae")


@pytest.fixture(scope="module")
def completion() -> Completion:
    return Completion(PROJECT / ".omnifig.yml", RUNS)


def words(completion: Completion, line: str) -> list[str]:
    """The candidates at the end of a line after `fig`."""
    *given, begun = line.split(" ")
    return [word for word, _ in completion.candidates(given, begun)]


def test_scripts_come_first(completion: Completion) -> None:
    assert words(completion, "ev") == ["eval", "eval-metrics", "eval-multiple-metrics"]
    assert {"train", "sweep", "report"} <= set(words(completion, ""))


def test_configs_follow_a_script_that_takes_configs(completion: Completion) -> None:
    assert words(completion, "train m/tc")[:1] == ["m/tcvae"]
    assert "d/sprites32" in words(completion, "train m/vae d/spr")
    assert dict(completion.candidates(["train"], "m/vae"))["m/vae"]  # its first-line comment


@pytest.mark.parametrize("script", ["compare", "report", "delete-run"])
def test_runs_follow_a_script_that_takes_runs(completion: Completion, script: str) -> None:
    assert words(completion, f"{script} vec") == ["vec_vae_2", "vec_vae_1"]


def test_other_names_follow_scripts_that_take_them(completion: Completion) -> None:
    assert words(completion, "list me") == ["methods", "metrics"]
    assert words(completion, "list methods me") == []
    assert "cars3d" in words(completion, "download-dataset ca")
    assert words(completion, "sweep t") == ["train"]
    assert words(completion, "sweep train m/tcvae")[:1] == ["m/tcvae"]
    assert words(completion, "board ") == []


def test_keys_are_those_of_the_script_and_of_the_components_it_names(completion: Completion) -> None:
    assert words(completion, "eval-metrics --po") == ["--points"]
    assert words(completion, "train --po") == []
    assert words(completion, "train --validation.") == ["--validation.freq", "--validation.metrics"]
    assert "--model.encoder" in words(completion, "train --model.")
    assert "--model.encoder.width" in words(completion, "train --model.encoder.w")
    assert words(completion, "eval --model.") == []
    assert words(completion, "show --budg") == ["--budget"]
    assert words(completion, "--he") == ["--help"]


def test_values_of_keys(completion: Completion) -> None:
    assert words(completion, "eval --load ") == ["last", *RUNS]
    assert words(completion, "eval --mode t") == ["train", "test"]
    assert words(completion, "train --deterministic ") == ["true", "false"]
    assert "conv12" in words(completion, "train --model.encoder._type c")
    assert words(completion, "train --budget ") == []


def test_scripts_of_a_users_own_module_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_completed.py").write_text("@script('own-script')\ndef own(settings):\n    'Mine.'\n")
    (tmp_path / ".omnifig.yml").write_text("name: mine\nmodule: [disentcli.console, own_completed]\n")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text("# my own\nbudget: 3\n")
    code = (
        "from pathlib import Path; from disentcli.config.completion import Completion\n"
        "one = Completion(Path('.omnifig.yml'))\n"
        "print(one.candidates([], 'own'), one.candidates(['train'], 'mine'))"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[('own-script', 'Mine.')] [('mine', 'my own')]"


def completed_by_bash(line: str, runs: Path) -> list[str]:
    """What bash offers at the end of a line, after it has evaluated our script."""
    typed = line.split(" ")
    program = (
        f'eval "$({sys.executable} -m disentcli.cli completion bash)"\n'
        f"COMP_WORDS=({' '.join(word or chr(39) * 2 for word in typed)}); COMP_CWORD={len(typed) - 1}\n"
        f'f=$(complete -p {typed[0]} | sed "s/.*-F \\([^ ]*\\).*/\\1/"); $f {typed[0]}\n'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "DISENTCLI_RUNS": str(runs)}
    done = subprocess.run(
        ["bash", "--norc", "-c", program],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.parametrize("program", ["fig", "disentcli", "python main.py"])
def test_bash_completes(program: str, tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "run.json").write_text("{}")
    assert completed_by_bash(f"{program} eval --load ", tmp_path) == ["last", "first"]


def test_bash_completes_other_calls_of_python_as_ever(tmp_path: Path) -> None:
    assert completed_by_bash("python setup.py tra", tmp_path) == []


def ask(monkeypatch: pytest.MonkeyPatch, shell: str, typed: str, word: str) -> list[str]:
    monkeypatch.chdir(PROJECT)
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", word)
    return cli.complete(f"{shell}_complete").splitlines()


def test_zsh_and_fish_get_words_with_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    kind, word, text = ask(monkeypatch, "zsh", "fig train --budg", "2")
    assert (kind, word) == ("plain", "--budget")
    assert text == "training steps in all"
    assert ask(monkeypatch, "fish", "fig train --budg", "--budg") == [f"plain,--budget\t{text}"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_scripts_call_this_interpreter_for_both_programs(shell: str) -> None:
    script = cli.completion_script([shell])
    assert script.count(f"_DISENTCLI_COMPLETE={shell}_complete") == 2
    assert script.count(f"{sys.executable} -m disentcli.cli)") == 2
    assert "main.py" in script


def test_an_unknown_shell_is_refused() -> None:
    with pytest.raises(CallError, match=r"completion bash\|zsh\|fish"):
        cli.completion_script(["tcsh"])


def test_completion_loads_neither_torch_nor_omnifig() -> None:
    code = (
        "import sys; from disentcli import cli; cli.complete('bash_complete')\n"
        "print(sorted({'torch', 'omnifig', 'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "COMP_WORDS": "fig train --model.e",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
