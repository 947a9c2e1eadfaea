"""The parts of the data that --mode chooses from, and how much of one was used, in words; without torch."""

from __future__ import annotations

PARTS = ("train", "val", "test", "held-out", "all")


def images_of(part: str, count: int) -> str:
    """So many images of a part.

    >>> images_of("all", 1500), images_of("val", 40)
    ('1,500 images', '40 val images')
    """
    return f"{count:,} images" if part == "all" else f"{count:,} {part} images"


def share_of(part: str, used: int, count: int) -> str:
    """How many of the images of a part were used.

    >>> share_of("val", 40, 40), share_of("val", 5, 40)
    ('all 40 val images', '5 of the 40 val images')
    """
    of = images_of(part, count)
    return f"all {of}" if used == count else f"{used:,} of the {of}"
