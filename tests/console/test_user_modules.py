"""Components and scripts of a user's own module, found without importing it and used like ours."""

from __future__ import annotations

from pathlib import Path

from .conftest import Command

THEIRS = """\
import omnifig as fig


@fig.script("theirs")
def theirs(config):
    model = config.pull("model")
    print(type(model).__name__, model.beta, type(model.encoder).__name__, model.reg_wt)


@fig.component("plain-omnifig")
class Plain(fig.Configurable):
    def __init__(self, count: int = 1):
        self.count = count


@fig.script("nested")
def nested(config):
    print("code", fig.quick_run("fail", how="3"))


@fig.script("mixed")
def mixed(config):
    print(config.pull("thing").count, config.pull("thing.count"))
"""


def test_a_module_of_the_project_file_is_imported_at_first_use(fig: Command) -> None:
    assert "imported probes" not in fig("list", "datasets").err
    answer = fig("probe", "m/pair")
    assert answer.err.count("imported probes") == 1


def test_a_module_named_on_the_command_line_joins_for_one_call(fig: Command, own_project: Path) -> None:
    folder = own_project / "below"
    folder.mkdir()
    (folder / "extra.py").write_text(
        "from dataclasses import dataclass\n\nfrom disentcli.registry import encoder\n\n\n"
        "@encoder('tiny')\n@dataclass\nclass Tiny:\n    feature_dim: int\n    depth: int = 2\n"
    )
    chosen = ("probe", "m/pair", "--model.encoder._type", "tiny")
    encoder = fig(*chosen, "--module", "extra", cwd=folder).json["used"]["model"]["encoder"]
    assert encoder == {"_type": "tiny", "feature_dim": 12, "depth": 2}
    near = fig("probe", "m/pair", "--model.encoder._type", "tinny", "--module", "extra", cwd=folder)
    assert "did you mean tiny?" in near.err
    assert "unknown encoder 'tiny'" in fig(*chosen, cwd=folder).err


def test_components_can_be_pickled(fig: Command) -> None:
    assert fig("pickled", "m/pair").out == "probes 1.0\n"


def test_a_users_omnifig_script_pulls_our_components(fig: Command, own_project: Path) -> None:
    (own_project / "theirs.py").write_text(THEIRS)
    project_file = own_project / ".omnifig.yml"
    project_file.write_text(project_file.read_text() + "  - theirs\n")
    answer = fig(
        "theirs", "m/pair", "--model.beta", "1e2", "--model.encoder.feature-dim", "3", cwd=own_project
    )
    assert answer.out == "Pair 100.0 Small 1.0\n", answer.err
    assert fig("nested", cwd=own_project).out == "code 3\n"  # a script called by a script returns its code
    (own_project / "config/thing.yaml").write_text("thing: {_type: plain-omnifig, count: 1e1}\n")
    assert fig("mixed", "thing", cwd=own_project).out == "10.0 10.0\n"
    traced = fig("mixed", "thing", "--verbose", cwd=own_project).out
    assert "| thing.count: 10.0" in traced  # omnifig's trace of pulled values is off unless asked for
    wrong = fig("mixed", cwd=own_project)
    assert wrong.code == 2
    assert "thing" in wrong.err
    assert "Traceback" not in wrong.err
