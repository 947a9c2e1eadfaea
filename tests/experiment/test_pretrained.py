"""A second stage from the command's side: the run before is found, fits, is complete, or is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from disentcli.errors import CallError
from disentcli.runs import checkpoint
from disentcli.runs.load import load_run
from disentcli.runs.run import Run

from ..configs import trained

PAIRS = {"view": {"_type": "pairs", "share": ["shape"]}}
Train = Callable[..., Run]


@pytest.fixture(scope="module")
def train(dataroot: Path, runs: Path) -> Train:
    def call(config: str, **changes: object) -> Run:
        return trained(config, "d/sprites32", data=dataroot, runs=runs, budget=1, **PAIRS, **changes)

    return call


@pytest.fixture(scope="module")
def first(train: Train) -> Run:
    return train("m/sdim", name="first")


def test_the_second_stage_keeps_the_shared_encoders_and_needs_the_first_run_no_more(
    train: Train, first: Run, dataroot: Path
):
    second = train("m/edim", shared=first.name)
    assert second.info()["shared"] == {"run": first.name, "step": 1}
    before, after = (checkpoint.load(run)["model"] for run in (first, second))
    shared = [name for name in before if name.startswith("shared.")]
    assert shared
    assert all(torch.equal(before[name], after[name]) for name in shared)
    loaded = load_run(second.path, dataroot=dataroot)
    assert "shared" not in loaded.config
    assert loaded.encode(torch.arange(3), "E_Y").shape == (3, 8)
    with pytest.raises(CallError, match="choose one"):
        loaded.encode(torch.arange(3))
    with pytest.raises(CallError, match="no decoder"):
        loaded.decode(torch.zeros(1, 8))


def test_what_cannot_be_taken_over_is_refused_with_the_way_out(train: Train, first: Run):
    with pytest.raises(CallError, match=r"second stage: name the run of the first \(m/sdim\) with --shared"):
        train("m/edim")
    with pytest.raises(CallError, match="no run 'absent'"):
        train("m/edim", shared="absent")
    with pytest.raises(CallError, match="dim 32 and 64"):
        train("m/edim", shared=first.name, model={"shared-dim": 32})
    with pytest.raises(CallError, match="leave --shared out"):
        train("m/sdim", shared=first.name)
    info = first.path / "run.json"
    content = info.read_text()
    changed = {**json.loads(content), "status": "interrupted"}
    del changed["crc32"]  # it is of what was written
    info.write_text(json.dumps(changed))
    with pytest.raises(CallError, match="interrupted at step 1; finish it first: fig train --resume"):
        train("m/edim", shared=first.name)
    info.write_text(content)
