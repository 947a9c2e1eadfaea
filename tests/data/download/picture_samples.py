"""Small zips of PNGs and JPEGs, and the tables beside them, of exactly the published formats."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from disentcli.data.download.mirrors import apply_mirrors
from disentcli.data.download.source import Source
from disentcli.data.public.celeba_tables import ATTRIBUTES, LANDMARKS

from .download_samples import SOURCES

SMALL = {
    "isaac3d": [2, 3, 1, 2, 1, 1, 2, 1, 2],  # 48 images
    "falcor3d": [3, 2, 1, 2, 1, 1, 2],  # 24 images
}
LABELS = {"isaac3d": "labels.npy", "falcor3d": "train-rec.labels"}
TOP = {"isaac3d": "Isaac3D_down128/", "falcor3d": "Falcor3D_down128/"}


def small_pictures(name: str, cat: str = "64") -> Source:
    """Isaac3D or Falcor3D with a small grid."""
    return apply_mirrors(SOURCES, {f"{name}_{cat}": {"sizes": SMALL[name]}}, "a test")[f"{name}_{cat}"]


def small_celeba(count: int = 6, cat: str = "64") -> Source:
    """CelebA with fewer faces, and so without checksums."""
    return apply_mirrors(SOURCES, {f"celeba_{cat}": {"count": count}}, "a test")[f"celeba_{cat}"]


def png(seed: int, size: tuple[int, int] = (128, 128), mode: str = "RGB") -> bytes:
    """A PNG of smooth colours with a sharp edge, different for every seed."""
    rng = np.random.default_rng(seed)
    width, height = size
    rows, columns = np.mgrid[:height, :width]
    channels = [120 + 100 * np.sin(rng.uniform(0.02, 0.3, 2) @ [rows.ravel(), columns.ravel()]) for _ in mode]
    pixels = np.stack(channels, axis=-1).reshape(height, width, -1)
    pixels[height // 3 :, width // 2 :] = rng.integers(0, 256, len(mode))
    return encoded(pixels.astype(np.uint8), "PNG")


def encoded(pixels: np.ndarray, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def grid_labels(sizes: list[int]) -> np.ndarray:
    """(N, F) float64, evenly spaced in [0, 1], the last factor fastest: numpy.indices, not our own grids."""
    classes = np.indices(sizes).reshape(len(sizes), -1).T
    return classes / np.maximum(np.array(sizes) - 1, 1)


def pictures_of(name: str, labels: np.ndarray | None = None) -> dict[str, bytes]:
    """What the zip of Isaac3D or Falcor3D holds, for its small grid: file number k has the seed k."""
    table = grid_labels(SMALL[name]) if labels is None else labels
    images = {f"{TOP[name]}images/{k:06}.png": png(k) for k in range(int(np.prod(SMALL[name])))}
    return images | {f"{TOP[name]}{LABELS[name]}": npy(table)}


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip with entries of folders too, as the zip command makes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder in sorted({name[: name.rindex("/") + 1] for name in files if "/" in name}):
            archive.writestr(folder, b"")
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def unpacked(files: dict[str, bytes], folder: Path) -> Path:
    """The files in a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def face(seed: int) -> bytes:
    """A JPEG of 178×218 pixels."""
    return encoded(np.asarray(Image.open(io.BytesIO(png(seed, (178, 218))))), "JPEG")


def faces(count: int) -> dict[str, bytes]:
    """What img_align_celeba.zip holds; face k has the seed k."""
    return {f"img_align_celeba/{k:06}.jpg": face(k) for k in range(1, count + 1)}


def celeba_values(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Attributes −1 or 1 (N, 40), landmarks (N, 10), partition (N, 1)."""
    rng = np.random.default_rng(0)
    attributes = rng.integers(0, 2, (count, 40)) * 2 - 1
    landmarks = rng.integers(30, 150, (count, 10))
    return attributes, landmarks, (np.arange(count) * 3 // count)[:, None]


def celeba_tables(count: int) -> dict[str, str]:
    """The three text files, padded with spaces as the published ones are."""
    attributes, landmarks, partition = celeba_values(count)
    return {
        "list_attr_celeba.txt": _table(attributes, ATTRIBUTES),
        "list_landmarks_align_celeba.txt": _table(landmarks, LANDMARKS),
        "list_eval_partition.txt": _table(partition),
    }


def _table(values: np.ndarray, names: tuple[str, ...] = ()) -> str:
    head = [str(len(values)), " ".join(names) + " "] if names else []
    rows = [f"{k:06}.jpg " + " ".join(f"{v:2}" for v in row) for k, row in enumerate(values.tolist(), 1)]
    return "\n".join([*head, *rows]) + "\n"


def write_celeba(folder: Path, count: int = 6, **changed: str | bytes) -> Path:
    """The four files in `folder`; `changed` replaces the content of a table by its stem, or of the zip."""
    folder.mkdir(parents=True, exist_ok=True)
    images = changed.pop("img_align_celeba", None)
    (folder / "img_align_celeba.zip").write_bytes(zipped(faces(count)) if images is None else images)
    for name, text in celeba_tables(count).items():
        (folder / name).write_text(changed.get(name.removesuffix(".txt"), text))
    return folder
