"""Wrong calls: each is a short message on stderr that names the thing and the way out; nothing is left."""

from __future__ import annotations

import fcntl
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..conftest import Fig
from .in_process import Place
from .messages import SMALL, check


@dataclass(frozen=True)
class Wrong:
    """A call, its exit code, and what its message must name."""

    words: str
    code: int
    names: tuple[str, ...]


CALLS = [
    # misspelt names
    Wrong("trian demo", 2, ("trian", "train")),
    Wrong("train demoo", 2, ("demoo", "demo")),
    Wrong("train m/aee d/sprites32", 2, ("m/aee", "m/ae")),
    Wrong("train demo --budgett 5", 2, ("budgett", "budget")),
    Wrong("train demo --modell.reg-wt 5", 2, ("modell", "model")),
    Wrong("train demo --model.encoder.widht 8", 2, ("widht", "width")),
    Wrong("train demo --model._type vaee", 2, ("vaee", "vae")),
    Wrong("train demo --model.encoder._type conv13", 2, ("conv13", "conv12")),
    Wrong("train demo --dataset._type sprite", 2, ("sprite", "sprites")),
    Wrong("train demo --scheduler._type cosin", 2, ("cosin", "cosine")),
    Wrong("train demo --module no_such_module", 2, ("no_such_module",)),
    Wrong("list runz", 2, ("runz", "runs")),
    Wrong("show demoo", 2, ("demoo", "demo")),
    # values that do not fit
    Wrong("train demo --budget many", 2, ("budget", "many", "whole number")),
    Wrong("train demo --budget -5", 2, ("budget", "-5")),
    Wrong("train demo --seed 1.5", 2, ("seed", "1.5")),
    Wrong("train demo --latent-dim 0", 2, ("latent",)),
    Wrong("train demo --latent-dim 10", 2, ("10", "6")),
    Wrong("train demo --dataset.batch-size 100000", 2, ("batch", "100,000")),
    Wrong("train demo --dataset.size 33", 2, ("33", "size")),
    Wrong("train demo --device tpu", 2, ("tpu", "cuda")),
    Wrong("train demo --dataset.resident moon", 2, ("moon", "ram")),
    Wrong("train demo --print.freq never", 2, ("print.freq", "never")),
    Wrong("train demo --time-limit -1", 2, ("time-limit",)),
    Wrong("train a/conv12 d/sprites32", 2, ("model",)),
    Wrong("train a/conv12 m/ae", 2, ("dataset",)),
    Wrong("train demo extra-word --budget", 2, ("extra-word",)),
    Wrong("train demo --budget 5 stray", 2, ("stray",)),
    # runs that are not there
    Wrong("eval", 2, ("--load",)),
    Wrong("eval-metrics eval/sprites", 2, ("--load",)),
    Wrong("eval --load nothing", 2, ("nothing",)),
    Wrong("train demo --resume nothing", 2, ("nothing",)),
    Wrong("delete-run nothing --yes", 2, ("nothing",)),
    Wrong("compare", 2, ("RUN",)),
    Wrong("encode --out codes.npz", 2, ("--load",)),
    # data that are not there
    Wrong("train a/conv12 m/ae d/3ds", 1, ("3ds", "fig download-dataset 3ds")),
    Wrong("train a/conv12 m/ae d/mpi --dataset.category real", 1, ("download-dataset mpi", "real")),
    Wrong("train a/conv12 m/ae d/mnist", 1, ("fig download-dataset mnist",)),
    Wrong("download-dataset", 2, ("3ds", "mpi", "mnist")),
    Wrong("download-dataset imagenet", 2, ("imagenet", "mnist")),
    Wrong("download-dataset mpi --cat imaginary", 2, ("imaginary", "toy")),
    Wrong("download-dataset mnist --from no-such-folder", 2, ("no-such-folder",)),
]
AS_PROCESSES = {  # the others are called in the process of the tests, which has loaded everything already
    "trian demo",
    "train demo --budgett 5",
    "train demo --module no_such_module",
    "eval --load nothing",
    "train a/conv12 m/ae d/3ds",
}


@pytest.fixture
def quick_fig(runs: Path, dataroot: Path) -> Fig:
    """`fig` in the process of the tests."""
    return Place(runs, dataroot).completed


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.words)
def test_a_wrong_call_is_named_and_leaves_nothing(call: Wrong, fig: Fig, runs: Path, dataroot: Path) -> None:
    before = sorted(runs.iterdir())
    command = fig if call.words in AS_PROCESSES else Place(runs, dataroot).completed
    check(command(*call.words.split()), call.code, *call.names)
    assert sorted(runs.iterdir()) == before


def test_a_misspelt_split(quick_fig: Fig, trained: Path) -> None:
    check(quick_fig("eval", "--load", trained, "--mode", "tset"), 2, "tset", "test")


def test_an_ambiguous_prefix(quick_fig: Fig, trained: Path, run: Path) -> None:
    (trained.parent / "wrong_copy").mkdir()
    shutil.copytree(trained, trained.parent / "wrong_copy", dirs_exist_ok=True)
    result = quick_fig("eval", "--load", "wrong")
    shutil.rmtree(trained.parent / "wrong_copy")
    check(result, 2, "wrong", trained.name)


def test_a_checkpoint_that_does_not_exist(quick_fig: Fig, trained: Path) -> None:
    check(quick_fig("eval", "--load", trained, "--checkpoint", 77), 2, "77", "4")


def test_results_are_not_overwritten_unasked(quick_fig: Fig, run: Path) -> None:
    assert quick_fig("eval", "--load", run, "--limit", 32).returncode == 0
    before = (run / "results" / "eval-val.json").read_bytes()
    check(quick_fig("eval", "--load", run, "--limit", 32), 2, "eval-val", "--overwrite")
    assert (run / "results" / "eval-val.json").read_bytes() == before


def test_an_unknown_metric(quick_fig: Fig, run: Path) -> None:
    check(
        quick_fig("eval-metrics", "eval/sprites", "--load", run, "--metrics.migg.bins", 5), 2, "migg", "mig"
    )


def test_an_unknown_argument_of_a_metric(quick_fig: Fig, run: Path) -> None:
    check(
        quick_fig("eval-metrics", "eval/sprites", "--load", run, "--metrics.mig.binz", 5), 2, "binz", "bins"
    )


def test_weights_of_another_image_size(quick_fig: Fig, trained: Path) -> None:
    result = quick_fig(
        "train", "a/dislib", "m/vae", "d/sprites32", "--dataset.size", 64, *SMALL, "--load", trained
    )
    check(result, 2, "(1, 32, 32)", "(1, 64, 64)")


def test_weights_of_another_network(quick_fig: Fig, trained: Path) -> None:
    check(quick_fig("train", "a/conv12", "--load", trained), 1, "weights")


def test_a_budget_that_is_already_spent(quick_fig: Fig, run: Path) -> None:
    check(quick_fig("train", "--resume", run, "--budget", 2), 2, "budget", "4")


def test_two_writers_of_one_run(quick_fig: Fig, run: Path) -> None:
    with open(run / "lock", "a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        check(quick_fig("train", "--resume", run, "--budget", 6), 1, run.name, "another process")
        check(quick_fig("delete-run", run.name, "--yes"), 1, run.name)


def test_deleting_without_an_answer(forked_fig: Fig, run: Path) -> None:
    """Nothing can be typed there."""
    check(forked_fig("delete-run", run.name), 2, "--yes")
    assert run.exists()


def test_encoding_over_a_file(quick_fig: Fig, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "codes.npz"
    out.write_bytes(b"mine")
    check(quick_fig("encode", "--load", trained, "--out", out), 2, "codes.npz", "--overwrite")
    assert out.read_bytes() == b"mine"


@pytest.fixture
def project(tmp_path: Path, dataroot: Path, runs: Path) -> Path:
    """A project folder of the user's own."""
    (tmp_path / "config").mkdir()
    (tmp_path / ".omnifig.yml").write_text("name: mine\nmodule: [disentcli.console]\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("model: [unclosed\n", ("mine.yaml", "line")),
        ("_base: [mine]\n", ("mine",)),
        ("_base: [nothing]\n", ("nothing", "mine.yaml")),
        ("model: {ecnoder: {_type: conv12}}\n", ("mine.yaml", "ecnoder", "encoder")),
        ("just a sentence\n", ("mine.yaml",)),
    ],
    ids=["not YAML", "a cycle", "an unknown base", "an unknown key", "not a mapping"],
)
def test_a_bad_config_file(text: str, names: tuple[str, ...], forked_fig: Fig, project: Path) -> None:
    (project / "config" / "mine.yaml").write_text(text)
    check(forked_fig("train", "mine", "demo", cwd=project), 2, *names)
