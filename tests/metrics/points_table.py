"""The README's table of what metrics are computed on, made of what they ask an evaluation for.

python -m tests.metrics.points_table          # puts it in place of the one there
"""

from __future__ import annotations

from collections.abc import Mapping

from disentcli.config.yaml12 import parse
from disentcli.metrics.evaluate import BoundMetric
from disentcli.registry import catalog

from .readme import README, own_metrics, replace_table

PRESET = README.with_name("config") / "eval" / "preset" / "standard.yaml"
HEAD = ("| Metrics | On a full grid | On data without a grid | On a file of codes |", "|---|---|---|---|")

DRAWN = "drawn uniformly, with replacement"
SPLIT = "P + T images, drawn without replacement, or two thirds and one third where there are fewer"
TEXTS: Mapping[str, tuple[str, str, str]] = {
    "exact": (
        f"every image once; with `--points`, and in `study` and `fast`, P points {DRAWN}",
        "P images, drawn without replacement, or all where there are fewer",
        "likewise, of its rows; every row once where they are a full grid",
    ),
    "codes": (
        f"P points {DRAWN}",
        "P images, drawn without replacement, or all where there are fewer",
        "likewise, of its rows",
    ),
    "tested": (f"P points to train on and T to test on, {DRAWN}", SPLIT, "likewise, of its rows"),
    "draws": ("their own draws, as many as their options say", "null", "null"),
    "responds": (
        f"P points {DRAWN}; the causal score: traversals of the grid",
        "P images, or all; the causal score is null",
        "null",
    ),
    "learns": (
        "P training images to train on and T validation images to test on, drawn without replacement, or all",
        "likewise",
        "P + T rows, as above",
    ),
    "runs": (f"P points {DRAWN}, the same for every run", "P images, or all, the same for every run", "null"),
}


def component_of(call: BoundMetric) -> str:
    """Which of TEXTS is about this metric."""
    asked = set(call.injected)
    first = {
        "runs": "codes_of_runs" in asked,
        "learns": "representations" in asked,
        "tested": "test_codes" in asked,
        "draws": bool(asked & {"sampler", "encode_factors"}),
        "responds": "respond" in asked,
        "exact": call.label in parse(PRESET.read_text())["exhaustive"],
    }
    return next((kind for kind, fits in first.items() if fits), "codes")


def calls() -> list[BoundMetric]:
    """Every metric that comes with disentcli, without options."""
    return [
        BoundMetric(one.name.replace("-", "_"), catalog.resolve("metric", one.name), {})
        for one in own_metrics()
    ]


def points_table() -> str:
    """A row for the metrics of each kind."""
    labels: dict[str, list[str]] = {kind: [] for kind in TEXTS}
    for call in calls():
        labels[component_of(call)].append(f"`{call.label}`")
    rows = [f"| {', '.join(labels[kind])} | {' | '.join(texts)} |" for kind, texts in TEXTS.items()]
    return "\n".join([*HEAD, *rows])


def replaced(text: str) -> str:
    """The README with the table as it should be."""
    return replace_table(text, points_table())


if __name__ == "__main__":
    README.write_text(replaced(README.read_text(encoding="utf-8")), encoding="utf-8")
