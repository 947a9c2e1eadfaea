"""The run that a call continues or starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..console.settings import Settings
from ..errors import CallError
from ..runs import checkpoint
from ..runs.run import Run


@dataclass(frozen=True)
class Former:
    """The run that this call continues (then it is locked) or whose weights it starts from."""

    run: Run
    step: int
    continued: bool


def find_former(settings: Settings) -> Former | None:
    """The run that --resume or --load names."""
    saveroot = settings.get("saveroot")
    if settings.has("resume") and settings.has("load"):
        raise CallError(
            "--resume continues a run, --load starts a new one from its weights; give one of them"
        )
    for key in ("resume", "load"):
        if settings.has(key):
            run = Run.find(saveroot, settings.get(key))
            if key == "resume":
                run.lock.acquire()
            return Former(run, checkpoint.find_step(run, settings.get("checkpoint")), key == "resume")
    return None


def beneath(settings: Settings, former: Former | None) -> Settings:
    """The settings over those of the former run."""
    if former is None:
        return settings
    return settings.over(_passed_on(former), f"{former.run.name}/config.yaml")


def _passed_on(former: Former) -> Mapping[str, Any]:
    """Its config; the length of its schedule only to more of the same run: a new run has a length of its own.

    A run that does not say how long its schedule is was made before it did: it is as long as its budget.
    """
    config = former.run.config()
    schedule = config.get("scheduler")
    if not isinstance(schedule, dict):
        return config
    length = {"steps": schedule.get("steps") or config.get("budget") or None} if former.continued else {}
    others = {key: value for key, value in schedule.items() if key != "steps"}
    return {**config, "scheduler": {**others, **length}}
