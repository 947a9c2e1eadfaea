"""The figures of a run as a reader sees them: each once, with its caption and the views it is shown in."""

from __future__ import annotations

import filecmp
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DisentError
from ..plots.metric_arrays import MEANINGS
from ..registry import catalog
from ..runs.figures import read_note
from ..runs.results import idents, read_results
from ..runs.run import Run
from ..tables.display_names import in_words, metric_words

KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}
HINTON, MOVING, STILL, MATRIX = "Hinton diagram", "moving", "still", "matrix"
GALLERY = "figures-"  # how the folders begin into which `fig figures` draws

# name of a figure → its title and what it shows
CAPTIONS = {
    "reconstructions": (
        "Reconstructions",
        "Images, what is decoded from their codes, and where they differ.",
    ),
    "traversals": ("Traversals", "Each row varies one latent of a typical image, the others stay."),
    "samples": ("Samples", "New images, decoded from codes that the sampler draws."),
    "interpolations": ("Interpolations", "From one image to another along the line between their codes."),
    "histograms": ("Histograms of codes", "How the codes of each latent are spread."),
    "projection": ("Principal plane", "The first two principal components of the codes, coloured by factor."),
    "responses": ("Latent responses", "How latents answer when another one is replaced."),
    "interactions": ("Latent interactions", "How alike latents answer."),
    "response_maps": ("Response maps", "Where codes move when they are decoded and encoded again."),
    "codebooks": ("Use of the codebooks", "How often each value of each latent is used."),
}
# figures that are drawn several times: how their names begin → title, what it shows
FAMILIES = {
    "scatter": ("Codes by factor", "Pairs of latents, coloured by one factor."),
    "swaps": ("Latents swapped", "One image with a group of its latents after the other from other images."),
    "retrieval": ("Nearest images", "The images whose codes are nearest to those of some queries."),
    "swapping": (
        "Codes combined",
        "The image nearest to the shared code of one and the exclusive of another.",
    ),
}
# what a reader looks at first; others follow as they come
FIRST = ("reconstructions", "traversals", "samples", "retrieval", "matrix", "interpolations")
DRAWN_BY_PAGE = ("curves",)  # the page has training curves of its own
PARTS = {
    "train": "Training images.",
    "val": "Validation images.",
    "test": "Test images.",
    "held-out": "Images of held-out combinations.",
    "all": "All images.",
}


@dataclass(frozen=True)
class FigureView:
    """One way to look at a figure: `label` names it in the switch; `files` hold the same picture."""

    label: str
    files: tuple[Path, ...]

    @property
    def size(self) -> int:
        """The bytes of its smallest file."""
        return min(path.stat().st_size for path in self.files)


@dataclass(frozen=True)
class FigureEntry:
    """A figure on the page: its title, its caption in words, and one or several views."""

    title: str
    caption: str
    views: tuple[FigureView, ...]
    rank: int


@dataclass(frozen=True)
class _NamedFigure:
    """What the name of a file says: which figure it is, in which view."""

    key: tuple[str, ...]
    title: str
    caption: str
    view: str
    rank: int


def run_figures(run: Run) -> list[FigureEntry]:
    """The figures of a run, what matters most first; what both an evaluation and the gallery drew, once."""
    entries: dict[tuple[str, ...], _NamedFigure] = {}
    views: dict[tuple[str, ...], dict[str, dict[str, Path]]] = {}
    seen: dict[int, list[Path]] = {}
    for folder in _folders(run.path / "figures"):
        source = _FigureFolder.of(run, folder)
        for path in _pictures(folder):
            alike = seen.setdefault(path.stat().st_size, [])
            if any(filecmp.cmp(path, other, shallow=False) for other in alike):
                continue  # the same picture under another name
            alike.append(path)
            named = source.named(path)
            entries.setdefault(named.key, named)
            views.setdefault(named.key, {}).setdefault(named.view, {}).setdefault(path.suffix, path)
    found = [_entry(entries[key], views[key]) for key in entries]
    return sorted(found, key=lambda one: one.rank)


def _folders(root: Path) -> list[Path]:
    """The folders of figures, the gallery's first: its pictures say more than those of an evaluation."""
    folders = (path for path in root.glob("[!.]*") if path.is_dir())
    return sorted(folders, key=lambda path: (not path.name.startswith(GALLERY), path.name))


def _pictures(folder: Path) -> list[Path]:
    """The files of a folder that a browser shows, in the order of their names."""
    files = (path for path in folder.glob("[!.]*") if path.suffix in KINDS and path.is_file())
    return sorted(path for path in files if path.stem not in DRAWN_BY_PAGE)


def _entry(named: _NamedFigure, views: dict[str, dict[str, Path]]) -> FigureEntry:
    shown = tuple(FigureView(label, tuple(files.values())) for label, files in views.items())
    order = sorted(shown, key=lambda view: view.label in (HINTON, MOVING))
    return FigureEntry(named.title, named.caption, tuple(order), named.rank)


@dataclass(frozen=True)
class _FigureFolder:
    """A folder of figures: the run's idents, which of them drew it, and the step and part it is of."""

    folder: str
    idents: tuple[str, ...]
    step: Any
    part: Any

    @classmethod
    def of(cls, run: Run, folder: Path) -> _FigureFolder:
        """What the note beside the folder, or the results of that name, say."""
        note, known = read_note(folder), tuple(idents(run))
        settings: dict[str, Any] = {}
        if folder.name in known:
            try:
                settings = read_results(run, folder.name).settings
            except DisentError:
                settings = {}
        return cls(
            folder.name, known, note.get("step", settings.get("step")), note.get("mode", settings.get("mode"))
        )

    def named(self, path: Path) -> _NamedFigure:
        """What this file of the folder shows."""
        return self._matrix(path) or self._image(path)

    @property
    def _at_step(self) -> str:
        return f"Step {self.step:,}." if isinstance(self.step, int) else ""

    def _matrix(self, path: Path) -> _NamedFigure | None:
        """A matrix that a metric stored: `<metric>_<array>`, in the gallery behind its ident."""
        name, ident = path.stem.removesuffix("_hinton"), self.folder
        if self.folder.startswith(GALLERY):
            fitting = [one for one in self.idents if name.startswith(f"{one}_")]
            if not fitting:
                return None
            ident = max(fitting, key=len)
            name = name.removeprefix(f"{ident}_")
        array = max((one for one in MEANINGS if name.endswith(f"_{one}")), key=len, default=None)
        if array is None:
            return None
        metric, meaning = name.removesuffix(f"_{array}"), MEANINGS[array][0]
        view = HINTON if path.stem.endswith("_hinton") else MATRIX
        title = f"{metric_words(metric)}: {meaning}"
        key = ("matrix", ident, str(self.step), name)
        caption = f"From the evaluation {ident}. {self._at_step}".strip()
        return _NamedFigure(key, title, caption, view, _rank("matrix"))

    def _image(self, path: Path) -> _NamedFigure:
        """A figure by its name; of a family, the member is the view."""
        family, _, member = path.stem.partition("_")
        where = str(self.part or self.folder)
        said = [PARTS.get(str(self.part), ""), self._at_step]
        if family in FAMILIES and member:
            title, caption = FAMILIES[family]
            name, view = family, member.replace("_", " ")
        else:
            title, caption = CAPTIONS.get(path.stem) or (in_words(path.stem), _summary(path.stem))
            name, view = path.stem, MOVING if path.suffix == ".gif" else STILL
        text = " ".join(filter(None, [caption, *said]))
        return _NamedFigure((name, where, str(self.step)), title, text, view, _rank(name))


def _summary(name: str) -> str:
    """The first line of the documentation of the figure of this name."""
    return next((entry.summary for entry in catalog.entries("figure") if entry.name == name), "")


def _rank(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)
