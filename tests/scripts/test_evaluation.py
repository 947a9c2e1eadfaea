"""eval, eval-metrics, encode and compare on small untrained runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from disentcli import __version__
from disentcli.config.call_check import check_keys_in_use
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.runs.run import Run
from disentcli.scripts.compare import compare
from disentcli.scripts.encode import encode
from disentcli.scripts.eval import evaluate
from disentcli.scripts.eval_metrics import eval_metrics

from ..toy_runs import VECTORS, make_run

FEW = {"points": 120, "test_points": 60}
METRICS = {
    "mig": None,
    "dci": {},
    "responses": {"num_traversals": 2},
    "cds": {"num_traversals": 2, "num_samples": 8},
}


def call(script: Callable[[Settings], int], run: Run, *words: str, **values: Any) -> int:
    """The script with these values as on its command line."""
    roots = {"saveroot": str(run.path.parent), "dataroot": str(run.path.parents[1] / "data"), "device": "cpu"}
    names = {"load": run.name} if not words else {}
    if script is compare:
        del roots["dataroot"], roots["device"]
    name = {"evaluate": "eval", "draw_figures": "figures"}.get(script.__name__, script.__name__)
    settings = Settings([ConfigLayer({**roots, **names, **values}, COMMAND_LINE)], script=name, words=words)
    check_keys_in_use(settings)
    return script(settings)


def read(run: Run, ident: str) -> dict[str, Any]:
    return json.loads((run.path / "results" / f"{ident}.json").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evaluated")


@pytest.fixture(scope="module")
def vae(folder: Path) -> Run:
    return make_run(folder, "vae", method="vae")


@pytest.fixture(scope="module")
def plain(folder: Path) -> Run:
    return make_run(folder, "plain")


def test_eval_writes_losses_examples_and_pictures(vae: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(evaluate, vae, mode="test") == 0
    result = read(vae, "eval-test")
    assert set(result["scores"]["losses"]) == {"loss", "reconstruction", "kl"}
    errors = {"mse_per_pixel", "mse_per_image", "bce_per_image", "psnr"}
    assert set(result["scores"]["reconstruction"]) == errors
    assert result["settings"]["images"] == 12  # a fifth of 64
    assert result["reasons"] == {}
    with h5py.File(vae.path / "results" / "eval-test.h5") as file:
        assert file["samples/prior"].shape == (60, 1, 32, 32)
    figures = {path.name for path in (vae.path / "figures" / "eval-test").iterdir()}
    assert figures == {"reconstructions.png", "samples.png", "traversals.png"}
    output = capsys.readouterr().out
    assert "losses.kl" in output
    assert "results/eval-test.json" in output


def test_losses_do_not_depend_on_the_batch_size_of_the_evaluation(vae: Run) -> None:
    found = []
    for size in (3, 64):
        assert call(evaluate, vae, mode="test", ident=f"by-{size}", **{"dataset.batch-size": size}) == 0
        found.append(read(vae, f"by-{size}"))
    assert found[0]["scores"]["losses"] == found[1]["scores"]["losses"]
    assert found[0]["settings"]["codes"] == {"losses": "drawn", "reconstruction": "mean"}
    assert found[0]["settings"]["loss_batch_size"] == 128
    assert call(evaluate, vae, mode="test", ident="other", seed=1) == 0
    other = read(vae, "other")["scores"]["losses"]
    assert other["kl"] == pytest.approx(found[0]["scores"]["losses"]["kl"])  # in closed form
    assert other["reconstruction"] != found[0]["scores"]["losses"]["reconstruction"]


def test_losses_that_compare_images_are_null_for_one_image(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(folder, "one", method="tcvae")
    assert call(evaluate, run, limit=1) == 0
    result = read(run, "eval-val")
    assert "losses" not in result["scores"]
    assert result["reasons"]["losses"] == "tcvae compares 2 or more images with each other, got 1"
    assert "no losses: tcvae compares 2 or more images" in capsys.readouterr().out


def test_an_autoencoder_without_a_sampler_says_why_it_has_no_samples(plain: Run) -> None:
    assert call(evaluate, plain, limit=5, ident="few") == 0
    result = read(plain, "few")
    assert result["settings"]["images"] == 5
    assert "hybrid" in result["reasons"]["samples"]


def test_the_same_ident_is_refused_before_anything_is_computed(
    vae: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(evaluate, vae, ident="once")
    first = (vae.path / "results" / "once.json").read_bytes()
    monkeypatch.setattr("disentcli.runs.load.load_run", lambda *_, **__: pytest.fail("it was loaded"))
    with pytest.raises(CallError, match=r"--ident.*--overwrite"):
        call(evaluate, vae, ident="once")
    assert (vae.path / "results" / "once.json").read_bytes() == first


def test_overwrite_replaces_and_repeats_exactly(vae: Run) -> None:
    call(evaluate, vae, ident="again")
    first = read(vae, "again")
    call(evaluate, vae, ident="again", overwrite=True)
    assert read(vae, "again")["scores"] == first["scores"]


def test_all_metrics_of_a_grid(vae: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(eval_metrics, vae, ident="metrics-all", metrics=METRICS, **FEW) == 0
    result = read(vae, "metrics-all")
    assert {name: sorted(scores) for name, scores in result["scores"].items()} == {
        "mig": ["ceiling", "mig"],
        "dci": ["completeness", "disentanglement", "informativeness_test", "informativeness_train"],
        "responses": ["causal_disentanglement_score"],
        "cds": ["causal_disentanglement"],
    }
    drawn = "points drawn uniformly, with replacement, from the full grid"
    assert result["settings"]["computed_on"] == {
        "mig": f"120 {drawn}",
        "dci": f"120 + 60 {drawn}",
        "responses": f"120 {drawn}, and its own draws from the full grid",
        "cds": f"120 {drawn}, and its own draws from the full grid",
    }
    assert f"dci: 120 + 60 {drawn}; " in result["settings"]["sampling"]
    assert result["settings"]["factors"]["orientation"] == 1  # a factor with one value is left out below
    with h5py.File(vae.path / "results" / "metrics-all.h5") as file:
        assert file["mig/mutual_information"].shape == (4, 4)
        assert file["responses/response_matrix"].shape == (4, 4)
    assert {path.stem for path in (vae.path / "figures" / "metrics-all").iterdir()} == {
        "mig_mutual_information",
        "dci_importance",
        "responses_response_matrix",
        "responses_conditioned_responses",
        "cds_conditioned_responses",
    }
    captured = capsys.readouterr()
    assert "cds.causal_disentanglement" in captured.out
    assert captured.err.count(" s\n") == 4


def test_metrics_that_the_data_cannot_support_are_null(folder: Path) -> None:
    run = make_run(folder, "vectors", data=VECTORS)
    metrics = {**METRICS, "dci": False}
    assert call(eval_metrics, run, metrics=metrics, quiet=True, **FEW) == 0
    result = read(run, "metrics-standard")
    assert result["scores"]["cds"] == {"causal_disentanglement": None}
    assert result["scores"]["responses"] == {"causal_disentanglement_score": None}
    assert all("not a full grid" in result["reasons"][name] for name in ("cds", "responses"))
    assert 0 <= result["scores"]["mig"]["mig"] <= 1
    assert "dci" not in result["scores"]
    assert "without replacement" in result["settings"]["sampling"]


def test_structure_and_response_maps_are_of_models_with_a_prior_and_a_plane(
    vae: Run, plain: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = {"structure": {"num_samples": 50}, "response_maps": {"latents": [3, 0], "resolution": 4}}
    for run in (vae, plain):
        assert call(eval_metrics, run, ident="maps", metrics=metrics, quiet=True, **FEW) == 0
    result = read(vae, "maps")
    assert sorted(result["scores"]["structure"]) == [
        "posterior_response",
        "prior_posterior",
        "structure_score",
    ]
    assert all(isinstance(value, float) for value in result["scores"]["structure"].values())
    assert result["settings"]["computed_on"].keys() == metrics.keys()
    with h5py.File(vae.path / "results" / "maps.h5") as file:
        assert file["response_maps/latents"][:].tolist() == [3, 0]
        assert file["response_maps/response"].shape == (4, 4, 2)
        for name in ("magnitude", "divergence", "mean_curvature"):
            assert file[f"response_maps/{name}"].shape == (
                4,
                4,
            )  # as many as latents, and yet no matrix of these
    assert not (vae.path / "figures" / "maps").exists()
    without = read(plain, "maps")
    assert set(without["scores"]["structure"].values()) == {None}
    assert without["reasons"] == {"structure": "the codes of ae are trained towards no prior"}
    assert "no structure: the codes of ae are trained towards no prior" in capsys.readouterr().out


def test_metrics_must_be_chosen_and_known(vae: Run) -> None:
    with pytest.raises(CallError, match="unknown preset 'stdy'; did you mean study"):
        call(eval_metrics, vae, ident="none", preset="stdy")
    with pytest.raises(CallError, match="unknown metric 'mgi'; did you mean mig"):
        call(eval_metrics, vae, ident="none", metrics="dci,mgi")
    with pytest.raises(CallError, match="has no option 'bin'"):
        call(eval_metrics, vae, ident="none", metrics={"mig": {"bin": 3}})


def test_encode_writes_what_the_model_gives(vae: Run, tmp_path: Path) -> None:
    out = tmp_path / "codes.npz"
    assert call(encode, vae, out=str(out)) == 0
    with np.load(out, allow_pickle=False) as found:
        assert found["codes"].shape == (64, 4)
        assert found["factors"].shape == (64, 5)
        assert found["factor_names"][0] == "shape"
        assert found["factor_sizes"].tolist() == [2, 2, 1, 4, 4]
        assert "code_indices" not in found
        np.testing.assert_array_equal(found["indices"], np.arange(64))
    with pytest.raises(CallError, match="exists; choose another name"):
        call(encode, vae, out=str(out))
    call(encode, vae, out=str(out), overwrite=True, mode="test")
    with np.load(out, allow_pickle=False) as found:
        assert found["codes"].shape == (12, 4)


def test_codes_of_a_file_score_as_the_run_that_wrote_them(folder: Path, tmp_path: Path) -> None:
    """On every image of a full grid; codes of a codebook keep their indices."""
    run = make_run(folder, "codebook", method="qlae", latent={"_type": "quantized", "num_values": 5})
    metrics = {"mig": {}, "infomec": {"explicitness": "none"}, "unsupervised": {}}
    whole = {"metrics": metrics, "exhaustive": list(metrics), "quiet": True}
    assert call(eval_metrics, run, ident="of-run", **whole) == 0
    assert call(encode, run, out=str(tmp_path / "codes.npz")) == 0
    files = {"codes": str(tmp_path / "codes.npz"), "out": str(tmp_path / "of-file.json")}
    sheet = ConfigLayer({**files, **whole}, COMMAND_LINE)
    assert eval_metrics(Settings([sheet], script="eval_metrics", words=())) == 0
    found = json.loads((tmp_path / "of-file.json").read_text())
    expected = read(run, "of-run")
    assert found["settings"]["exhaustive"] == expected["settings"]["exhaustive"] == list(metrics)
    for metric, scores in expected["scores"].items():
        assert found["scores"][metric] == pytest.approx(scores, rel=1e-6)


def test_encode_needs_a_place_that_exists(vae: Run, tmp_path: Path) -> None:
    with pytest.raises(CallError, match="needs a file to write"):
        call(encode, vae)
    with pytest.raises(CallError, match="no folder"):
        call(encode, vae, out=str(tmp_path / "nowhere" / "codes.npz"))


@pytest.mark.parametrize("script", [evaluate, eval_metrics, encode])
def test_a_run_must_be_named_and_a_stray_key_is_refused(script, vae: Run, tmp_path: Path) -> None:
    with pytest.raises(CallError, match="needs a run: --load RUN"):
        call(script, vae, load=None)
    values = {"metrics": METRICS, "ident": "stray"} if script is eval_metrics else {"ident": "stray"}
    values = {"out": str(tmp_path / "codes")} if script is encode else values
    with pytest.raises(CallError, match="budget"):
        call(script, vae, budget=3, **values)


def computed_by_an_earlier_version(path: Path) -> None:
    """Make the results look like those of 0.1.0, which said neither its version nor a checksum."""
    content = json.loads(path.read_text())
    assert content["settings"].pop("version") == __version__
    del content["crc32"], content["arrays"]
    path.write_text(json.dumps(content))


def test_compare_shows_runs_side_by_side_and_writes_tables(
    vae: Run, plain: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for run in (vae, plain):
        call(evaluate, run, ident="compared", limit=4)
    capsys.readouterr()
    out = tmp_path / "table.csv"
    assert call(compare, vae, vae.name, "plai*", out=str(out)) == 0
    assert "losses.loss" in capsys.readouterr().out
    assert out.read_text().splitlines()[0] == f"score,{vae.name},{plain.name}"
    assert call(compare, vae, vae.name, plain.name, ident="compared") == 0
    assert "note: " not in capsys.readouterr().out
    call(evaluate, plain, ident="compared", limit=4, mode="test", overwrite=True)
    assert call(compare, vae, vae.name, plain.name, ident="compared") == 0
    assert "note: compared: measured with different mode: val, test" in capsys.readouterr().out
    computed_by_an_earlier_version(plain.results / "compared.json")
    assert call(compare, vae, vae.name, plain.name, ident="compared") == 0
    noted = f"note: compared: measured with different version: {__version__}, 0.1.0"
    assert noted in capsys.readouterr().out
    with pytest.raises(CallError, match=r"fits 'nothing"):
        call(compare, vae, "nothing*")
    with pytest.raises(CallError, match=r"\.md, \.csv or \.tex"):
        call(compare, vae, vae.name, out="table.txt")
