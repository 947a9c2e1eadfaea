"""Which of a call's configs are stronger: what they say, before what they merely bring along as a `_base`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from .config_layers import ConfigLayer, KeyPath, Rank, get_path

#: where a config chooses what an experiment is made of; elsewhere it only sets how that is trained
CHOICES: tuple[KeyPath, ...] = (
    ("dataset",),
    ("view",),
    ("model",),
    ("model", "encoder"),
    ("model", "latent"),
    ("model", "decoder"),
    ("model", "sampler"),
)
DATASET, METHOD = ("dataset",), ("model",)


def by_precedence(sheets: Iterable[ConfigLayer]) -> list[ConfigLayer]:
    """The sheets of a call, given in C3 order: what is said, then what is brought along, then defaults.

    Brought along is a base that chooses nothing, nor do its bases, where a config of data or one of the call
    that names no method has it. What a config that names a method inherits is what it says.
    """
    sheets = list(sheets)
    along = _Lineages(sheets).brought_along
    ranked = [sheet.brought_along() if sheet.name in along else sheet for sheet in sheets]
    return sorted(ranked, key=lambda sheet: sheet.rank)


def choices(sheet: ConfigLayer) -> dict[KeyPath, str]:
    """The component that the sheet itself names at each place where it names one."""
    named = {place: _type_at(sheet, place) for place in CHOICES}
    return {place: name for place, name in named.items() if name}


class _Lineages:
    """The sheets of one call by name, with what each and its bases choose."""

    def __init__(self, sheets: Iterable[ConfigLayer]) -> None:
        self.sheets = {sheet.name: sheet for sheet in sheets}
        self.bases = {name: self._bases(sheet) for name, sheet in self.sheets.items()}

    @cached_property
    def brought_along(self) -> set[str]:
        """The names of the bases that give way to what is said."""
        inherited = {base for bases in self.bases.values() for base in bases}
        found: set[str] = set()
        for name in self.sheets:
            chosen = self.chosen(name)
            if METHOD not in chosen and (name not in inherited or DATASET in chosen):
                found |= {below for below in self.lineage(name) - {name} if not self.chosen(below)}
        return found

    def lineage(self, name: str) -> set[str]:
        """A sheet and all beneath it."""
        return {name}.union(*(self.lineage(base) for base in self.bases[name]))

    def chosen(self, name: str) -> set[KeyPath]:
        """Where a sheet and those beneath it choose a component, or the metrics of an evaluation."""
        places: set[KeyPath] = set()
        for sheet in (self.sheets[one] for one in self.lineage(name)):
            if sheet.rank is not Rank.DEFAULT:
                places |= set(choices(sheet)) | ({("metrics",)} if "metrics" in sheet else set())
        return places

    def _bases(self, sheet: ConfigLayer) -> list[str]:
        return [base for base in sheet.get("_base") or () if base in self.sheets]


def _type_at(sheet: ConfigLayer, place: KeyPath) -> str:
    try:
        node = get_path(sheet, place)
    except KeyError:
        return ""
    return str(node.get("_type", "")) if isinstance(node, Mapping) else ""
