"""What the tables of the README that are made of the registry have in common."""

from __future__ import annotations

from pathlib import Path

from disentcli.registry import catalog

README = Path(__file__).parents[2] / "README.md"


def own_metrics() -> list[catalog.Entry]:
    """The metrics that come with disentcli."""
    return [entry for entry in catalog.entries("metric") if entry.module.startswith("disentcli.")]


def replace_table(text: str, table: str) -> str:
    """The text with this table in place of the one with the same first line."""
    head = table.partition("\n")[0]
    before, _, rest = text.partition(head)
    _, blank, after = rest.partition("\n\n")
    return before + table + blank + after
