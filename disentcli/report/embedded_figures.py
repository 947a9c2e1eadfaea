"""The pictures in a run's figures/, embedded: whole, or smaller where the page has no room for them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ..runs.figures import pictures_of
from ..runs.run import Run
from .markup import Markup, data_uri, encoded_size, tag

KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}
WIDTHS = (1400, 900, 600)  # pixels to which a picture is brought down
COLOURS = 128
AROUND = 400  # characters of markup around a picture


def gallery(run: Run, room: int) -> Markup:
    """Every figure with its caption, in `room` characters; those that found none are named.

    A picture that is there as PNG and as SVG is shown once; moving ones come last.
    """
    shown: list[Markup] = []
    missing: list[str] = []
    for number, (name, files) in enumerate(remaining := list(_pictures(run.path / "figures").items())):
        fair = (room - AROUND) // (len(remaining) - number) if room < _total(remaining[number:]) else room
        figure = _figure(name, files, fair - AROUND)
        if figure is None:
            missing.append(name)
            continue
        shown.append(figure)
        room -= len(figure)
    if not shown and not missing:
        return tag("p", "No figures yet: `fig eval` and `fig eval-metrics` draw them.")
    note = f"No room on this page for {', '.join(missing)}; see the run's figures/." if missing else ""
    return Markup(tag("div", *shown, on={"class": "gallery"}) + (tag("p", note) if note else ""))


def _total(pictures: list[tuple[str, list[Path]]]) -> int:
    return sum(min(path.stat().st_size for path in files) * 4 // 3 + AROUND for _, files in pictures)


def _pictures(folder: Path) -> dict[str, list[Path]]:
    """`<ident>/<name>` → its files that a browser shows; GIFs behind all others."""
    found: dict[str, list[Path]] = {}
    files = (path for path in folder.glob("*/[!.]*") if path.suffix in KINDS)
    for path in sorted(files, key=lambda path: (path.suffix == ".gif", path.parent.name, path.name)):
        moving = " (moving)" if path.suffix == ".gif" else ""
        step = pictures_of(path.parent).get("step")
        told = f", step {step:,}" if isinstance(step, int) else ""
        name = f"{path.parent.name}: {path.stem.replace('_', ' ')}{moving}{told}"
        found.setdefault(name, []).append(path)
    return found


def _figure(name: str, files: list[Path], room: int) -> Markup | None:
    """The first form of the picture that fits."""
    for data, kind, note in _forms(files):
        if encoded_size(data) <= room:
            image = tag("img", on={"alt": name, "src": data_uri(data, kind), "loading": "lazy"})
            return tag("figure", image, tag("figcaption", name + note))
    return None


def _forms(files: list[Path]) -> Iterator[tuple[bytes, str, str]]:
    """The files, smallest first, then a PNG in fewer colours and pixels."""
    for path in sorted(files, key=lambda path: path.stat().st_size):
        yield path.read_bytes(), KINDS[path.suffix], ""
    for path in files:
        if path.suffix == ".png":
            for width in WIDTHS:
                with suppress(UnidentifiedImageError):  # a damaged file has no smaller form
                    yield smaller(path.read_bytes(), width), KINDS[".png"], " (reduced to fit this page)"


def smaller(data: bytes, width: int) -> bytes:
    """A PNG of at most this width, on white, in 128 colours."""
    with Image.open(io.BytesIO(data)) as image:
        picture = image.convert("RGBA")
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    if picture.width > width:
        size = (width, max(1, round(picture.height * width / picture.width)))
        ground = ground.resize(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    ground.convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE).save(file, "PNG")
    return file.getvalue()
