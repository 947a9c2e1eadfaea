"""Configs stacked and run without a subprocess: what a call with these words would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from disentcli.config.config_layers import ConfigLayer
from disentcli.config.config_store import ConfigStore
from disentcli.config.settings import Settings
from disentcli.runs.run import Run
from disentcli.scripts.train import train

LIBRARY = ConfigStore({}, Path.cwd())


def sheets(*names: str) -> list[ConfigLayer]:
    """These configs and what they inherit, as a call with these words stacks them."""
    return LIBRARY.lineage(*names)


def trained(*names: str, data: Path, runs: Path, budget: int = 10, **changes: Any) -> Run:
    """A run of ten steps in small batches; `changes` are the arguments of the call."""
    call = {
        "dataroot": str(data),
        "saveroot": str(runs),
        "budget": budget,
        "quiet": True,
        "device": "cpu",
        "dataset.batch-size": 4,
        **changes,
    }
    settings = Settings([ConfigLayer(call, "command line"), *sheets(*names)], script="train", argv=["train"])
    assert train(settings) == 0
    run = Run.find(runs, "last")
    assert (run.info()["status"], run.info()["step"]) == ("completed", budget)
    return run
