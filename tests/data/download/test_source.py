"""The sources agree with what is published, and an institute can lay its own mirrors over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from disentcli.data.download.mirrors import apply_mirrors, find_source
from disentcli.errors import CallError

from .download_samples import SOURCES


@pytest.mark.parametrize(
    ("name", "count", "formatted"),
    [
        ("3ds", 480_000, 5_898_240_000),
        ("mpi_toy", 1_036_800, 12_740_198_400),
        ("mpi_realistic", 1_036_800, 12_740_198_400),
        ("mpi_real", 1_036_800, 12_740_198_400),
        ("mpi_complex", 460_800, 5_662_310_400),
    ],
)
def test_the_grids_have_the_published_number_of_images(name: str, count: int, formatted: int) -> None:
    assert SOURCES[name].grid.size == count
    assert SOURCES[name].formatted == formatted


def test_the_values_of_3d_shapes_are_those_of_its_labels() -> None:
    values = dict(zip(SOURCES["3ds"].grid.names, SOURCES["3ds"].grid.values, strict=True))
    assert values["floor_hue"] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    assert values["scale"][0] == 0.75
    assert values["scale"][-1] == 1.25
    assert values["orientation"][:2] == pytest.approx([-30, -30 + 30 / 7])
    assert values["orientation"][-1] == 30


def test_every_file_has_a_checksum_or_https_or_says_that_it_has_none_and_a_page_to_fetch_it_by_hand() -> None:
    for source in SOURCES.values():
        assert source.licence
        assert source.citation
        for file in source.files:
            checked = file.md5 or file.md5_unpacked
            assert file.checksum_unknown or checked or all(url.startswith("https://") for url in file.urls)
            assert not (file.checksum_unknown and checked)
            assert checked or file.by_hand


def test_a_mirror_serves_every_file_under_its_own_name() -> None:
    source = find_source("mpi", "real", "https://data.example.edu/sets/")
    assert source.files[0].urls == ("https://data.example.edu/sets/mpi3d_real.npz",)
    assert len(find_source("mnist", mirror="https://data.example.edu/sets/").files) == 4


def test_a_table_named_by_the_environment_replaces_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mirrors.yaml"
    table.write_text(
        "3ds:\n  files:\n    3dshapes.h5: {urls: [http://mirror/3dshapes.h5], md5: null, size: 5}\n"
        "mpi_toy:\n  sizes: [2, 1, 2, 3, 3, 4, 4]\n"
    )
    monkeypatch.setenv("DISENTCLI_SOURCES", str(table))
    toy = find_source("mpi", "toy")
    file = find_source("3ds").files[0]
    assert (file.urls, file.md5, file.size, file.planned) == (("http://mirror/3dshapes.h5",), None, 5, 5)
    assert toy.grid.size == 576
    assert toy.grid.values[1] == ("cone",)
    assert toy.files[0].md5 is None
    assert toy.files[0].planned == pytest.approx(576 * 64 * 64 * 3, rel=1e-6)
    assert find_source("mpi", "real") == SOURCES["mpi_real"]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([], "a table of names was expected"),
        ({"3dss": {}}, "'3dss' is not one of 3ds, .*; 3ds?"),
        ({"3ds": {"size": [1]}}, "'size' is not one of files, sizes, count"),
        ({"3ds": {"sizes": [10, 10, 10, 8, 4, 16]}}, "sizes must be within"),
        ({"3ds": {"sizes": [2, 2]}}, "no grid of the sizes"),
        ({"mnist": {"sizes": [2]}}, "no grid of the sizes"),
        ({"3ds": {"count": 5}}, "5 images are not possible"),
        ({"mnist": {"count": 70_001}}, "70001 images are not possible"),
        ({"3ds": {"files": {"3dshapes": {}}}}, "'3dshapes' is not one of 3dshapes.h5"),
        ({"3ds": {"files": {"3dshapes.h5": {"url": "x"}}}}, "'url' is not one of urls"),
        ({"3ds": {"files": {"3dshapes.h5": {"urls": ["file:///etc/passwd"]}}}}, "begins with https"),
        ({"3ds": {"files": {"3dshapes.h5": {"urls": "http://a"}}}}, "urls is a list"),
        ({"3ds": {"files": {"3dshapes.h5": {"md5": "abc"}}}}, "md5 is 32 hexadecimal digits"),
        ({"3ds": {"files": {"3dshapes.h5": {"size": "5 MB"}}}}, "size is a number of bytes"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(table: Any, reason: str) -> None:
    with pytest.raises(CallError, match=reason):
        apply_mirrors(SOURCES, table, "mirrors.yaml")


def test_a_missing_or_unreadable_table_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISENTCLI_SOURCES", str(tmp_path / "none.yaml"))
    with pytest.raises(CallError, match=r"none.yaml, named by DISENTCLI_SOURCES, cannot be read"):
        find_source("3ds")
    (tmp_path / "none.yaml").write_text("a: [")
    with pytest.raises(CallError, match=r"none.yaml, named by DISENTCLI_SOURCES, cannot be read"):
        find_source("3ds")
