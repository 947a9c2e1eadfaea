"""The first screen: what was trained, in words, and the scores that a reader looks for."""

from __future__ import annotations

import doctest

from disentcli.report import summary
from disentcli.report.page import ModelOf
from disentcli.report.run_tables import render_headlines
from disentcli.report.summary import headlines, summarize
from disentcli.runs.results import write_results
from disentcli.runs.run import Run
from disentcli.tables import display_names

from .conftest import Maker
from .reading import Page

TRAINED = {
    "model": {"_type": "tcvae", "latent": {"_type": "gaussian"}, "encoder": {"_type": "conv64"}},
    "dataset": {"_type": "3ds", "batch_size": 64},
    "reg_wt": 4.0,
    "latent_dim": 10,
}


def test_examples_hold() -> None:
    for module in (summary, display_names):
        assert doctest.testmod(module).attempted
        assert not doctest.testmod(module).failed


def test_method_data_size_and_time_are_said_in_words(bare: Maker) -> None:
    run = bare(**TRAINED)
    with run.lock:
        run.update(wall_seconds=6180.0, device="cpu", seed=3)
    found = summarize(run)
    assert found.title == "β-TCVAE on 3D Shapes"
    assert found.facts["Method"] == "β-TCVAE, weight 4, latent gaussian, encoder conv64"
    assert found.facts["Size"] == "10 latents"
    assert found.facts["Training"].startswith("batches of 64, seed 3, 1 h 43 min on cpu, begun ")


def test_with_the_model_its_parameters_and_the_images_are_counted(vae: Run, model_of: ModelOf) -> None:
    inference, _, _ = model_of(vae)
    facts = summarize(vae, inference).facts
    weights = inference.model.state_dict()
    count = sum(value.numel() for name, value in weights.items() if "encoder" in name or "decoder" in name)
    assert facts["Size"] == f"4 latents, {count:,} parameters"
    assert f"{len(inference.dataset):,} images of " in facts["Data"]


def test_a_run_whose_config_says_nothing_has_its_name(bare: Maker) -> None:
    run = bare("nameless")
    assert summarize(run).title == run.name
    assert summarize(run).scores == []


def test_scores_that_matter_come_in_their_order_without_those_that_are_null(bare: Maker) -> None:
    run = bare()
    write_results(run, "eval-val", {"losses": {"kl": 5.0}, "reconstruction": {"psnr": 21.456}})
    write_results(run, "m", {"dci": {"disentanglement": 0.25, "completeness": None}, "mig": {"mig": 0.125}})
    assert [(one.name, one.value, one.ident) for one in headlines(run)] == [
        ("MIG ↑", "0.125", "m"),
        ("DCI disentanglement ↑", "0.25", "m"),
        ("PSNR ↑", "21.46", "eval-val"),
        ("Loss KL divergence", "5", "eval-val"),
    ]


def test_several_runs_stand_side_by_side_in_words(bare: Maker) -> None:
    runs = [bare("a", **TRAINED), bare("b")]
    write_results(runs[0], "m", {"mig": {"mig": 0.5}})
    rows = Page(str(render_headlines(runs))).rows
    assert rows[0] == ["run", "what", "status", "MIG ↑"]
    assert rows[1] == [runs[0].name, "β-TCVAE on 3D Shapes", runs[0].status(), "0.5"]
    assert rows[2][-1] == "–"
