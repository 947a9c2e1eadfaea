"""What a dataset lacks: the published files that it is made of, and nothing of what is made here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from disentcli.config.instantiate import NodeFit, fit_node
from disentcli.data.download.index import all_published
from disentcli.data.download.missing import missing_sources, prepare_datasets
from disentcli.registry import catalog
from disentcli.registry.signature import arguments_of

from .download_host import Host
from .download_samples import idx_files
from .public_host import public_files, write_sources


def fit(name: str, **arguments: Any) -> NodeFit:
    node: Mapping[str, Any] = {"_type": name, **arguments}
    return fit_node("dataset", node, where="dataset", inferred={})


def lacking(root: Path, name: str, **arguments: Any) -> list[str]:
    return [source.name for source in missing_sources(fit(name, **arguments), root)]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    with Host(public_files()) as host:
        monkeypatch.setenv("DISENTCLI_SOURCES", str(write_sources(tmp_path / "sources.yaml", host)))
        yield host


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("3ds", {}, ["3ds"]),
        ("mpi", {}, ["mpi_toy"]),
        ("mpi", {"category": "sim"}, ["mpi_realistic"]),
        ("celeba", {"size": 128}, ["celeba_128"]),
        ("smallnorb", {"camera": "right", "instance": "hidden"}, ["smallnorb_right"]),
        ("cmnist", {"pairing": "class"}, ["mnist"]),
        ("dsprites", {"decoration": "colour"}, ["dsprites"]),
        ("dsprites", {"decoration": "scream"}, ["dsprites", "scream"]),
        ("sprites", {"decoration": "scream"}, ["scream"]),
        ("sprites", {"decoration": "scream", "picture": "mine.png"}, []),
        ("room", {}, []),
        ("vec", {}, []),
        ("array", {}, []),
    ],
)
def test_a_dataset_lacks_what_it_is_made_of(
    tmp_path: Path, name: str, arguments: dict[str, Any], expected: list[str]
) -> None:
    assert lacking(tmp_path, name, **arguments) == expected


def test_every_source_is_what_some_dataset_is_made_of(tmp_path: Path) -> None:
    found = set[str]()
    for entry in catalog.entries("dataset"):
        component = catalog.resolve("dataset", entry.name)
        category = getattr(component, "category_argument", "category")
        options = [{}]
        if category in arguments_of(component):
            options = [{category: one} for one in get_args(arguments_of(component)[category].hint)]
        elif "decoration" in arguments_of(component):
            options = [{"decoration": "scream"}]
        for arguments in options:
            found.update(lacking(tmp_path, entry.name, **arguments))
    assert found == set(all_published())


def test_what_is_fetched_is_no_longer_missing(host: Host, tmp_path: Path) -> None:
    prepare_datasets(missing_sources(fit("3ds"), tmp_path), tmp_path, quiet=True)
    assert lacking(tmp_path, "3ds") == []
    (tmp_path / "3ds" / "images.npy").write_bytes(b"damaged")
    assert lacking(tmp_path, "3ds") == ["3ds"]  # the pipeline makes it again


def test_a_grid_of_ones_own_size_is_there(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_datasets(missing_sources(fit("3ds"), tmp_path), tmp_path, quiet=True)
    monkeypatch.delenv("DISENTCLI_SOURCES")
    meta = json.loads((tmp_path / "3ds" / "meta.json").read_text())
    assert meta["count"] < 480_000
    assert lacking(tmp_path, "3ds") == []


def test_files_that_are_kept_are_there_packed_or_not_and_any_selection_of_them_too(tmp_path: Path) -> None:
    folder = tmp_path / "mnist"
    folder.mkdir()
    files = idx_files()
    for name, data in list(files.items())[:3]:
        (folder / name).write_bytes(data)
    assert lacking(tmp_path, "mnist") == ["mnist"]
    (folder / list(files)[3].removesuffix(".gz")).write_bytes(b"unpacked")
    assert lacking(tmp_path, "mnist") == lacking(tmp_path, "cmnist") == []
