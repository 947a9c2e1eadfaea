"""`freeze/encoder` and its like through `fig train`: kept, resumed, started from, and refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

from disentcli.runs import checkpoint
from disentcli.runs.run import Run

from ..commands.in_process import Answer, Place

SMALL = "d/vec --dataset.count 300 --dataset.test-count 50 --dataset.batch-size 16 --logger none --quiet"
VQ = f"a/conv12 m/qlae {SMALL}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A run of four steps with encoder and latent frozen."""
    folder = tmp_path_factory.mktemp("frozen")
    place = Place(folder, folder / "data")
    answer = place.fig(*f"train freeze/encoder freeze/latent {VQ} --budget 4 --name frozen".split())
    assert answer.code == 0, answer.err
    return place


@pytest.fixture
def place(made: Place, tmp_path: Path) -> Place:
    """A copy that a test may change."""
    shutil.copytree(made.runs, tmp_path / "runs")
    return Place(tmp_path / "runs", made.data)


def fig(place: Place, words: str) -> Answer:
    answer = place.fig(*words.split())
    assert answer.code == 0, answer.err
    return answer


def run_of(place: Place, name: str) -> Run:
    return Run.find(place.runs, name)


def changed_parts(run: Run, first: int = 0) -> set[str]:
    """The parts of the model that differ between two checkpoints of a run."""
    before, after = (checkpoint.load(run, step)["model"] for step in (first, "last"))
    return {name.partition(".")[0] for name in after if not torch.equal(before[name], after[name])}


def weights(run: Run) -> dict[str, Tensor]:
    return checkpoint.load(run)["model"]


def test_configs_stack_and_the_run_keeps_what_is_frozen(place: Place) -> None:
    run = run_of(place, "frozen")
    assert run.config()["model"]["frozen"] == ["encoder", "latent"]
    assert changed_parts(run) == {"decoder"}


def test_more_of_the_run_is_frozen_too_and_equals_a_run_without_a_break(place: Place) -> None:
    fig(place, "train --resume frozen --budget 9")
    fig(place, f"train {VQ} --model.frozen latent,encoder --budget 9 --name whole")
    resumed, whole = run_of(place, "frozen"), run_of(place, "whole")
    assert changed_parts(resumed) == changed_parts(whole) == {"decoder"}
    assert all(torch.equal(one, weights(whole)[name]) for name, one in weights(resumed).items())


@pytest.mark.parametrize(
    ("words", "parts", "learn"),
    [
        ("", ["encoder", "latent"], {"decoder"}),
        ("freeze/decoder", ["decoder"], {"encoder", "latent"}),
        ("--model.frozen []", None, {"encoder", "latent", "decoder"}),
    ],
)
def test_a_run_from_its_weights_freezes_the_same_or_what_the_call_says(
    place: Place, words: str, parts: list[str] | None, learn: set[str]
) -> None:
    fig(place, f"train {words} --load frozen --budget 3 --name next --quiet")
    run, old = run_of(place, "next"), run_of(place, "frozen")
    assert run.config()["model"].get("frozen") == parts
    assert changed_parts(run) == learn
    kept = [name for name in weights(run) if name.partition(".")[0] not in learn]
    assert all(torch.equal(weights(run)[name], weights(old)[name]) for name in kept)


def test_many_runs_at_once_freeze_too(place: Place) -> None:
    fig(place, f"train freeze/decoder m/vae {SMALL} --model.encoder.width 8 --seeds 2 --budget 3 --name many")
    runs = [run_of(place, f"many_seed{seed}") for seed in (0, 1)]
    assert [changed_parts(run) for run in runs] == [{"encoder"}] * 2
    assert [run.config()["model"]["frozen"] for run in runs] == [["decoder"]] * 2


def test_a_call_that_continues_the_run_may_repeat_what_is_frozen_but_not_change_it(place: Place) -> None:
    fig(place, "train freeze/latent freeze/encoder --resume frozen --budget 5 --quiet")
    for words, now in (("freeze/decoder", "decoder"), ("--model.frozen [encoder]", "encoder")):
        answer = place.fig(*f"train {words} --resume frozen --budget 6".split())
        assert answer.refused("model.frozen is ['encoder', 'latent']", f"['{now}']", "--load"), answer.err
    assert "config/freeze/decoder.yaml" in place.fig("train", "freeze/decoder", "--resume", "frozen").err


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("freeze/encoder freeze/decoder freeze/latent", ("all of qlae is frozen", "freeze fewer parts")),
        ("--model.frozen encodr", ("unknown part 'encodr'", "did you mean encoder")),
        ("--model.frozen [discriminator]", ("unknown part 'discriminator'", "encoder", "latent")),
        ("--model.frozen.encodr true", ("unknown part 'encodr'", "did you mean encoder")),
        ("--model.frozen 3", ("unknown part '3'", "encoder")),
        ("--model.frozen {encoder:3}", ("model.frozen takes the parts",)),
        ("--model.frozn [encoder]", ("--model.frozn", "did you mean model.frozen?")),
        ("freeze/encodr", ("freeze/encodr", "freeze/encoder")),
    ],
)
def test_what_cannot_be_frozen_is_refused(place: Place, words: str, names: tuple[str, ...]) -> None:
    before = place.names()
    configs = [word for word in words.split() if word.startswith("freeze/")]
    keys = [word for word in words.split() if word not in configs]
    answer = place.fig("train", *configs, *VQ.split(), *keys, "--budget", "3")
    assert answer.refused(*names), answer.err
    assert place.names() == before


def test_the_start_says_what_is_frozen(place: Place) -> None:
    loud = VQ.replace(" --quiet", "")
    assert "parameters, decoder frozen, steps" in fig(place, f"train freeze/decoder {loud} --budget 1").out


def test_show_says_that_it_is_in_use(place: Place) -> None:
    for words in ("show --load frozen", f"show freeze/encoder freeze/latent {VQ.replace(' --quiet', '')}"):
        shown = [line for line in fig(place, words).out.splitlines() if "encoder" in line or "frozen" in line]
        assert any("frozen" in line for line in shown), words
        assert not any("not in use" in line for line in shown), words
