"""Killed with SIGKILL at a random moment, a download is continued by the next call, with the same bytes.

DISENTCLI_SOAK=20 kills twenty times in each phase instead of once.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from disentcli.data.download.source import Source

from .download_host import Host
from .download_samples import mpi3d_file, random_images, shapes3d_file, small_source, stored_images

KILLS = int(os.environ.get("DISENTCLI_SOAK", "1"))
SIZES = {"3ds": [2, 2, 2, 4, 4, 15], "mpi_toy": [2, 2, 2, 3, 3, 5, 6]}  # about 25 MB each

CALL = """
import sys, time
from pathlib import Path
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.fetch import DownloadOptions
from disentcli.data.download.mirrors import find_source
import disentcli.data.dataset_folder_writer as store_writer

store_writer.SYNC_BYTES = 1 << 20
write = store_writer.StoreWriter.write
def slowly(self, block):
    for first in range(0, len(block), 20):
        write(self, block[first:first + 20])
        time.sleep(float(sys.argv[3]))
store_writer.StoreWriter.write = slowly
print("ready", flush=True)
prepare_dataset(find_source(*sys.argv[1].split("_")), Path(sys.argv[2]), DownloadOptions(quiet=True))
"""


@pytest.fixture(scope="module")
def originals() -> dict[str, tuple[bytes, np.ndarray]]:
    """The file and the images of each source."""
    made = {}
    for name, write in {"3ds": shapes3d_file, "mpi_toy": lambda images, source: mpi3d_file(images)}.items():
        source = small_source(name, None, [], SIZES[name])
        images = random_images(source)
        images[:, :, 8:] = 7  # half of it packs well
        made[name] = (write(images, source), images)
    return made


@pytest.fixture
def host(originals: dict[str, tuple[bytes, np.ndarray]]) -> Iterator[Host]:
    with Host({name: data for name, (data, _) in originals.items()}) as host:
        yield host


def call(name: str, root: Path, host: Host, slowness: float) -> subprocess.Popen[str]:
    """A process that downloads; returns once it has imported everything."""
    data = host.files[name]
    source: Source = small_source(name, None, [])
    table = root / "mirrors.yaml"
    table.write_text(
        f"{name}:\n  sizes: {SIZES[name]}\n  files:\n    {source.files[0].name}:\n"
        f"      {{urls: ['{host.url(name)}'], size: {len(data)}, md5: {hashlib.md5(data).hexdigest()}}}\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", CALL, name, str(root / "data"), str(slowness)],
        env=os.environ | {"DISENTCLI_SOURCES": str(table)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def killed(process: subprocess.Popen[str], begun: Callable[[], bool], most: float) -> bool:
    """Kill the process at a random moment within `most` seconds after `begun`; whether it was at work."""
    deadline = time.monotonic() + 20
    while not begun() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(random.uniform(0, most))
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.kill
@pytest.mark.parametrize("name", ["3ds", "mpi_toy"])
@pytest.mark.parametrize("phase", ["download", "format"])
def test_the_call_after_a_kill_succeeds_with_the_same_bytes(
    originals: dict[str, tuple[bytes, np.ndarray]], host: Host, tmp_path: Path, name: str, phase: str
) -> None:
    begun = {
        "download": lambda: host.sent > 0,
        "format": lambda: (tmp_path / "data" / f".{name}.partial" / "images.npy").exists(),
    }[phase]
    host.pause, slowness = (0.002, 0.0) if phase == "download" else (0.0, 0.01)
    active = [killed(call(name, tmp_path, host, slowness), begun, 0.4) for _ in range(KILLS)]
    assert any(active)
    host.pause = 0.0
    with call(name, tmp_path, host, 0.0) as last:
        assert last.wait() == 0
    assert not list((tmp_path / "data" / "downloads").glob("*"))
    np.testing.assert_array_equal(stored_images(tmp_path / "data" / name), originals[name][1])
    left = {path.name for path in (tmp_path / "data").rglob("*") if path.is_file()}
    assert left <= {"images.npy", "meta.json", "plan.json", "synced", f".{name}.lock"}
