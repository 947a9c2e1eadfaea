"""Images or vectors of one's own for a trained model: a file of arrays, a table, a picture, a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ..data.custom.array import ENDINGS as ARRAYS
from ..data.custom.array import Array
from ..data.custom.image_files import ENDINGS as PICTURES
from ..data.custom.image_files import ReadOptions, find_images, inspect_images, read_image
from ..data.custom.vector_scale import VectorScale
from ..data.formats.table_file import ENDINGS as TABLES
from ..data.formats.table_file import open_table
from ..data.splits.splits import subsample_evenly
from ..errors import CallError

if TYPE_CHECKING:
    from ..methods.inference import Inference
    from .session import EvalSession

READING = ("crop", "grey", "pad", "ground", "bits")  # options of d/folder that other files are read with too


def read_images(given: str, opened: EvalSession) -> tuple[np.ndarray, list[str]]:
    """Images (N, *shape) in [0, 1], or vectors (N, D) in the units of the run, and what each is called.

    Pictures are read as the run's own folder was, if it was trained on one, and resized where they have
    another size. Vectors get the run's scale.

    Raises:
        CallError: there is no such file or folder, of no known kind, or its images have another shape.
    """
    path = Path(given).expanduser()
    shape, config = opened.inference.dataset.shape, opened.run.config().get("dataset") or {}
    if path.is_dir():
        names = find_images(path)
        return _pictures(path, names, shape, config), names
    if path.suffix.lower() in PICTURES and path.is_file():
        return _pictures(path.parent, [path.name], shape, config), [path.name]
    if path.is_file() and path.suffix.lower() not in ARRAYS:
        raise CallError(f"{path}: images come as a folder, a picture, or one of {', '.join(ARRAYS)}")
    data = Array(path, **_array_options(config, path))
    if data.shape != shape:
        raise CallError(f"{path} holds {_text(data.shape)}, {opened.run.name} was trained on {_text(shape)}")
    images = np.asarray(data.batch(torch.arange(len(data))))
    return images, [str(k) for k in range(len(images))]


@dataclass(frozen=True)
class ChosenImages:
    """Images (N, *shape) to encode, of one's own or of the run's data; what they are called, and in words."""

    images: np.ndarray
    names: list[str]
    described: str
    inference: Inference
    indices: np.ndarray | None = None

    def encode(self) -> np.ndarray:
        """Mean codes (N, D)."""
        if self.indices is None:
            return self.inference.encode_images(self.images)
        return self.inference.encode(self.indices)


def choose_images(opened: EvalSession, given: str | None, mode: str, most: int | None) -> ChosenImages:
    """Those of a file or folder, or of a part of the run's data; at most so many, evenly spread."""
    inference = opened.inference
    if given is None:
        indices, sampling = opened.indices(mode, most)
        images = inference.images(indices).cpu().numpy()
        return ChosenImages(images, [str(k) for k in indices], sampling, inference, indices)
    images, names = read_images(given, opened)
    places = np.arange(len(images)) if most is None else subsample_evenly(np.arange(len(images)), most)
    return ChosenImages(images[places], [names[k] for k in places], given, inference)


def in_own_units(observations: np.ndarray, opened: EvalSession) -> np.ndarray:
    """Vectors (N, D) as they were before the run's scale, in float64; images as they are, float32."""
    config = opened.run.config().get("dataset") or {}
    scale = VectorScale.given(config.get("mean"), config.get("std"))
    if scale is None:
        return observations.astype(np.float32)
    flat = scale.undo(observations.reshape(-1, observations.shape[-1]))
    return flat.reshape(observations.shape)


def _array_options(config: dict[str, Any], path: Path) -> dict[str, Any]:
    """How the run's own array was read; columns of factors that a table does not have are not asked for."""
    if config.get("_type") != "array":
        return {}
    names = ("key", "layout", "size", "pad", "bits", "mean", "std")
    options = {name: config[name] for name in names if config.get(name) is not None}
    if config.get("factors_key") and path.suffix.lower() in TABLES:
        columns = open_table(path).columns
        there = [one for one in config["factors_key"].split(",") if one.strip() in columns]
        options["factors_key"] = ",".join(there) or None
    return options


def _pictures(folder: Path, names: list[str], shape: tuple[int, ...], config: dict[str, Any]) -> np.ndarray:
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise CallError(f"pictures are grey or have three colours, the run was trained on {_text(shape)}")
    stored = {name: config[name] for name in READING if config.get("_type") == "folder" and name in config}
    options = ReadOptions(**{**stored, "grey": shape[0] == 1})
    if shape[1] == shape[2]:
        options = ReadOptions(**{**stored, "grey": shape[0] == 1, "size": shape[1]})
    found = inspect_images(folder, names, options)
    if found != shape:
        raise CallError(f"{folder} holds images of {_text(found)}, the run was trained on {_text(shape)}")
    read = [read_image(folder / name, found, options) for name in names]
    return np.stack(read).transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)


def _text(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return f"vectors of {shape[0]} numbers"
    if len(shape) == 2:
        return f"pianorolls of {shape[0]} tracks and {shape[1]} ticks"
    return f"images of {'×'.join(map(str, shape))}"
