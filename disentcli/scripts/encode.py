"""`fig encode`: the codes and factors of a run's images as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..atomic_io import atomic_file, output_path
from ..config.root_settings import Setting
from ..errors import CallError
from ..evaluation.session import find_run, open_run
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = (
    "load",
    "checkpoint",
    Setting("out", str, None, "the file to write"),
    "representation",
    "overwrite",
    "mode",
    "limit",
    "device",
    "saveroot",
    "dataroot",
    "download",
    "data-changed",
    "dataset.batch-size",
    "quiet",
)
TAKES = "configs"
NODES = ()


@script("encode")
def encode(settings: Settings) -> int:
    """Writes the codes and factors of all images, or of a part: fig encode --load RUN --out codes.npz."""
    run = find_run(settings)
    path = _target(settings.get("out"), settings.get("overwrite"))
    mode, limit = settings.get("mode", "all"), settings.get("limit")
    opened = open_run(settings, run, settings.get("representation"))
    if opened.inference.representation is None:
        names = ", ".join(opened.inference.model.representation_names)
        raise CallError(f"{run.name} gives {names}: choose whose codes to write with --representation")

    import numpy as np

    from ..metrics.context import codebook_indices, has_codebook

    dataset = opened.inference.dataset
    indices, sampling = opened.indices(mode, limit)
    codes = opened.inference.encode(indices).astype(np.float32)
    arrays: dict[str, Any] = {
        "codes": codes,
        "factors": dataset.factors(indices),
        "factor_names": np.array(dataset.factor_names, dtype=str),
        "factor_sizes": np.array(dataset.factor_sizes, dtype=np.int64),
        "indices": indices,
        **opened.data.settings(),
    }
    if has_codebook(opened.inference.model):
        arrays["code_indices"] = codebook_indices(opened.inference.model, codes)
    with atomic_file(path) as file:
        np.savez_compressed(file, **arrays)
    print(f"{len(codes):,} codes of {codes.shape[1]} latents, of {sampling}: {path}")
    return 0


def _target(out: str | None, overwrite: bool) -> Path:
    """The file to write, relative to the caller's folder."""
    if out is None:
        raise CallError("fig encode needs a file to write: --out codes.npz")
    out = out if out.endswith(".npz") else f"{out}.npz"
    return output_path(out, (".npz",), "codes are written as .npz", overwrite=overwrite)
