"""The pictures in a run's figures/, embedded: whole, or reduced where the page has no room for them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from markupsafe import Markup
from PIL import Image, UnidentifiedImageError

from ..runs.figures import read_note
from ..runs.run import Run
from .templating import encoded_size, render

KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}
WIDTHS = (1400, 900, 600)  # pixels to which a picture is reduced
COLOURS = 128
AROUND = 400  # characters of HTML around a picture


def render_figures(run: Run, budget: int) -> Markup:
    """Every figure with its caption, in `budget` characters; those for which there is no room are named.

    A picture that is there as PNG and as SVG is shown once; moving ones come last.
    """
    shown: list[Markup] = []
    left_out: list[str] = []
    pictures = list(_pictures(run.path / "figures").items())
    if not pictures:
        words = "No figures yet: `fig eval` and `fig eval-metrics` draw them."
        return render("paragraph.html", lines=[words], kind="")
    for number, (name, files) in enumerate(pictures):
        rest = pictures[number:]
        share = (budget - AROUND) // len(rest) if budget < _total(rest) else budget
        figure = _figure(name, files, share - AROUND)
        if figure is None:
            left_out.append(name)
            continue
        shown.append(figure)
        budget -= len(figure)
    return render("figures.html", figures=shown, left_out=left_out)


def _total(pictures: list[tuple[str, list[Path]]]) -> int:
    return sum(min(path.stat().st_size for path in files) * 4 // 3 + AROUND for _, files in pictures)


def _pictures(folder: Path) -> dict[str, list[Path]]:
    """`<ident>/<name>` → its files that a browser shows; GIFs behind all others."""
    found: dict[str, list[Path]] = {}
    files = (path for path in folder.glob("*/[!.]*") if path.suffix in KINDS and path.is_file())
    for path in sorted(files, key=lambda path: (path.suffix == ".gif", path.parent.name, path.name)):
        moving = " (moving)" if path.suffix == ".gif" else ""
        step = read_note(path.parent).get("step")
        at_step = f", step {step:,}" if isinstance(step, int) else ""
        name = f"{path.parent.name}: {path.stem.replace('_', ' ')}{moving}{at_step}"
        found.setdefault(name, []).append(path)
    return found


def _figure(name: str, files: list[Path], budget: int) -> Markup | None:
    """The first form of the picture that fits."""
    for data, kind, note in _forms(files):
        if encoded_size(data) <= budget:
            return render("figure.html", name=name, data=data, kind=kind, note=note)
    return None


def _forms(files: list[Path]) -> Iterator[tuple[bytes, str, str]]:
    """The files, smallest first, then a PNG in fewer colours and pixels."""
    for path in sorted(files, key=lambda path: path.stat().st_size):
        yield path.read_bytes(), KINDS[path.suffix], ""
    for path in files:
        if path.suffix == ".png":
            for width in WIDTHS:
                with suppress(UnidentifiedImageError):  # a damaged file has no smaller form
                    yield reduce_png(path.read_bytes(), width), KINDS[".png"], " (reduced to fit this page)"


def reduce_png(data: bytes, width: int) -> bytes:
    """A PNG of at most this width, on white, in 128 colours."""
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        picture = image.convert("RGBA")
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    if picture.width > width:
        size = (width, max(1, round(picture.height * width / picture.width)))
        ground = ground.resize(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    ground.convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE).save(file, "PNG")
    return file.getvalue()
