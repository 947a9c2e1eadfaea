"""Anyone's own images or vectors in one file of arrays or a table, with or without factors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import CallError, DisentError
from ...registry import dataset
from ...suggestions import no_file
from ..dataset import Dataset
from ..dataset_info import DatasetInfo
from ..factors import Values
from ..formats import table_file
from .array_file import ArrayEntry, ArrayFile
from .factor_table import FactorTable, FileRef, factor_arguments, factor_table
from .fingerprint import fingerprint
from .image_rows import Layout, RowOptions, layout_of, read_image_rows, row_shape
from .image_sizing import ImageSizing
from .vector_scale import VectorScale
from .vector_table import read_vector_table

ENDINGS = (".npz", ".h5", ".hdf5", ".npy", ".pt", ".pth", *table_file.ENDINGS)
TITLE = "Arrays of your own"
IMAGES, FACTORS = "images", "factors"  # the arrays that are read where the call names none


@dataset("array")
class Array(Dataset):
    """The array `images` (or `key`) of an .npz, .h5, .npy or .pt file, and the factors that stand beside it.

    images: uint8, bool or floats in [0, 1], (N, H, W), (N, H, W, C) or (N, C, H, W): `layout` says which of
        the last two where the channels, 4 at most, do not tell; or float vectors (N, D). Other whole numbers
        use the lowest `bits`. `size` resizes images, `pad` puts black around them, to `size` or to the next
        power of two.
    factors: (N, F), or (N,) for one (or the array `factors_key`). A column of whole numbers, `3` or `3.0`, is
        one of classes, another continuous. Beside them may stand
    factor_names: F words;
    factor_sizes: F whole numbers, 0 for a continuous factor; otherwise the classes that occur are all;
    factor_values/NAME: the meanings of the classes of this factor, one array each.

    A .csv, .tsv or .parquet file is a table of vectors, one a row; its columns `factor_…` (or those that
    `factors_key` names) are factors, the others (or those that `key` names) the vectors' numbers.
    `standardize` divides these, less their `mean`, by their deviation `std`.

    Factors that are a full grid in row-major order, the last fastest, make the dataset a grid. `as_grid`
    takes the factors in the order in which the images are stored, whatever that of the columns.
    """

    def __init__(
        self,
        path: Path,
        *,
        key: str | None = None,
        factors_key: str | None = None,
        layout: Layout | None = None,
        size: int | None = None,
        pad: bool = False,
        bits: int | None = None,
        as_grid: bool = False,
        standardize: bool = False,
        mean: tuple[float, ...] | None = None,
        std: tuple[float, ...] | None = None,
    ) -> None:
        scale = VectorScale.given(mean, std)
        options = RowOptions(layout, ImageSizing(size, pad), bits, standardize, scale)
        entry, table = read_own(Path(path), key, factors_key)
        stored = read_image_rows(entry, options, _where(path, entry))
        super().__init__(
            Path(path).stem,
            stored.rows,
            stored.shape,
            packed=stored.packed,
            fingerprint=fingerprint(stored.rows, stored.shape, table),
            source=str(path),
            **factor_arguments(table, as_grid),
        )
        self.scale = stored.scale
        if stored.scale is not None:
            self.worked_out = {"mean": list(stored.scale.mean), "std": list(stored.scale.std)}

    @staticmethod
    def info(
        *,
        path: Path | None,
        key: str | None,
        factors_key: str | None,
        layout: Layout | None,
        size: int | None,
        pad: bool,
        as_grid: bool,
    ) -> DatasetInfo:
        """The array of this file, from its headers and factors."""
        if path is None:
            return DatasetInfo(TITLE, (), None, obtain="your file: --path FILE.npz")
        entry, found = read_own(path, key, factors_key)
        table = found.arranged(as_grid) if found else None
        layout = layout_of(entry.shape, layout, _where(path, entry))
        return DatasetInfo(
            f"{TITLE}: {path.name}",
            row_shape(entry.shape, layout, ImageSizing(size, pad)),
            entry.shape[0],
            table.names if table else (),
            table.sizes if table else (),
            table.values if table else (),
            obtain="your file",
        )


def read_own(path: Path, key: str | None, factors_key: str | None) -> tuple[ArrayEntry, FactorTable | None]:
    """The images or vectors of a file, not read yet, and its factors; by these names or the usual ones."""
    _check_file(path)
    if path.suffix.lower() in table_file.ENDINGS:
        return read_vector_table(path, key, factors_key)
    arrays = open_arrays(path)
    entry = arrays[key or IMAGES]
    return entry, read_factors(arrays, entry.shape[0] if entry.shape else 0, factors_key)


def _where(path: Path, entry: ArrayEntry) -> str:
    return f"{path}: the array {entry.name!r}"


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise CallError(f"{path} is a folder: d/array reads one file, d/folder the image files of a folder")
    if not path.is_file():
        raise CallError(no_file(path))
    if path.suffix.lower() not in ENDINGS:
        raise CallError(
            f"{path}: arrays are read from {', '.join(ENDINGS)} files, not from {path.suffix!r}; "
            "numpy.savez writes an .npz"
        )


def open_arrays(path: Path) -> ArrayFile:
    """The arrays of the file, of which only the headers are read.

    Raises:
        DisentError: it is damaged, or not what its ending says.
    """
    kind = path.suffix.lower()
    if kind == ".npz":
        from ..formats.npz import open_npz

        return open_npz(path)
    if kind == ".npy":
        from ..formats.npy import open_npy

        return open_npy(path, IMAGES)
    if kind in (".pt", ".pth"):
        from ..formats.torch_file import open_tensors

        return open_tensors(path, IMAGES)
    from ..formats.hdf5 import open_hdf5

    return open_hdf5(path)


def read_factors(arrays: ArrayFile, count: int, key: str | None = None) -> FactorTable | None:
    """The factors of `count` images, of this key or the usual one, checked; None if the file has none."""
    if key is None and FACTORS not in arrays:
        return None
    factors = _decoded(arrays, key or FACTORS)
    if factors.ndim == 1:
        factors = factors[:, None]
    if factors.ndim != 2 or not factors.shape[-1]:
        raise DisentError(f"{arrays.path}: factors must be (N, F), not {factors.shape}")
    if len(factors) != count:
        raise DisentError(
            f"{arrays.path}: {len(factors):,} rows of factors for {count:,} images; row n of "
            "both must be of the same image"
        )
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
    names = np.atleast_1d(_decoded(arrays, "factor_names"))
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
    values = np.atleast_1d(_decoded(arrays, key))
    if values.ndim != 1 or values.dtype.kind not in "iufU" or not len(values):
        raise DisentError(f"{arrays.path}: {key} must be a list of numbers or words, not {values.dtype}")
    return tuple(values.tolist()) if values.dtype.kind == "U" else tuple(map(float, values))


def _decoded(arrays: ArrayFile, key: str) -> np.ndarray:
    """The array of this name; bytes as the words that they are in UTF-8."""
    found = arrays[key].read()
    if found.dtype.kind != "S":
        return found
    try:
        return np.char.decode(found, "utf-8")
    except UnicodeDecodeError as error:
        raise DisentError(
            f"{arrays.path}: {key} must be words, and these bytes are not UTF-8 ({error})"
        ) from error
