"""The lines of the published README of structural autoencoders (Leeb et al., ICLR 2023), word for word.

Datasets are small files of exactly the published formats, from a local host; what is added behind a
line makes it quick.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ..data.download.download_host import Host
from ..data.download.public_host import public_files, write_sources
from .in_process import Place

QUICK = ("--budget", "1", "--dataset.batch-size", "4", "--logger", "none")
VECTORS = ("--dataset.count", "300", "--dataset.test-count", "50")
FEW = ("--metrics", "mig,irs", "--points", "40", "--test-points", "20", "--quiet")
ON_VECTORS = (
    "fig train hybrid a/e/conv12 a/d/strc/12 m/ae d/vec",
    "fig train hybrid a/e/conv12 a/d/strc/6 m/ae d/vec",
    "fig train hybrid nosplit a/e/conv12 a/d/strc/12 m/ae d/vec",
    "fig train hybrid a/ladder/12 m/vae d/vec",
    "fig train hybrid a/ladder/6 m/vae d/vec",
    "fig train hybrid a/conv12 m/ae d/vec",
    "fig train hybrid a/conv12 m/vae d/vec",
    "fig train hybrid a/conv12 m/vae d/vec --reg-wt 2",
    "fig train hybrid a/conv12 m/wae d/vec",
)
DOWNLOADING = {
    "fig train hybrid a/conv12 m/ae d/3ds --download": "3ds",
    "fig train hybrid a/conv12 m/ae d/mpi --download --cat toy": "mpi_toy",
    "fig train hybrid a/conv12 m/ae d/mpi --download --cat realistic": "mpi_realistic",
    "fig train hybrid a/conv12 m/ae d/mpi --download --cat real": "mpi_real",
    "fig train hybrid a/conv16 m/ae d/celeba --download": "celeba_64",
}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host(public_files()) as host:
        yield host


@pytest.fixture(scope="module")
def place(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Folders of runs and data, and a table of sources that leads to the host."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "runs").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISENTCLI_SOURCES", str(write_sources(folder / "sources.yaml", host)))
        yield Place(folder / "runs", folder / "data")


@pytest.fixture(scope="module")
def shapes(place: Place) -> Path:
    """The run of the line for 3D-Shapes."""
    return trained(place, "fig train hybrid a/conv12 m/ae d/3ds --download", *QUICK)


def trained(place: Place, line: str, *more: str) -> Path:
    """The run that a line trains."""
    before = place.names()
    answer = place.fig(*line.split()[1:], *more)
    assert answer.code == 0, answer.err
    (new,) = place.names() - before
    assert json.loads((place.runs / new / "run.json").read_text())["status"] == "completed"
    return place.runs / new


@pytest.mark.parametrize("line", ON_VECTORS)
def test_a_model_is_trained_on_vectors(line: str, place: Place) -> None:
    assert trained(place, line, *QUICK, *VECTORS).name.startswith("vec_")


@pytest.mark.parametrize(("line", "folder"), DOWNLOADING.items())
def test_a_dataset_is_downloaded_and_trained_on(line: str, folder: str, place: Place, host: Host) -> None:
    run = trained(place, line, *QUICK)
    assert (place.data / folder / "meta.json").is_file()
    config = yaml.safe_load((run / "config.yaml").read_text())
    assert not {"download", "cat", "category"} & config.keys()
    if folder.startswith("mpi"):
        assert config["dataset"]["category"] == folder.removeprefix("mpi_")

    asked = len(host.requests)
    data = line.split()[line.split().index("m/ae") + 1 :]
    answer = place.fig("show-data", *data, "--out", place.runs / f"{folder}.png", "--quiet")
    assert answer.code == 0, answer.err
    assert len(host.requests) == asked  # it is there: nothing is fetched


def test_a_model_is_evaluated(place: Place) -> None:
    run = trained(place, ON_VECTORS[0], *QUICK, *VECTORS)
    for line in (
        f"fig eval --load {run.name} --ident val_results",
        f"fig eval --load {run.name} --mode test --ident test_results",
    ):
        answer = place.fig(*line.split()[1:])
        assert answer.code == 0, answer.err
    names = {path.name for path in (run / "results").glob("*.json")}
    assert names == {"val_results.json", "test_results.json"}


def scores(run: Path, ident: str) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.loads((run / "results" / f"{ident}.json").read_text())["scores"]
    return found


def test_metrics_of_one_run_and_of_many_are_the_same(shapes: Path, place: Place, tmp_path: Path) -> None:
    name = shapes.name
    answer = place.fig(*f"eval-metrics eval/3ds --load {name}".split(), *FEW)
    assert answer.code == 0, answer.err
    expected = scores(shapes, "metrics-3ds")
    assert expected["mig"]["mig"] is not None
    answer = place.fig(*f"eval-multiple-metrics eval/3ds --run-name {name} --ident again".split(), *FEW)
    assert answer.code == 0, answer.err
    assert scores(shapes, "again") == expected

    several = Place(tmp_path / "runs", place.data)
    for copy in ("first", "second"):
        shutil.copytree(shapes, several.runs / copy)
    for runs, ident in (("all", "new"), ("[first,second]", "new"), ("*s*", "again")):
        words = f"eval-multiple-metrics eval/3ds --runs {runs} --ident {ident}"
        answer = several.fig(*words.split(), *FEW)  # what is there already is not computed again
        assert answer.code == 0, answer.err
        assert {"first", "second"} <= set(answer.out.split())
        assert all(scores(several.runs / copy, ident) == expected for copy in ("first", "second"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "fig eval-multiple-metrics needs a run: --load RUN"),
        ("--runs all --run-name x", "--run-name and --runs all name runs; give one of them"),
        ("--runs [1,2]", "--runs takes names of runs, as in --runs RUN,RUN, or all"),
        ("--runs nosuch", "no run 'nosuch'"),
    ],
)
def test_runs_that_are_named_wrongly_are_refused(words: str, message: str, place: Place) -> None:
    answer = place.fig("eval-multiple-metrics", "eval/3ds", *words.split())
    assert answer.refused(message), answer


@pytest.mark.parametrize(
    ("words", "folder"),
    [("--name 3dshapes", "3ds"), ("--name mpi3d --category toy", "mpi_toy"), ("mpi3d", "mpi_toy")],
)
def test_download_dataset_knows_the_published_names(words: str, folder: str, place: Place) -> None:
    answer = place.fig("download-dataset", *words.split())
    assert answer.code == 0, answer.err
    assert str(place.data / folder) in answer.out
