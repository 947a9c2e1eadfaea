"""A loaded run in a notebook: PyTorch's loaders, arrays of any kind, scores, one line and a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

import disentcli
from disentcli import CallError, LoadedRun, load_run
from disentcli.runs.results import write_results
from disentcli.runs.run_html import run_html

from ..commands.in_process import Place

WORDS = "train m/vae d/vec --dataset.count 300 --dataset.test-count 50 --budget 2 --logger none --quiet"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> LoadedRun:
    """A run of two steps with one evaluation."""
    place = Place(tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("data"))
    assert place.fig(*WORDS.split()).code == 0
    loaded = load_run("last", saveroot=place.runs, dataroot=place.data)
    write_results(loaded.run, "metrics", {"mig": {"mig": 0.25}, "sap": {"sap": None}}, {"sap": "why not"})
    return loaded


def test_a_dataset_is_one_of_pytorch(run: LoadedRun) -> None:
    assert isinstance(run.dataset, Dataset)
    observation, factors = run.dataset[3]
    assert torch.equal(observation, run.dataset.batch(torch.tensor([3]))[0])
    assert factors.tolist() == run.dataset.factors(np.array([3]))[0].tolist()
    assert torch.equal(run.dataset[-1][0], run.dataset[len(run.dataset) - 1][0])
    with pytest.raises(IndexError):
        run.dataset[len(run.dataset)]
    assert sum(1 for _ in run.dataset) == len(run.dataset)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_data_loader_takes_it(run: LoadedRun, workers: int) -> None:
    loaded = [batch for batch, _ in DataLoader(run.dataset, batch_size=64, num_workers=workers)]
    assert torch.equal(torch.cat(loaded), run.dataset.batch(torch.arange(len(run.dataset))))


@pytest.mark.parametrize("indices", [np.arange(3), np.arange(3, dtype=np.int32), [0, 1, 2], range(3)])
def test_batches_take_indices_of_any_kind(run: LoadedRun, indices: object) -> None:
    assert torch.equal(run.dataset.batch(indices), run.dataset.batch(torch.arange(3)))  # type: ignore[arg-type]


def test_wrong_inputs_are_value_errors(run: LoadedRun) -> None:
    assert issubclass(CallError, ValueError)
    with pytest.raises(ValueError, match="finite"):
        run.encode(np.full((2, *run.dataset.shape), np.nan, np.float32))


def test_scores_results_and_figures(run: LoadedRun) -> None:
    assert run.scores == {"metrics": {"mig": 0.25}}
    assert run.results()["metrics"].reasons == {"sap": "why not"}
    assert run.figures == []
    assert repr(run) == f"LoadedRun({run.run.name}, vae on vec, step 2)"


def test_its_html_has_the_scores_and_a_picture_and_escapes_names(tmp_path: Path, run: LoadedRun) -> None:
    assert "<td>metrics: mig</td><td>0.25</td>" in run._repr_html_()
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    page = run_html("<b>", {f"<{n}>": n / 10 for n in range(15)}, [tmp_path / "a.png"])
    assert page.count("<tr>") == 12
    assert "and 3 more" in page
    assert "&lt;b&gt;" in page
    assert 'src="data:image/png;base64,iVBORw=="' in page


def test_public_names_are_shown() -> None:
    assert {"load_run", "list_runs", "Run", "LoadedRun"} <= set(dir(disentcli))
