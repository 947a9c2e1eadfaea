"""On which points each metric is computed, in words: what docs/reference/metrics.md says of every metric."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from disentcli.config.yaml12 import parse
from disentcli.evaluation.file_metrics import describe_rows
from disentcli.evaluation.metric_points import in_one_line, of_seeds, part_of, points_of
from disentcli.evaluation.plan import EvaluationPlan
from disentcli.metrics.codefile import CodeFile
from disentcli.metrics.context import MetricContext
from disentcli.metrics.file_context import FileContext
from docs.generate.metric_tables import PRESET, calls, kind_of, points_table

from ..metrics.test_evaluate import Grid, inputs_of

DRAWN = "points drawn uniformly, with replacement, from the full grid"
OWN = "its own draws from the full grid"
ON_A_GRID = {
    "exact": "each of the 15 images of the full grid",
    "codes": f"200 {DRAWN}",
    "tested": f"200 + 100 {DRAWN}",
    "draws": OWN,
    "responds": f"200 {DRAWN}, and {OWN}",
    "decodes": f"200 {DRAWN}",
}
ON_OTHER_DATA = {
    "exact": "all 15 images",
    "codes": "all 15 images",
    "tested": "10 + 5 of the 15 images, without replacement",
    "responds": "all 15 images",
    "decodes": "all 15 images",
}
ON_A_PART = {
    "exact": "all 6 test images",
    "codes": "all 6 test images",
    "tested": "4 + 2 of the 6 test images, without replacement",
    "responds": "all 6 test images",
    "decodes": "all 6 test images",
}


def plan(**changes: int) -> EvaluationPlan:
    arguments = {"points": 200, "test_points": 100, "repeats": 1, "seed": 0, **changes}
    exhaustive = tuple(parse(PRESET.read_text())["exhaustive"])
    return EvaluationPlan(
        "standard", "x", calls(), overwrite=False, quiet=True, exhaustive=exhaustive, **arguments
    )


@pytest.mark.parametrize(
    ("inputs", "texts"),
    [
        (inputs_of(Grid()), ON_A_GRID),
        (inputs_of(Grid(factor_space=None)), ON_OTHER_DATA),
        (inputs_of(Grid(), part="test", split=np.arange(6)), ON_A_PART),
    ],
    ids=["grid", "other", "part"],
)
def test_every_metric_says_what_it_is_computed_on(inputs: MetricContext, texts: dict[str, str]) -> None:
    found = points_of(plan(), inputs)
    for call in calls():
        text = found.get(call.label)
        if kind_of(call) == "draws" and text:  # some take points as well
            text = text.removeprefix(f"200 {DRAWN}, and ")
        assert text == texts.get(kind_of(call)), call.label


def test_the_table_says_of_every_metric_what_it_is_computed_on() -> None:
    assert all(points_table().count(f"`{call.label}`") == 1 for call in calls())


def test_repeats_of_metrics_that_test_nothing_are_of_what_they_draw() -> None:
    found = points_of(
        plan(repeats=3, points=9, test_points=6), inputs_of(Grid(factor_space=None), points=9, test_points=6)
    )
    assert found["mig"] == "9 of the 15 images, without replacement"
    assert found["dci"] == "9 + 6 of the 15 images, without replacement"


def test_of_a_file_too_metrics_say_what_they_are_computed_on() -> None:
    rows = np.arange(14)  # no full grid
    file = CodeFile(rows[:, None] * 1.0, np.stack([rows % 2, rows % 3], axis=1), ("a", "b"), (2, 3))
    of_file = plan(points=9, test_points=6)
    inputs = FileContext(file, 9, 6)
    found = points_of(of_file, inputs)
    assert found["mig"] == found["infomec"] == "9 of 14 rows, drawn at random"
    assert found["dci"] == found["knn"] == "9 + 5 of 14 rows, drawn at random"
    assert not {"beta_vae", "cds", "responses", "udr"} & found.keys()
    mig = [call for call in of_file.calls if call.label in ("mig", "dci")]
    few = replace(of_file, calls=mig, points=20)
    text = describe_rows(few, FileContext(file, 20, 6), points_of(few, FileContext(file, 20, 6)))
    assert text == "9 + 5 of 14 rows, drawn at random, seed 0; mig: all 14 rows"


def test_metrics_on_the_same_points_are_named_together() -> None:
    assert in_one_line({"mig": "a", "irs": "a"}) == "a"
    assert in_one_line({"mig": "a", "dci": "b", "irs": "a"}) == "mig, irs: a; dci: b"
    assert (of_seeds(range(3, 4)), of_seeds(range(3, 6))) == ("seed 3", "seeds 3 to 5")


def test_the_part_is_the_mode_or_what_the_metrics_look_at_without_one() -> None:
    by_name = {call.label: call for call in calls()}
    assert part_of([by_name["mig"], by_name["knn"]], "test") == "test"
    assert part_of([by_name["mig"], by_name["knn"]], None) == "all"
    assert part_of([by_name["probes"], by_name["knn"]], None) == "val"
