"""The run that a call continues or starts from."""

from __future__ import annotations

from dataclasses import dataclass

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
    return settings.over(former.run.config(), f"{former.run.name}/config.yaml") if former else settings
