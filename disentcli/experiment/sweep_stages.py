"""Stages of a sweep: runs that start from the weights of each of its runs, and what follows them.

stages:
  decoder: {train: freeze/encoder ex/update, then: [eval --mode held-out]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import CallError
from .sweep_plan import KEYS_OF_A_CALL, SweepRun, parse_piece

FIRST = "first"  # what the table calls the runs that the grid itself makes
AXIS = "stage"


@dataclass(frozen=True)
class Stage:
    """A later stage: what is put after `fig train`, beside --load RUN, and the calls that follow each run."""

    name: str
    configs: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...]
    then: tuple[str, ...] = ()

    def run_after(self, first: SweepRun) -> SweepRun:
        """The run of this stage that starts from this one."""
        of_call = {key: value for key, value in first.arguments if key in KEYS_OF_A_CALL}
        arguments = {**of_call, "extra": self.name, **dict(self.arguments)}
        return SweepRun(
            self.configs, tuple(arguments.items()), _on_axis(first, self.name), first.seed, start=first
        )


def parse_stages(written: Any, is_config: Callable[[str], bool]) -> dict[str, Stage]:
    """The stages of a config by name: {NAME: {train: configs and --key value pairs, then: [calls]}}.

    Raises:
        CallError: a stage has another form.
    """
    if not isinstance(written, Mapping):
        raise CallError(f"stages: expected {{NAME: {{train: …, then: [calls]}}}}, got {written!r}")
    return {str(name): _stage(str(name), one, is_config) for name, one in written.items()}


def _stage(name: str, written: Any, is_config: Callable[[str], bool]) -> Stage:
    place = f"stages.{name}"
    if name == FIRST:
        raise CallError(f"{place}: {FIRST!r} is what the runs of the grid are called; give it another name")
    if not isinstance(written, Mapping) or not {"train"} <= set(written) <= {"train", "then"}:
        raise CallError(f"{place}: expected {{train: configs and --key value pairs, then: [calls]}}")
    text, then = str(written["train"]), written.get("then") or []
    _, configs, pairs = parse_piece(place, text, is_config)
    if pairs == [(place, text)]:
        raise CallError(f"{place}: {text!r}: expected configs, then --key value pairs")
    if "load" in dict(pairs):
        raise CallError(f"{place}: it starts from a run of the grid, which the sweep names: leave --load out")
    if not isinstance(then, list):
        raise CallError(f"{place}.then: expected a list of calls, got {then!r}")
    return Stage(name, tuple(configs), tuple(pairs), tuple(map(str, then)))


def with_stages(plan: Sequence[SweepRun], stages: Mapping[str, Stage]) -> list[SweepRun]:
    """Each run of the plan, followed by one of each stage that starts from it; the stage is an axis."""
    if not stages:
        return list(plan)
    if any(name == AXIS for one in plan for name, _ in one.axes):
        raise CallError(f"--grid {AXIS}: this is the axis of `stages`; give the axis another name")
    first = [replace(one, axes=_on_axis(one, FIRST)) for one in plan]
    return [run for one in first for run in (one, *(stage.run_after(one) for stage in stages.values()))]


def _on_axis(run: SweepRun, stage: str) -> tuple[tuple[str, str], ...]:
    """Where a run stands on the axes, with this stage."""
    return (*(axis for axis in run.axes if axis[0] != AXIS), (AXIS, stage))
