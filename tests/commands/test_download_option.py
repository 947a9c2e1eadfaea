"""--download fetches what the dataset of a call lacks, before anything else is made, in every command."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..data.download.download_host import Host
from ..data.download.public_host import public_files, write_sources
from .in_process import Answer, Place

SHAPES = "3dshapes.h5"
TRAIN = "train a/dislib m/vae d/3ds --download"
PUBLISHED = "train hybrid a/conv12 m/ae d/3ds --download"  # a line of the README of Leeb et al., ICLR 2023
FACES = "train hybrid a/conv16 m/ae d/celeba --download"  # another
QUICK = ("--budget", "1", "--dataset.batch-size", "4", "--logger", "none")


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host(public_files()) as host:
        yield host


@pytest.fixture
def place(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Empty folders of runs and data."""
    host.requests.clear()
    host.always = ""
    (tmp_path / "runs").mkdir()
    monkeypatch.setenv("DISENTCLI_SOURCES", str(write_sources(tmp_path / "sources.yaml", host)))
    return Place(tmp_path / "runs", tmp_path / "data")


@pytest.fixture(scope="module")
def run(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on 3D-Shapes."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "runs").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISENTCLI_SOURCES", str(write_sources(folder / "sources.yaml", host)))
        answer = Place(folder / "runs", folder / "data").fig(*TRAIN.split(), *QUICK, "--quiet")
    assert (answer.code, answer.out) == (0, ""), answer.err
    (found,) = (folder / "runs").iterdir()
    return found


def trained(answer: Answer, place: Place) -> dict[str, object]:
    """The run.json of the only run."""
    assert answer.code == 0, answer.err
    (name,) = place.names()
    found: dict[str, object] = json.loads((place.runs / name / "run.json").read_text())
    return found


def test_a_connection_that_breaks_twice_is_one_call_and_a_trained_run(place: Place, host: Host) -> None:
    size = len(host.files[SHAPES])
    host.faults.extend([f"truncate {size // 3}"] * 2)
    answer = place.fig(*PUBLISHED.split(), *QUICK)
    assert trained(answer, place)["status"] == "completed"
    assert [one.asked for one in host.requests] == [None, *(f"bytes={n * (size // 3)}-" for n in (1, 2))]
    assert answer.out.count("trying again") == 2
    assert "3D-Shapes is in" in answer.out


@pytest.mark.parametrize(
    "words",
    [
        "eval --load RUN --limit 8",
        "eval-metrics --load RUN --metrics mig --points 20 --test-points 10",
        "eval-multiple-metrics --runs all --metrics mig --points 20 --test-points 10",
        "encode --load RUN --out FOLDER/codes.npz",
        "sample --load RUN --out FOLDER/sample.npz",
        "reconstruct --load RUN --out FOLDER/both.npz",
        "traverse --load RUN --out FOLDER/latents.npz",
        "figures --load RUN --only traversals --formats png",
        "report RUN",
        "train --resume RUN --budget 2",
        "train --load RUN --budget 1",
        "compute-fid d/3ds --fid.features pixels --mode test --limit 8",
        "show-data d/3ds --out FOLDER/picture.png",
    ],
)
def test_every_command_that_opens_the_data_fetches_them(words: str, run: Path, place: Place) -> None:
    shutil.copytree(run, place.runs / run.name)
    words = words.replace("RUN", run.name).replace("FOLDER", str(place.runs.parent))
    if not words.startswith("report"):  # which leaves out what it has no data for
        refused = place.fig(*words.split())
        assert refused.code == 1
        assert "run `fig download-dataset 3ds`, or give the call --download" in refused.err
    answer = place.fig(*words.split(), "--download")
    assert answer.code == 0, answer.err
    assert f"3D-Shapes is in {place.data / '3ds'}: 96 images" in answer.out
    assert "download:" not in (place.runs / run.name / "config.yaml").read_text()


def test_several_runs_at_once_fetch_once(place: Place, host: Host) -> None:
    answer = place.fig(*TRAIN.split(), *QUICK, "--seeds", "2", "--quiet")
    assert answer.code == 0, answer.err
    assert len(place.names()) == 2
    assert len(host.requests) == 1


def test_no_is_no(place: Place, host: Host) -> None:
    answer = place.fig(*TRAIN.split(), "no", *QUICK)
    assert (answer.code, host.requests) == (1, [])
    assert "fig download-dataset 3ds" in answer.err


@pytest.mark.parametrize("data", ["d/sprites32 --dataset.orientations 2 --dataset.positions 4", "d/vec"])
def test_what_is_made_here_needs_nothing(data: str, place: Place, host: Host) -> None:
    answer = place.fig("show-data", *data.split(), "--download")
    assert answer.code == 0, answer.err
    assert host.requests == []


def test_what_does_not_fit_the_images_is_refused_before_anything_is_fetched(place: Place, host: Host) -> None:
    for words in ("a/hwf m/vae d/3ds", "a/conv12 m/vae d/3ds --cat toy", "a/conv12 m/vae d/mpi --cat unreal"):
        answer = place.fig("train", *words.split(), "--download", *QUICK)
        assert answer.code == 2, answer
    assert (host.requests, place.names()) == ([], set())


def test_a_full_disk_is_said_before_anything_is_fetched(
    place: Place, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(shutil.disk_usage("/"))(10**9, 10**9 - 1000, 1000)
    monkeypatch.setattr("disentcli.data.resources.shutil.disk_usage", lambda path: usage)
    answer = place.fig(*TRAIN.split(), *QUICK)
    assert answer.code == 1
    assert "make room or name another folder with --dataroot" in answer.err
    assert (host.requests, place.names()) == ([], set())


def test_a_host_that_gives_nothing_leaves_no_run(place: Place, host: Host) -> None:
    host.always = "404"
    answer = place.fig(*TRAIN.split(), *QUICK)
    assert answer.code == 1
    assert "HTTP 404" in answer.err
    assert "fig download-dataset 3ds --mirror URL, or --from FILE" in answer.err
    assert place.names() == set()


def test_faces_that_their_host_gives_to_people_only_are_explained(place: Place, host: Host) -> None:
    host.always = "html"
    answer = place.fig(*FACES.split(), *QUICK)
    assert answer.code == 1
    assert "its host gives it to people only" in answer.err
    assert "fig download-dataset celeba --from FOLDER" in answer.err
    assert place.names() == set()


def test_two_calls_at_once_fetch_once(place: Place, host: Host) -> None:
    """As of two processes: the lock of the folder is one of files."""
    host.pause = 0.02
    from disentcli.data.download.mirrors import find_source_of
    from disentcli.data.download.missing import prepare_datasets

    other = threading.Thread(
        target=prepare_datasets, args=([find_source_of("3ds")], place.data), kwargs={"quiet": True}
    )
    other.start()
    answer = place.fig(*TRAIN.split(), *QUICK)
    other.join()
    host.pause = 0.0
    assert trained(answer, place)["status"] == "completed"
    assert len(host.requests) == 1


def test_a_sweep_passes_it_on_and_finds_its_runs_without_it(place: Place) -> None:
    planned = place.fig("sweep", *TRAIN.split(), *QUICK, "--dry-run")
    assert planned.out.split()[:2] == ["train", "fig"]
    assert "--download true" in planned.out
    from disentcli.experiment.sweep_plan import plan_runs

    keys = {
        one.sweep_key
        for arguments in ({"budget": "1"}, {"budget": "1", "download": "true"})
        for one in plan_runs(["d/3ds"], arguments, {}, [0], lambda word: False)
    }
    assert len(keys) == 1
