"""Commands in messages can be typed as they stand: right program, folders and modules of the call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from disentcli.console.follow_up import as_typed_here, program, remember_call, with_program

from ..commands.in_process import Place
from ..test_cli import disentcli

TYPED = ["train", "m/vae", "--saveroot", "my runs", "--dataroot=data", "--module", "mine"]


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    yield
    remember_call([], in_project=True)


@pytest.mark.parametrize(
    ("message", "typed"),
    [
        (
            "done; next: fig eval --load RUN",
            "done; next: fig eval --load RUN --saveroot 'my runs' --dataroot data --module mine",
        ),
        (
            "unknown; `fig list runs` shows them",
            "unknown; `fig list runs --saveroot 'my runs' --module mine` shows them",
        ),
        ("run `fig download-dataset mpi`", "run `fig download-dataset mpi --dataroot data --module mine`"),
        ("see `fig list configs view/`", "see `fig list configs view/ --module mine`"),
        (
            "make room, then: fig train --resume RUN --saveroot there",
            "make room, then: fig train --resume RUN --saveroot there --dataroot data --module mine",
        ),
        *[
            (same, same)
            for same in (
                "no runs yet: `fig train …` makes one",
                "see `fig -h`",
                "`fig` works in a project",
                "in config/fig list.yaml; then more",
                "fig eval needs a run: --load RUN",
                "of `fig nothing here`",
            )
        ],
    ],
)
def test_what_the_call_named_is_repeated_where_the_command_reads_it(message: str, typed: str) -> None:
    remember_call(TYPED, in_project=True)
    assert as_typed_here(message) == typed
    remember_call(["train", "m/vae"], in_project=True)
    assert as_typed_here(message) == message


def test_without_a_project_commands_begin_with_disentcli() -> None:
    remember_call(["train"], in_project=False)
    assert program() == "disentcli"
    assert as_typed_here("next: fig eval --load RUN") == "next: disentcli eval --load RUN"
    assert with_program("usage: fig <script>, see `fig -h`; `fig`") == (
        "usage: disentcli <script>, see `disentcli -h`; `disentcli`"
    )
    assert (
        with_program("runs/fig list, config.fig train, a fig.") == "runs/fig list, config.fig train, a fig."
    )


def test_a_call_that_cannot_be_taken_apart_repeats_nothing() -> None:
    remember_call(["train", "--saveroot", "a", "b"], in_project=True)
    assert as_typed_here("next: fig eval --load RUN") == "next: fig eval --load RUN"


def test_commands_of_a_training_outside_of_a_project(tmp_path: Path) -> None:
    done = disentcli("train", "m/vae", "d/vec", "--budget", "2", "--saveroot", "mine", cwd=tmp_path)
    assert done.code == 0, done.err
    (run,) = (path for path in (tmp_path / "mine").iterdir() if path.name.startswith("vec"))
    assert done.out.endswith(f"next: disentcli eval --load {run.name} --saveroot mine\n")
    refused = disentcli("eval", "--saveroot", "mine", cwd=tmp_path)
    assert "`disentcli list runs --saveroot mine` shows them" in refused.err
    assert "disentcli eval needs a run" in refused.err
    for page in (("-h",), ("train", "-h")):
        said = disentcli(*page, cwd=tmp_path).out
        assert said.startswith("usage: disentcli ")
        assert "fig " not in said.replace("disentcli", "")


def test_in_a_project_they_begin_with_fig(tmp_path: Path) -> None:
    place = Place(tmp_path / "runs", tmp_path / "data")
    refused = place.fig("train", "m/vae", "d/mpi", "--cat", "toy", "--dataroot", str(tmp_path / "data"))
    assert f"run `fig download-dataset mpi --cat toy --dataroot {tmp_path / 'data'}`" in refused.err
