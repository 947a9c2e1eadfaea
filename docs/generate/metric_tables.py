"""Tables of the metrics: what each measures and gives, and the points that it is computed on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from disentcli.config.yaml12 import parse
from disentcli.metrics.evaluate import BoundMetric
from disentcli.registry import catalog
from disentcli.registry.signature import arguments_of

from .markdown import table

PRESET = Path(__file__).parents[2] / "config" / "eval" / "preset" / "standard.yaml"
NEEDS = {
    "test_codes": "test points",
    "sampler": "full grid",
    "encode_factors": "full grid",
    "respond": "decoder",
    "sample_latents": "decoder and prior",
    "codes_of_runs": "several runs",
    "representations": "training split",
    "split_parts": "split",
    "entity_images": "regions of entities",
}

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
    "decodes": (
        f"P points {DRAWN}",
        "P images, drawn without replacement, or all where there are fewer",
        "null",
    ),
    "learns": (
        "P training images to train on and T validation images to test on, drawn without replacement, or all",
        "likewise",
        "P + T rows, as above",
    ),
    "parts": (
        "P training images, T of each other part of the split, drawn without replacement, or all",
        "likewise",
        "null",
    ),
    "entities": (
        "each image of the validation part, or of that of `--mode`; what is learned, from training images",
        "likewise",
        "null",
    ),
    "runs": (f"P points {DRAWN}, the same for every run", "P images, or all, the same for every run", "null"),
}


def calls() -> list[BoundMetric]:
    """Every metric that comes with disentcli, without options."""
    own = [entry for entry in catalog.entries("metric") if entry.module.startswith("disentcli.")]
    return [
        BoundMetric(entry.name.replace("-", "_"), catalog.resolve("metric", entry.name), {}) for entry in own
    ]


def score_table() -> str:
    """A row for each metric: what it measures, its scores, what it needs."""
    return table(("metric", "what it measures", "scores", "needs"), map(_row, calls()))


def _row(call: BoundMetric) -> tuple[str, ...]:
    entry = catalog.find("metric", call.label)
    known = arguments_of(catalog.resolve("metric", entry.name))
    needs = dict.fromkeys(what for argument, what in NEEDS.items() if argument in known)
    scores = ", ".join(f"`{call.label}.{score}`" for score in call.score_names())
    return (
        f"`{call.label}`",
        re.sub(r"\s+", " ", entry.summary).rstrip("."),
        scores or f"[below](#{call.label})",
        ", ".join(needs) or "codes",
    )


def kind_of(call: BoundMetric) -> str:
    """Which of TEXTS is about this metric."""
    asked = set(call.injected)
    first = {
        "runs": "codes_of_runs" in asked,
        "learns": "representations" in asked,
        "parts": "split_parts" in asked,
        "entities": "entity_images" in asked,
        "tested": "test_codes" in asked,
        "draws": bool(asked & {"sampler", "encode_factors"}),
        "responds": {"respond", "grid"} <= asked,
        "decodes": bool(asked & {"respond", "sample_latents"}),
        "exact": call.label in parse(PRESET.read_text())["exhaustive"],
    }
    return next((kind for kind, fits in first.items() if fits), "codes")


def points_table() -> str:
    """A row for the metrics of each kind: what they are computed on, by the data."""
    labels: dict[str, list[str]] = {kind: [] for kind in TEXTS}
    for call in calls():
        labels[kind_of(call)].append(f"`{call.label}`")
    head = ("metrics", "on a full grid", "on data without a grid", "on a file of codes")
    return table(head, [(", ".join(labels[kind]), *texts) for kind, texts in TEXTS.items()])
