"""Runs of version 0.2.0.dev0: this version loads, resumes, scores and reports them as that one did.

The archive holds `runs/` (20 steps of a VAE, of a FactorVAE, and of an AE with two seeds, trained as one
ensemble; results of `eval` and `eval-metrics`) and `continued/`: their records 10 steps later.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from disentcli import load_run

from .in_process import Place

ARCHIVE = Path(__file__).parent / "stored" / "runs-0.2.0.dev0.tar.xz"
VAE, FACTORVAE = "vae_261130-200905", "factorvae_261130-200943"
SEEDS = ("seeds_seed0_261130-201022", "seeds_seed1_261130-201022")
METRICS = ("eval-metrics", "eval/vec", "--metrics", "[mig,dci,sap,infomec,irs]")
CLOSE = {"rel": 1e-4, "abs": 1e-6}  # what another CPU may round differently
CLOSE_TREES = {"rel": 1e-2}  # of DCI: codes rounded differently move a split of its trees


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, dataroot: Path) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("stored")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return Place(folder / "runs", dataroot)


def records(folder: Path) -> dict[int, dict[str, Any]]:
    """The scalars of a run by step, without the checksums of their lines."""
    lines = (folder / "scalars.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {row.pop("step"): {key: row[key] for key in row if key != "crc32"} for row in rows}


def scores(run: Path, ident: str) -> Any:
    """The scores of a result file by metric."""
    return json.loads((run / "results" / f"{ident}.json").read_text(encoding="utf-8"))["scores"]


def test_the_models_load(place: Place) -> None:
    for name, parameters in ((VAE, 3548), (FACTORVAE, 3606), (SEEDS[0], 3512), (SEEDS[1], 3512)):
        run = load_run(place.runs / name)
        assert sum(each.numel() for each in run.model.parameters()) == parameters
        assert run.step == 20


@pytest.mark.parametrize(("ident", "words"), [("eval-val", ("eval",)), ("metrics-stored", METRICS)])
def test_the_results_are_the_same(place: Place, ident: str, words: tuple[str, ...]) -> None:
    again = f"again-{ident}"
    answer = place.fig(*words, "--load", VAE, "--ident", again)
    assert answer.code == 0, answer.err
    stored, found = scores(place.runs / VAE, ident), scores(place.runs / VAE, again)
    assert found.keys() == stored.keys()
    for metric, values in stored.items():
        close = CLOSE_TREES if metric == "dci" else CLOSE
        assert found[metric] == pytest.approx(values, **close), metric


def test_the_report_shows_them(place: Place) -> None:
    answer = place.fig("report", VAE)
    assert answer.code == 0, answer.err
    page = (place.runs / VAE / "report.html").read_text(encoding="utf-8")
    assert f"{scores(place.runs / VAE, 'metrics-stored')['irs']['irs']:.4f}" in page


@pytest.mark.parametrize("wanted", [(VAE,), (FACTORVAE,), SEEDS], ids=["vae", "factorvae", "ensemble"])
def test_training_goes_on_as_it_did(place: Place, wanted: tuple[str, ...]) -> None:
    answer = place.fig("train", "--resume", wanted[0] if len(wanted) == 1 else "seeds_*", "--budget", 30)
    assert answer.code == 0, answer.err
    for name in wanted:
        found, expected = place.runs / name / "records", place.runs.parent / "continued" / name
        assert records(found).keys() == records(expected).keys()
        for step, row in records(expected).items():
            assert records(found)[step] == pytest.approx(row, **CLOSE), step
        info = json.loads((place.runs / name / "run.json").read_text(encoding="utf-8"))
        assert info["status"] == "completed"
