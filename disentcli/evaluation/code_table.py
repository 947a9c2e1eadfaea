"""Codes and factors as a file, in the format that its name says: what `--codes` reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..atomic_io import output_path, write_atomic
from ..data.formats.table_file import parquet_bytes, require_parquet
from ..metrics.codefile import COLUMNS
from ..metrics.context import codebook_indices, has_codebook
from .own_images import choose_images

if TYPE_CHECKING:
    from ..data.factors import Values
    from ..methods.inference import Inference
    from .session import EvalSession

ENDINGS = (".npz", ".h5", ".hdf5", ".csv", ".parquet")
KINDS = "codes are written as .npz, .h5, .csv or .parquet"


@dataclass(frozen=True)
class CodeTable:
    """Codes (N, D) of images and the factors (N, F) of these, as a dataset has them.

    `indices` are the places (N,) of the images in it, `names` of images of one's own, `code_indices` (N, D)
    entries of a codebook, `about` what to know of the data.
    """

    codes: np.ndarray
    factors: np.ndarray
    factor_names: tuple[str, ...] = ()
    factor_sizes: tuple[int, ...] = ()
    factor_values: tuple[Values, ...] = ()
    indices: np.ndarray | None = None
    names: np.ndarray | None = None
    code_indices: np.ndarray | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def arrays(self) -> dict[str, np.ndarray]:
        """What an .npz or .h5 holds; what the classes of a factor stand for is `factor_values/NAME`."""
        found = {
            "codes": self.codes,
            "factors": self.factors,
            "factor_names": np.array(self.factor_names, dtype=str),
            "factor_sizes": np.array(self.factor_sizes, dtype=np.int64),
            "indices": self.indices,
            "names": self.names,
            "code_indices": self.code_indices,
            **{name: np.asarray(value) for name, value in self.about.items()},
        }
        if not self.factor_names:
            found = {name: array for name, array in found.items() if not name.startswith("factor")}
        meanings = {f"factor_values/{name}": of for name, of in self._meanings().items()}
        return {name: array for name, array in {**found, **meanings}.items() if array is not None}

    def columns(self) -> dict[str, np.ndarray]:
        """The columns (N,) of a table: code_0, …, factor_NAME, …; classes by what they stand for."""
        found = {f"{COLUMNS['codes']}{d}": column for d, column in enumerate(self.codes.T)}
        meanings = self._meanings()
        for k, (name, size) in enumerate(zip(self.factor_names, self.factor_sizes, strict=True)):
            column = self.factors[:, k]
            classes = column.astype(np.int64) if size else column
            found[f"{COLUMNS['factors']}{name}"] = meanings[name][classes] if name in meanings else classes
        for d, column in enumerate(() if self.code_indices is None else self.code_indices.T):
            found[f"{COLUMNS['code_indices']}{d}"] = column
        images = self.indices if self.names is None else self.names
        return found if images is None else {"image": images, **found}

    def _meanings(self) -> dict[str, np.ndarray]:
        """What the classes of a factor stand for, where these are words or whole numbers.

        Of other numbers, which a reader would take for a continuous factor, the classes are written.
        """
        named = zip(self.factor_names, self.factor_values, strict=False)
        found = {name: np.array(values) for name, values in named if values}
        whole = {name: of.astype(np.int64) for name, of in found.items() if of.dtype.kind != "U"}
        numbers = {name: of for name, of in whole.items() if (of == found[name]).all()}
        return {name: of for name, of in found.items() if name not in whole} | numbers


def encode_images(
    opened: EvalSession, given: str | None, mode: str, limit: int | None
) -> tuple[CodeTable, str]:
    """Codes and factors of a part of the run's images, or codes of `given` images; of which, in words."""
    inference = opened.inference
    if given is not None:
        chosen = choose_images(opened, given, mode, limit)
        codes = chosen.encode().astype(np.float32)
        names = np.array(chosen.names)
        nothing = np.empty((len(codes), 0), np.int64)
        return CodeTable(codes, nothing, names=names, code_indices=_entries(inference, codes)), given
    dataset = inference.dataset
    indices, sampling = opened.indices(mode, limit)
    codes = inference.encode(indices).astype(np.float32)
    table = CodeTable(
        codes,
        dataset.factors(indices),
        dataset.factor_names,
        dataset.factor_sizes,
        dataset.factor_values,
        indices=indices,
        about=opened.data.settings(),
        code_indices=_entries(inference, codes),
    )
    return table, sampling


def _entries(inference: Inference, codes: np.ndarray) -> np.ndarray | None:
    """The codebook entries (N, D) that the codes are, where the model has a codebook."""
    return codebook_indices(inference.model, codes) if has_codebook(inference.model) else None


def codes_path(out: str, *, overwrite: bool) -> Path:
    """The file to write, an .npz where its name says nothing; CallError where it cannot be written."""
    out = out if Path(out).suffix else f"{out}.npz"
    if out.endswith(".parquet"):
        require_parquet()
    return output_path(out, ENDINGS, KINDS, overwrite=overwrite)


def write_codes(path: Path, table: CodeTable) -> None:
    """Write the file in the format of its ending."""
    if path.suffix == ".csv":
        write_atomic(path, _csv(table.columns()))
    elif path.suffix == ".parquet":
        write_atomic(path, parquet_bytes(table.columns()))
    else:
        write_arrays(path, table.arrays())


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an .npz or an .h5 of these arrays."""
    stream = io.BytesIO()
    if path.suffix == ".npz":
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    else:
        import h5py

        with h5py.File(stream, "w") as file:
            for name, array in arrays.items():
                file.create_dataset(
                    name, data=array.astype(h5py.string_dtype()) if array.dtype.kind == "U" else array
                )
    write_atomic(path, stream.getbuffer())


def _csv(columns: Mapping[str, np.ndarray]) -> str:
    """A header and the rows; floats in the digits that give the same number again."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return text.getvalue()
