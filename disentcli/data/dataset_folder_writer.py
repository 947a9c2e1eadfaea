"""The streaming writer of a dataset folder: images go straight to disk, one rename makes the folder."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from types import TracebackType

import numpy as np

from ..atomic_io import sync_folder
from ..errors import DisentError
from .checksums import folder_sums, meta_text
from .dataset_folder import StoreSpec
from .resources import format_bytes, require_space

SYNC_BYTES = 256 * 2**20  # how much work a power failure may cost


class StoreWriter:
    """Writes the images of `spec` into `.<folder>.partial`, which becomes `folder` once all have come.

        with exclusive(folder), StoreWriter(folder, spec) as writer:
            for block in blocks_from(writer.done):
                writer.write(block)

    A writer that was interrupted (KeyboardInterrupt, a kill) goes on after the last whole `group` of images;
    `done` says after how many. What a different `spec` left is removed, and so is everything on an error.
    DisentError if the space is not there to begin with, the disk fills up, the folder may not be written, the
    images are too few or too many, or not the expected ones.
    """

    def __init__(
        self, folder: str | Path, spec: StoreSpec, *, group: int = 1, expected_sha256: str = ""
    ) -> None:
        self.folder = Path(folder)
        self.partial = self.folder.with_name(f".{self.folder.name}.partial")
        self.spec = spec
        self.done = 0
        self._expected_sha256 = expected_sha256
        self.factors: np.ndarray | None = None  # set before the end for images that are no full grid
        self._sha256 = hashlib.sha256()
        self._plan = json.dumps(spec.meta("") | {"group": group}, sort_keys=True)
        self._header = _npy_header((spec.count, *spec.row_shape))
        try:
            self._start(group)
        except OSError as error:
            raise self._failure(error) from error

    def _start(self, group: int) -> None:
        """Open the partial folder, new or with what an interrupted writer left in it."""
        shutil.rmtree(self._replaced(), ignore_errors=True)
        self.done = self._synced() // group * group
        if not self.done:
            self._discard()
        require_space(self.folder, (self.spec.count - self.done) * self.spec.row_bytes, self.spec.name)
        self.partial.mkdir(parents=True, exist_ok=True)
        path = self.partial / "images.npy"
        self._file = open(path, "r+b" if self.done else "w+b")  # noqa: SIM115 (closed by __exit__)
        if self.done:
            self._hash_again()
        else:
            self._file.write(self._header)
            self._put("plan.json", self._plan)
        self._unsynced = 0

    def _synced(self) -> int:
        """How many images an interrupted writer of the same plan has left on the disk."""
        try:
            if (self.partial / "plan.json").read_text("utf-8") != self._plan:
                return 0
            synced = int((self.partial / "synced").read_text("utf-8"))
            stored = (self.partial / "images.npy").stat().st_size - len(self._header)
            return min(synced, stored // self.spec.row_bytes)
        except (OSError, ValueError):
            return 0

    def _hash_again(self) -> None:
        """Bring the running checksum to the end of the kept images, and cut off the rest."""
        end = len(self._header) + self.done * self.spec.row_bytes
        self._file.truncate(end)
        self._file.seek(len(self._header))
        while self._file.tell() < end:
            self._sha256.update(self._file.read(min(2**24, end - self._file.tell())))

    def write(self, block: np.ndarray) -> None:
        """Append images (n, H, W, C) uint8, or packed rows (n, bytes)."""
        if block.dtype != np.uint8 or block.shape[1:] != self.spec.row_shape:
            raise ValueError(
                f"a block must be uint8 (n, *{self.spec.row_shape}), not {block.dtype} {block.shape}"
            )
        if self.done + len(block) > self.spec.count:
            raise DisentError(f"{self.spec.name} has more images than the {self.spec.count:,} expected")
        data = np.ascontiguousarray(block).data.cast("B")
        try:
            self._file.write(data)
            self._sha256.update(data)
            self.done += len(block)
            self._unsynced += data.nbytes
            if self._unsynced >= SYNC_BYTES:
                self._sync()
        except OSError as error:
            raise self._failure(error) from error

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._put("synced", str(self.done))
        self._unsynced = 0

    def _finish(self) -> None:
        """Complete the folder and give it its name; an older one of this name is replaced."""
        if self.done < self.spec.count:
            raise DisentError(f"{self.spec.name} has {self.done:,} images instead of {self.spec.count:,}")
        sha256 = self._sha256.hexdigest()
        if self._expected_sha256 not in ("", sha256):
            raise DisentError(
                f"the images of {self.spec.name} have the sha256 {sha256}, not {self._expected_sha256}: "
                "they were not kept; is the memory or the disk of this machine sound?"
            )
        self._sync()
        if self.factors is not None:
            np.save(self.partial / "factors.npy", self.factors, allow_pickle=False)
        meta = self.spec.meta(sha256)
        meta["sums"] = folder_sums(self.partial, meta)
        self._put("meta.json", meta_text(meta))
        if self.folder.exists():
            os.replace(self.folder, self._replaced())
        os.replace(self.partial, self.folder)
        sync_folder(self.folder.parent)
        for name in ("plan.json", "synced"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self._replaced(), ignore_errors=True)

    def _put(self, name: str, text: str) -> None:
        """Write a small file into the partial folder in one step; the caller handles OSError."""
        new = self.partial / f"{name}.new"
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.partial / name)

    def _replaced(self) -> Path:
        return self.folder.with_name(f".{self.folder.name}.replaced")

    def _failure(self, error: OSError) -> DisentError:
        """What a failed write says; the space is given back."""
        self._discard()
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return DisentError(
                f"the disk of {self.folder.parent} is full: {self.spec.name} needs "
                f"{format_bytes(self.spec.image_bytes)}; make room or name another folder with --dataroot"
            )
        return DisentError(
            f"{self.partial} cannot be written: {error.strerror or error}; mend it and call again"
        )

    def _discard(self) -> None:
        shutil.rmtree(self.partial, ignore_errors=True)

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._finish()
            elif issubclass(kind, Exception):
                self._discard()
            else:
                self._sync()
        except OSError as failure:
            raise self._failure(failure) from failure
        except DisentError:
            self._discard()
            raise
        finally:
            with suppress(OSError):  # everything worth keeping was synced above
                self._file.close()


def _npy_header(shape: tuple[int, ...]) -> bytes:
    buffer = BytesIO()
    described = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, described)
    return buffer.getvalue()
