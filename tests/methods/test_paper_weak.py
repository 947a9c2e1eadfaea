"""The configs of weak disentanglement, trained on small rendered data: regions of all entities are fitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from disentcli.runs.load import load_run

from ..configs import trained

SHORT = {"budget": 3, "model.warm-up-steps": 2, "model.relation-batch": 4, "dataset.batch-size": 8}
NARROW = {"model.discriminator-hidden": [8], "model.relation-learner": {"_type": "mlp", "hidden": [8]}}
THREE = [0, 1, 2]
CASES: dict[str, tuple[str, dict[str, Any], tuple[int, int, int]]] = {
    "hwf": ("d/symbols", {"dataset.per-class": 30, "dataset.test": 5}, (13, 3, 3)),
    "dsprites": (
        "d/sprites",
        {
            "dataset.size": 32,
            "dataset.positions": 3,
            **{f"split.only.dsprites.{axis}-position.classes": THREE for axis in "xy"},
            **{f"model.entities.{axis}-position": THREE for axis in "xy"},
            "split.labels": 1.0,
        },
        (27, 5, 1),
    ),
    "3ds": (
        "d/room",
        {
            "dataset.size": 32,
            "dataset.floor-hues": 2,
            "dataset.wall-hues": 1,
            "dataset.orientations": 5,
            "split.labels": 1.0,
        },
        (120, 5, 1),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_trains_both_stages_on_rendered_data(name: str, tmp_path: Path) -> None:
    data, options, expected = CASES[name]
    run = trained(
        data, f"paper/weak/{name}", data=tmp_path / "data", runs=tmp_path, **SHORT, **NARROW, **options
    )
    model = load_run(run.path, dataroot=tmp_path / "data").model
    assert model.is_fitted
    assert (model.entities.count, len(model.relations), model.relation_learner.inputs) == expected
