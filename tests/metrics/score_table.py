"""The README's table of metrics and scores, made of the registry.

python -m tests.metrics.score_table          # puts it in place of the one there
"""

from __future__ import annotations

import re

from disentcli.metrics.evaluate import BoundMetric
from disentcli.registry import catalog
from disentcli.registry.signature import arguments_of

from .readme import README, own_metrics, replace_table

HEAD = ("| Metric | What it measures | Scores | Needs |", "|---|---|---|---|")
NEEDS = {
    "test_codes": "test points",
    "sampler": "full grid",
    "encode_factors": "full grid",
    "respond": "decoder",
    "codes_of_runs": "several runs",
    "representations": "training split",
}


def score_table() -> str:
    """One row a metric that comes with disentcli."""
    return "\n".join([*HEAD, *map(_row, own_metrics())])


def _row(entry: catalog.Entry) -> str:
    name = entry.name.replace("-", "_")
    function = catalog.resolve("metric", entry.name)
    scores = BoundMetric(name, function, {}).score_names()
    known = arguments_of(function)
    needs = ", ".join(dict.fromkeys(what for argument, what in NEEDS.items() if argument in known))
    shown = ", ".join(f"`{name}.{score}`" for score in scores) or f"`help(disentcli.metrics.{name})`"
    return f"| `{name}` | {_plain(entry.summary)} | {shown} | {needs or 'codes'} |"


def _plain(summary: str) -> str:
    return re.sub(r"\s+", " ", summary).replace("|", "\\|").rstrip(".")


def replaced(text: str) -> str:
    """The README with the table as it should be."""
    return replace_table(text, score_table())


if __name__ == "__main__":
    README.write_text(replaced(README.read_text(encoding="utf-8")), encoding="utf-8")
