"""Anyone's own images or vectors in one npz or HDF5 file, with or without factors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import CallError, DisentError
from ...registry import dataset
from ..dataset import Dataset
from ..dataset_info import DatasetInfo
from ..factors import Values
from .array_file import ArrayFile
from .factor_table import FactorTable, FileRef, factor_table
from .fingerprint import fingerprint
from .image_rows import Layout, layout_of, read_image_rows, row_shape

ENDINGS = (".npz", ".h5", ".hdf5")
TITLE = "Arrays of your own"


@dataset("array")
class Array(Dataset):
    """The array `images` (or `key`) of an .npz, .h5 or .hdf5 file, and the factors that stand beside it.

    images: uint8, bool or floats in [0, 1], (N, H, W), (N, H, W, C) or (N, C, H, W): `layout` says which of
        the last two where the channels, 4 at most, do not tell; or float vectors (N, D).
    factors: (N, F), or (N,) for one. A column of whole numbers, `3` or `3.0`, is one of classes, another
    continuous. Beside them may stand
    factor_names: F words;
    factor_sizes: F whole numbers, 0 for a continuous factor; otherwise the classes that occur are all;
    factor_values/NAME: the meanings of the classes of this factor, one array each.

    Factors that are a full grid in row-major order, the last fastest, make the dataset a grid.
    """

    def __init__(self, path: Path, *, key: str = "images", layout: Layout | None = None) -> None:
        arrays = open_arrays(Path(path))
        stored = read_image_rows(arrays[key], layout, f"{path}: the array {key!r}")
        table = read_factors(arrays, len(stored.rows))
        super().__init__(
            Path(path).stem,
            stored.rows,
            stored.shape,
            packed=stored.packed,
            fingerprint=fingerprint(stored.rows, stored.shape, table),
            source=str(path),
            **(table.for_dataset() if table else {}),
        )

    @staticmethod
    def info(*, path: Path | None, key: str, layout: Layout | None) -> DatasetInfo:
        """The array of this file, from its headers and factors."""
        if path is None:
            return DatasetInfo(TITLE, (), None, obtain="your file: --path FILE.npz")
        arrays = open_arrays(path)
        shape = arrays[key].shape
        layout = layout_of(shape, layout, f"{path}: the array {key!r}")
        table = read_factors(arrays, shape[0])
        return DatasetInfo(
            f"{TITLE}: {path.name}",
            row_shape(shape, layout),
            shape[0],
            table.names if table else (),
            table.sizes if table else (),
            table.values if table else (),
            obtain="your file",
        )


def open_arrays(path: Path) -> ArrayFile:
    """The arrays of the file, of which only the headers are read.

    Raises:
        CallError: there is no such file, or it has another ending.
        DisentError: it is damaged, or not what its ending says.
    """
    if path.is_dir():
        raise CallError(f"{path} is a folder: d/array reads one file, d/folder the image files of a folder")
    if not path.is_file():
        raise CallError(f"there is no file {path.absolute()}")
    if path.suffix.lower() not in ENDINGS:
        raise CallError(
            f"{path}: arrays are read from {', '.join(ENDINGS)} files, not from {path.suffix!r}; "
            "numpy.savez writes an .npz"
        )
    if path.suffix.lower() == ".npz":
        from ..formats.npz import open_npz

        return open_npz(path)
    from ..formats.hdf5 import open_hdf5

    return open_hdf5(path)


def read_factors(arrays: ArrayFile, count: int) -> FactorTable | None:
    """The factors of `count` images, checked; None if the file has none."""
    if "factors" not in arrays:
        return None
    factors = arrays["factors"].read()
    if factors.ndim == 1:
        factors = factors[:, None]
    if factors.ndim != 2 or not factors.shape[-1]:
        raise DisentError(f"{arrays.path}: factors must be (N, F), not {factors.shape}")
    if len(factors) != count:
        raise DisentError(f"{arrays.path}: {len(factors):,} rows of factors for {count:,} images")
    names = _names(arrays, factors.shape[1])
    return factor_table(
        list(factors.T),
        names,
        FileRef(str(arrays.path)),
        sizes=_sizes(arrays),
        values=_values(arrays, names),
    )


def _names(arrays: ArrayFile, count: int) -> list[str]:
    if "factor_names" not in arrays:
        return [f"factor_{k}" for k in range(count)]
    names = np.atleast_1d(arrays["factor_names"].read())
    if names.dtype.kind == "S":
        names = np.char.decode(names, "utf-8")
    if names.dtype.kind != "U" or names.ndim != 1:
        raise DisentError(
            f"{arrays.path}: factor_names must be {count} words, not {names.dtype} {names.shape}"
        )
    return [str(name) for name in names]


def _sizes(arrays: ArrayFile) -> list[int] | None:
    if "factor_sizes" not in arrays:
        return None
    sizes = np.atleast_1d(arrays["factor_sizes"].read())
    if sizes.dtype.kind not in "iu" or sizes.ndim != 1:
        raise DisentError(
            f"{arrays.path}: factor_sizes must be whole numbers, not {sizes.dtype} {sizes.shape}"
        )
    return sizes.tolist()


def _values(arrays: ArrayFile, names: list[str]) -> list[Values] | None:
    """What `factor_values/NAME` says of each factor; () where there is none."""
    given = [key for key in (*arrays.entries, *arrays.unreadable) if key.startswith("factor_values")]
    for key in given:
        if key.removeprefix("factor_values/") not in names:
            raise DisentError(
                f"{arrays.path}: {key!r} belongs to no factor; write factor_values/NAME, NAME one of "
                f"{', '.join(names)}"
            )
    keys = [f"factor_values/{name}" for name in names]
    return [_meanings(arrays, key) if key in arrays else () for key in keys] if given else None


def _meanings(arrays: ArrayFile, key: str) -> Values:
    values = np.atleast_1d(arrays[key].read())
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8")
    if values.ndim != 1 or values.dtype.kind not in "iufU" or not len(values):
        raise DisentError(f"{arrays.path}: {key} must be a list of numbers or words, not {values.dtype}")
    return tuple(values.tolist()) if values.dtype.kind == "U" else tuple(map(float, values))
