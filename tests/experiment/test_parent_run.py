"""`fig train --resume RUN`: what belongs to the call may change, what says which run it is may not."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from disentcli import load_run
from disentcli.runs.run import Run

from ..commands.in_process import Answer, Place

SMALL = "m/vae d/vec --dataset.count 300 --dataset.test-count 50 --dataset.batch-size 16 --logger none"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Two runs of four steps that differ in their seed."""
    folder = tmp_path_factory.mktemp("made")
    place = Place(folder, folder / "data")
    for seed in (0, 1):
        answer = place.fig(*f"train {SMALL} --budget 4 --quiet --seed {seed} --name s{seed}".split())
        assert answer.code == 0, answer.err
    return place


@pytest.fixture
def place(made: Place, tmp_path: Path) -> Place:
    """A copy that a test may change."""
    shutil.copytree(made.runs, tmp_path / "runs")
    return Place(tmp_path / "runs", made.data)


def resume(place: Place, *words: str) -> Answer:
    """More steps of the run of seed 0; configs stand before the keys."""
    configs = [word for word in words if "/" in word and not word.startswith("-")]
    keys = [word for word in words if word not in configs]
    return place.fig("train", *configs, "--resume", "s0", "--budget", "6", "--quiet", *keys)


def contents(run: Run) -> dict[str, bytes]:
    """Every file of a run but its lock."""
    files = (path for path in run.path.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(run.path)): path.read_bytes() for path in files}


KEPT = [
    (("--seed", "3"), ("seed is 0", "not 3")),
    (("--name", "other"), ("name is s0", "other")),
    (("--extra", "other"), ("extra is not set", "other")),
    (("--plan", "other"), ("plan", "other")),
    (("--latent-dim", "3"), ("latent-dim is 12", "not 3")),
    (("--model.latent.latent-dim", "3"), ("latent-dim is 12", "not 3")),
    (("--reg-wt", "3"), ("reg-wt is 1", "not 3")),
    (("--dataset.batch-size", "7"), ("batch-size is 16", "not 7")),
    (("--dataset.count", "310"), ("dataset.count is 300", "not 310")),
    (("--dataset._type", "scm"), ("dataset._type is vec", "scm")),
    (("--split.subset", "100"), ("split.subset is not set", "100")),
    (("--view._type", "pairs"), ("view._type is not set", "pairs")),
    (("--model._type", "ae"), ("model._type is vae", "ae")),
    (("--model.encoder.hidden", "[32]"), ("hidden is [64]", "[32]")),
    (("--model.optim._type", "sgd"), ("optim._type is adam", "sgd")),
    (("m/tcvae",), ("reg-wt is 1", "config/m/tcvae.yaml")),
    (("d/scm",), ("dataset._type is vec", "config/d/scm.yaml")),
]


@pytest.mark.parametrize(("words", "names"), KEPT, ids=[" ".join(words) for words, _ in KEPT])
def test_what_says_which_run_it_is_cannot_change(
    words: tuple[str, ...], names: tuple[str, ...], place: Place
) -> None:
    run = Run.find(place.runs, "s0")
    before = contents(run)
    answer = resume(place, *words)
    assert answer.refused(*names, run.name, f"--load {run.name}"), answer
    assert contents(run) == before


def test_a_key_of_a_path_that_the_data_do_not_have_is_refused(place: Place) -> None:
    assert resume(place, "--path", "other.npz").refused("--path")


SAME = [
    ("--seed", "0"),
    ("--name", "s0"),
    ("--latent-dim", "1.2e1"),
    ("--reg-wt", "1"),
    ("--dataset.batch-size", "16"),
    ("--dataset.count", "3e2"),
    ("--model.encoder.hidden", "[64]"),
    ("--split._type", "standard"),
    ("a/conv12",),
]


@pytest.mark.parametrize("words", SAME, ids=" ".join)
def test_what_is_equal_may_be_said_again(words: tuple[str, ...], place: Place) -> None:
    run = Run.find(place.runs, "s0")
    before = run.config()
    answer = resume(place, *words)
    assert answer.code == 0, answer
    assert run.config() == {**before, "budget": 6}
    assert run.info()["step"] == 6


CHANGED = [
    (("--validation.freq", "5"), ("validation", "freq"), 5),
    (("--checkpoint.keep", "2"), ("checkpoint", "keep"), 2),
    (("--model.optim.lr", "1e-2"), ("model", "optim", "lr"), 0.01),
    (("--precision", "bf16"), ("precision",), "bf16"),
    (("--clip.norm", "2"), ("clip", "norm"), 2.0),
]


@pytest.mark.parametrize(("words", "path", "value"), CHANGED, ids=[words[0] for words, _, _ in CHANGED])
def test_what_belongs_to_the_call_may_change(
    words: tuple[str, ...], path: tuple[str, ...], value: object, place: Place
) -> None:
    answer = resume(place, *words)
    assert answer.code == 0, answer
    found: object = Run.find(place.runs, "s0").config()
    for key in path:
        assert isinstance(found, dict)
        found = found[key]
    assert found == value


def test_several_runs_are_held_to_the_same_rule(place: Place) -> None:
    together = ("train", "--resume", "s*", "--budget", "6", "--quiet")
    assert place.fig(*together, "--seed", "0").refused("seed is 1", "not 0")
    assert place.fig(*together, "--latent-dim", "3").refused("latent-dim is 12", "not 3")
    assert place.fig(*together, "--latent-dim", "12").code == 0
    for seed in (0, 1):
        config = Run.find(place.runs, f"s{seed}").config()
        assert (config["seed"], config["latent_dim"], config["budget"]) == (seed, 12, 6)


def vectors(path: Path, count: int) -> Path:
    rng = np.random.default_rng(count)
    factors = rng.integers(0, 4, (count, 2))
    np.savez(path, images=rng.normal(size=(count, 8)).astype("f4"), factors=factors)
    return path


def test_a_new_run_from_weights_takes_the_data_that_the_call_names(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    place = Place(tmp_path / "runs", tmp_path / "data")
    first, second = vectors(tmp_path / "first.npz", 200), vectors(tmp_path / "second.npz", 260)
    new = "train m/vae d/array/vec --latent-dim 3 --budget 2 --dataset.batch-size 16 --logger none --quiet"
    answer = place.fig(*new.split(), "--path", first, "--name", "one")
    assert answer.code == 0, answer.err
    more = ("train", "--load", "one", "--quiet", "--name", "two", "--path", second)
    answer = place.fig(*more)
    assert answer.code == 0, answer.err
    two = load_run("two", saveroot=place.runs)
    assert two.config["dataset"]["path"] == str(second)
    assert len(two.dataset) == 260
    answer = place.fig("train", "--resume", "one", "--budget", "4", "--path", second)
    assert answer.code == 1
    assert "the data are not those that one_" in answer.err
    assert place.fig("train", "--resume", "one", "--budget", "4", "--quiet", "--path", first).code == 0


def test_a_root_value_that_no_component_gets_is_refused(place: Place) -> None:
    """The node's own value is nearer; the one on the command line must not vanish without a word."""
    answer = place.fig(*f"train {SMALL} --budget 2 --model.reg-wt 2 --reg-wt 3".split())
    assert answer.refused("--reg-wt")
