"""The text files of CelebA: one line an image, its name and then whole numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..download.verify import WrongFile, sniff

ATTRIBUTES = (
    *("5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes", "Bald", "Bangs", "Big_Lips"),
    *("Big_Nose", "Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair", "Bushy_Eyebrows", "Chubby"),
    *("Double_Chin", "Eyeglasses", "Goatee", "Gray_Hair", "Heavy_Makeup", "High_Cheekbones", "Male"),
    *("Mouth_Slightly_Open", "Mustache", "Narrow_Eyes", "No_Beard", "Oval_Face", "Pale_Skin"),
    *("Pointy_Nose", "Receding_Hairline", "Rosy_Cheeks", "Sideburns", "Smiling", "Straight_Hair"),
    *("Wavy_Hair", "Wearing_Earrings", "Wearing_Hat", "Wearing_Lipstick", "Wearing_Necklace"),
    *("Wearing_Necktie", "Young"),
)
LANDMARKS = (
    *("lefteye_x", "lefteye_y", "righteye_x", "righteye_y", "nose_x", "nose_y"),
    *("leftmouth_x", "leftmouth_y", "rightmouth_x", "rightmouth_y"),
)


@dataclass(frozen=True)
class TableLayout:
    """A table's columns, whether two lines (count, names) lead it, and the numbers that it may hold."""

    columns: tuple[str, ...]
    headed: bool = True
    allowed: tuple[int, ...] = ()  # () for any


LAYOUTS = {
    "list_attr_celeba.txt": TableLayout(ATTRIBUTES, allowed=(-1, 1)),
    "list_landmarks_align_celeba.txt": TableLayout(LANDMARKS),
    "list_eval_partition.txt": TableLayout(("partition",), headed=False, allowed=(0, 1, 2)),
}


@dataclass(frozen=True)
class LabelTable:
    """The rows of a text file by the name of their image: `values` (N, columns) int16."""

    path: Path
    rows: dict[str, int]
    values: np.ndarray

    def of(self, images: Sequence[str]) -> np.ndarray:
        """The rows of these images; WrongFile names an image without a row, or a row without its image."""
        missing = [name for name in images if name not in self.rows]
        self._refuse(missing, "has no row for {}, which is an image of CelebA")
        known = set(images)
        self._refuse([name for name in self.rows if name not in known], "has a row for {}, which is no image")
        return self.values[[self.rows[name] for name in images]]

    def _refuse(self, names: Collection[str], complaint: str) -> None:
        if names:
            found = f" ({len(names):,} such cases)" if len(names) > 1 else ""
            raise WrongFile(f"{self.path.name} {complaint.format(min(names))}{found}", self.path)


def read_table(path: Path, layout: TableLayout) -> LabelTable:
    """The table at `path`; WrongFile names the line that is not as in the `layout`."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as error:
        raise WrongFile(f"it is no table of text ({sniff(path)})", path) from error
    head = 2 if layout.headed else 0
    if layout.headed:
        _check_head(lines[:head], len(lines) - head, layout, path)
    rows: dict[str, int] = {}
    values = np.empty((len(lines) - head, len(layout.columns)), dtype=np.int16)
    for number, line in enumerate(lines[head:]):
        name, *words = line.split() or [""]
        if name in rows:
            raise WrongFile(f"lines {rows[name] + head + 1} and {number + head + 1} are both of {name}", path)
        if not name.endswith(".jpg") or len(words) != len(layout.columns):
            raise WrongFile(
                f"line {number + head + 1} is not the name of an image and {len(layout.columns)} numbers: "
                f"{line[:60]!r}",
                path,
            )
        rows[name] = number
        values[number] = _numbers(words, layout, number + head + 1, path)
    return LabelTable(path, rows, values)


def _check_head(head: Sequence[str], count: int, layout: TableLayout, path: Path) -> None:
    if len(head) < 2 or tuple(head[1].split()) != layout.columns:
        names = head[1].split() if len(head) > 1 else []
        raise WrongFile(
            f"its columns are {', '.join(names[:3]) or 'not named'}…, not {', '.join(layout.columns[:3])}… "
            f"({len(layout.columns)} in all)",
            path,
        )
    if head[0].strip() != str(count):
        raise WrongFile(f"its first line speaks of {head[0].strip()[:20]} images, {count} lines follow", path)


def _numbers(words: Sequence[str], layout: TableLayout, line: int, path: Path) -> list[int]:
    try:
        numbers = [int(word) for word in words]
    except ValueError as error:
        raise WrongFile(f"line {line} has {words} where whole numbers were expected", path) from error
    if layout.allowed and not set(numbers) <= set(layout.allowed):
        wrong = next(number for number in numbers if number not in layout.allowed)
        raise WrongFile(
            f"line {line} has {wrong}, the numbers are {', '.join(map(str, layout.allowed))}", path
        )
    return numbers
