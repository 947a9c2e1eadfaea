"""A host with small files of 3D-Shapes, MPI3D and CelebA, and the table of sources that leads there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from disentcli.data.download.mirrors import apply_mirrors
from disentcli.data.download.source import Source

from .download_host import Host
from .download_samples import SOURCES, mpi3d_file, random_images, shapes3d_file
from .picture_samples import celeba_tables, faces, zipped

FACES = 24
MPI3D = ("toy", "realistic", "real")
SMALL: dict[str, dict[str, Any]] = {
    "3ds": {"sizes": [2, 2, 2, 2, 2, 3]},  # 96 images
    **{f"mpi_{category}": {"sizes": [2, 2, 2, 1, 1, 3, 2]} for category in MPI3D},  # 48 each
    "celeba_64": {"count": FACES},
}
SMALLER: Mapping[str, Source] = {name: apply_mirrors(SOURCES, SMALL, "a test")[name] for name in SMALL}


def public_files() -> dict[str, bytes]:
    """What the host serves, by the published names of the files."""
    shapes = SMALLER["3ds"]
    arms = {f"mpi3d_{one}.npz": mpi3d_file(random_images(SMALLER[f"mpi_{one}"])) for one in MPI3D}
    tables = {name: text.encode() for name, text in celeba_tables(FACES).items()}
    return {
        "3dshapes.h5": shapes3d_file(random_images(shapes), shapes),
        **arms,
        "img_align_celeba.zip": zipped(faces(FACES)),
        **tables,
    }


def write_sources(path: Path, host: Host) -> Path:
    """The file for DISENTCLI_SOURCES: every file comes from the host, and has the MD5 of what it serves."""
    table = {
        name: {
            **SMALL[name],
            "files": {
                file.name: {
                    "urls": [host.url(file.name)],
                    "md5": hashlib.md5(host.files[file.name]).hexdigest(),
                }
                for file in source.files
            },
        }
        for name, source in SMALLER.items()
    }
    path.write_text(json.dumps(table))  # JSON is YAML
    return path
