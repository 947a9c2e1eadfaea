"""How the benchmarks are called."""

from __future__ import annotations

import argparse
from collections.abc import Collection


def parser(
    doc: str, *, device: bool = True, pairs: int | None = None, only: Collection[str] = ()
) -> argparse.ArgumentParser:
    """`--device`, `--pairs` with its default and `--only` with its choices, where a benchmark has them."""
    found = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    if device:
        found.add_argument("--device", default="cpu")
    if pairs:
        found.add_argument("--pairs", type=int, default=pairs)
    if only:
        found.add_argument("--only", choices=only)
    return found


def chosen(options: argparse.Namespace, cases: Collection[str]) -> list[str]:
    """The one of `--only`, or all."""
    return [options.only] if options.only else list(cases)
