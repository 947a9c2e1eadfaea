"""Runs on pianorolls: trained, evaluated, drawn, reported, and written as MIDI files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.data.pianoroll.midi_file import read_midi
from disentcli.errors import CallError
from disentcli.runs.run import Run
from disentcli.scripts.eval import evaluate
from disentcli.scripts.eval_metrics import eval_metrics as eval_metrics
from disentcli.scripts.figures import draw_figures as figures
from disentcli.scripts.midi import midi, read_pair
from disentcli.scripts.sample import sample

from ..configs import sheets, trained

FEW = {"dataset.count": 6, "dataset.song-bars": 6, "latent-dim": 8}
SMALL = {"model.encoder.width": 8, "model.decoder.width": 8, "model.decoder.conductor-width": 8}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """One run of each method."""
    folder = tmp_path_factory.mktemp("songs")
    methods = ("m/musae", "m/musae/mixture", "m/vae", "m/aae")
    return {
        one: trained(
            one,
            "d/songs",
            data=folder / "data",
            runs=folder / one.replace("/", "-"),
            budget=2,
            **FEW,
            **SMALL,
        )
        for one in methods
    }


def call(script: str, run: Run, *names: str, **changes: object) -> Settings:
    given = {"load": run.name, "saveroot": str(run.path.parent), "device": "cpu", "quiet": True, **changes}
    return Settings([ConfigLayer(given, COMMAND_LINE), *sheets(*names)], script=script)


@pytest.mark.parametrize("method", ["m/musae", "m/musae/mixture", "m/vae", "m/aae"])
def test_songs_are_scored_by_their_symbols(runs: dict[str, Run], method: str) -> None:
    run = runs[method]
    assert evaluate(call("eval", run)) == 0
    scores = json.loads((run.path / "results/eval-val.json").read_text())["scores"]["reconstruction"]
    assert {"accuracy", "notes", "accuracy.drums", "notes.strings"} <= set(scores)
    assert (run.path / "figures/eval-val/reconstructions.png").is_file()


def test_the_metrics_of_songs_are_all_there(runs: dict[str, Run]) -> None:
    run = runs["m/musae/mixture"]
    assert (
        eval_metrics(
            call("eval-metrics", run, "eval/pianoroll", metrics=["symbol_accuracy", "style_statistics"])
        )
        == 0
    )
    scores = json.loads((run.path / "results/metrics-pianoroll.json").read_text())["scores"]
    assert 0 < scores["symbol_accuracy"]["in_distribution.commonest.accuracy"] < 1
    assert 0 <= scores["style_statistics"]["nearest_component"] <= 1


def test_figures_are_drawn_of_songs(runs: dict[str, Run]) -> None:
    run = runs["m/vae"]
    assert (
        figures(call("figures", run, figures=["reconstructions", "interpolations", "swaps", "samples"])) == 0
    )
    drawn = {path.stem for path in run.path.glob("figures/*/*.png")}
    assert {"reconstructions", "interpolations", "swaps_1", "samples"} <= drawn


@pytest.mark.parametrize(
    ("method", "styles"),
    [
        ("m/musae/mixture", {"ballad", "rock", "techno", "minor"}),
        ("m/musae", {"tag0", "tag1", "tag2", "tag3"}),
        ("m/vae", set()),
    ],
)
def test_midi_files_hold_what_is_generated(
    runs: dict[str, Run], tmp_path: Path, method: str, styles: set[str]
) -> None:
    pytest.importorskip("symusic")
    assert midi(call("midi", runs[method], out=str(tmp_path / "out"), count=3, steps=4)) == 0
    files = {path.stem: path for path in (tmp_path / "out").glob("*.mid")}
    kinds = {"samples", "interpolation", "original", "reconstruction"}
    assert set(files) == {*kinds, *(f"style_{style}" for style in styles)}
    assert {path.stem for path in (tmp_path / "out").glob("*.png")} == {"samples", "interpolation", "styles"}
    original = read_midi(files["original"].read_bytes())
    assert [one.drums for one in original] == [True, False, False, False]
    assert max(one.notes.ticks for one in original) <= 4 * (64 + 16)
    with pytest.raises(CallError, match="--overwrite"):
        midi(call("midi", runs[method], out=str(tmp_path / "out")))


def test_samples_are_written_as_midi_and_arrays(runs: dict[str, Run], tmp_path: Path) -> None:
    for name in ("new.mid", "new.npz", "new.png"):
        assert sample(call("sample", runs["m/vae"], out=str(tmp_path / name), count=3)) == 0
    assert (tmp_path / "new.mid").read_bytes().startswith(b"MThd")
    with np.load(tmp_path / "new.npz") as arrays:
        assert arrays["images"].shape == (3, 4, 64)


def test_a_pair_is_two_places() -> None:
    assert read_pair(None, 5) is None
    assert read_pair("0,4", 5) == [0, 4]
    for wrong in ("1", "0,5", "a,b", "1,2,3"):
        with pytest.raises(CallError, match="say two places from 0 to 4"):
            read_pair(wrong, 5)


@pytest.mark.parametrize("config", ["paper/musae/gaussian", "paper/musae/mixture", "demo/pianoroll"])
def test_configs_build_their_model(config: str) -> None:
    import torch

    names = (config,) if config.startswith("demo") else (config, "d/songs")
    with torch.device("meta"):
        model = Settings(sheets(*names)).build(
            "model", input_shape=(4, 256), dataset_size=1000, factor_names=("a", "b"), factor_sizes=(2, 2)
        )
    published = {"paper/musae/gaussian": 512 + 32, "paper/musae/mixture": 512, "demo/pianoroll": 16}
    assert model.latent_dim == published[config]
