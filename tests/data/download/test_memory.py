"""A large archive is formatted with little memory: 300 MB here, as 12.7 GB there."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from disentcli.data.download.source import Source

from .download_samples import small_source

SIZES = [6, 6, 2, 3, 3, 19, 2]  # 24,624 images, 303 MB

CALL = """
import resource, sys
from pathlib import Path
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.fetch import DownloadOptions
from disentcli.data.download.mirrors import find_source

def peak():  # in MB; Linux counts the caller's memory in ru_maxrss, but not in VmHWM
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.open() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2

given, root = map(Path, sys.argv[1:])
source = find_source("mpi", "real")
before = peak()
prepare_dataset(source, root, DownloadOptions(quiet=True), local_path=given)
print(peak() - before)
"""


def write_large(path: Path, source: Source, compression: int) -> None:
    """An npz of the source's grid, written block by block."""
    rows = np.random.default_rng(0).integers(0, 256, (684, 64, 64, 3), dtype=np.uint8)
    rows[:, 8:] = 0
    described = {"descr": "|u1", "fortran_order": False, "shape": (source.grid.size, 64, 64, 3)}
    with (
        zipfile.ZipFile(path, "w", compression, compresslevel=1) as archive,
        archive.open("images.npy", "w", force_zip64=True) as member,
    ):
        np.lib.format.write_array_header_1_0(member, described)
        for _ in range(source.grid.size // len(rows)):
            member.write(rows.tobytes())


@pytest.mark.slow
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_of_300_mb_is_formatted_with_under_100_mb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: int
) -> None:
    table = tmp_path / "mirrors.yaml"
    table.write_text(f"mpi_real: {{sizes: {SIZES}, files: {{mpi3d_real.npz: {{md5: null}}}}}}\n")
    monkeypatch.setenv("DISENTCLI_SOURCES", str(table))
    write_large(tmp_path / "a.npz", small_source("mpi_real", None, [], SIZES), compression)
    call = [sys.executable, "-c", CALL, str(tmp_path / "a.npz"), str(tmp_path / "data")]
    grown = float(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    assert grown < 100, f"{grown:.0f} MB"
    images = tmp_path / "data" / "mpi_real" / "images.npy"
    assert images.stat().st_size == 128 + 24_624 * 64 * 64 * 3
    images.unlink()
    (tmp_path / "a.npz").unlink()
