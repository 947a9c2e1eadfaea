"""The run that a call continues or starts from, and what of it a call that continues it may change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ..config.call_check import check_keys_in_use
from ..config.keys import cli_key, flatten, split
from ..config.root_settings import Setting
from ..config.schema import script_settings
from ..config.settings import Settings
from ..errors import CallError
from ..registry import catalog
from ..runs import checkpoint
from ..runs.run import Run
from .train_options import read_frozen, read_reinitialized

#: arguments of the networks that follow from a method and its latent: another method has others
INFERRED = (("encoder", "feature_dim"), ("encoder", "heads"), ("decoder", "latent_dim"))
TRIPLET = 3  # images that a composition operator learns from
#: how long and how a run is trained, which a call that continues it may change; the rest says which run it is
CHANGEABLE = (
    *("budget", "deterministic", "precision", "compile", "clip", "model.optim", "scheduler"),
    *("validation", "early-stopping", "checkpoint", "viz", "records", "print", "logger"),
)


@dataclass(frozen=True)
class ParentRun:
    """The run that this call continues (then it is locked) or whose weights it starts from."""

    run: Run
    step: int
    continued: bool


def find_parent_run(settings: Settings) -> ParentRun | None:
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
            return ParentRun(run, checkpoint.find_step(run, settings.get("checkpoint")), key == "resume")
    if settings.has("checkpoint"):
        raise CallError("--checkpoint is of a run that --load or --resume names")
    return None


def over_parent(settings: Settings, parent: ParentRun | None) -> Settings:
    """The settings over those of the parent run, checked.

    Raises:
        CallError: the call continues the run and would make another one of it, or gives what nothing reads.
    """
    if parent is None:
        return settings
    source = f"{parent.run.name}/config.yaml"
    passed_on = _passed_on(parent) if parent.continued else _passed_to_new(parent, settings)
    merged = settings.with_base(passed_on, source)
    if parent.continued:
        _check_same(merged, settings.with_only(passed_on, source), parent.run)
    check_keys_in_use(merged)
    return merged


def _passed_on(parent: ParentRun) -> Mapping[str, Any]:
    """The parent run's config; the length of its schedule only to more of the same run.

    A run that does not say how long its schedule is was made before it did: it is as long as its budget.
    """
    config = parent.run.config()
    schedule = config.get("scheduler")
    if not isinstance(schedule, dict):
        return config
    length = {"steps": schedule.get("steps") or config.get("budget") or None} if parent.continued else {}
    others = {key: value for key, value in schedule.items() if key != "steps"}
    return {**config, "scheduler": {**others, **length}}


def _passed_to_new(parent: ParentRun, settings: Settings) -> Mapping[str, Any]:
    """What a new run has of its parent's config: not which parts that one had drawn anew.

    A call that names a method names its composition operator as well, or there is none. The sizes of the
    networks of another method are inferred anew. The view stays only if the method learns from as many
    images at a time.
    """
    config = deepcopy(dict(_passed_on(parent)))
    model, given = config.get("model") or {}, settings.node("model") or {}
    model.pop("reinitialize", None)
    if "_type" not in given:
        return config
    if "operator" not in given:
        model.pop("operator", None)
    named = str(given["_type"]).removeprefix("method/")
    for part, argument in INFERRED if named != model.get("_type") else ():
        if isinstance(model.get(part), dict):
            model[part].pop(argument, None)
    if "view" in config and not settings.has("view"):
        method: Any = catalog.resolve("method", named)
        view: Any = catalog.resolve("view", config["view"]["_type"])
        if view.num_views != (TRIPLET if given.get("operator") else method.num_views):
            del config["view"]
    return config


def _check_same(asked: Settings, stored: Settings, run: Run) -> None:
    """Raise CallError if a continued run would differ in what says which run it is."""
    for key, (before, now) in {**_differing_names(asked, run), **_differing(asked, stored)}.items():
        source = asked.source(key if asked.node(key) is None else f"{key}.{now[0]}")
        kept = (
            f"{cli_key(split(key))} is {_shown(before)} in {run.name}, which a call that continues it keeps"
        )
        raise CallError(
            f"{kept}, not {_shown(now)} ({source});\nleave it out, or start a new run from its weights: "
            f"fig train … --load {run.name}"
        )


def _differing_names(asked: Settings, run: Run) -> dict[str, tuple[Any, Any]]:
    """What names the run, where the call gives it otherwise: before and now."""
    found: dict[str, tuple[Any, Any]] = {}
    name, plan = asked.get("name"), asked.get("plan")
    if name is not None and not re.fullmatch(rf"{re.escape(name)}(_\d{{6}}-\d{{6}}(_\d+)?)?", run.name):
        found["name"] = (run.name, name)
    if plan is not None and plan != run.info().get("plan"):
        found["plan"] = (run.info().get("plan"), plan)
    return found


def _differing(asked: Settings, stored: Settings) -> dict[str, tuple[Any, Any]]:
    """What describes the run, where the call describes it otherwise: before and now."""
    before, now = dict(_described(stored)), dict(_described(asked))
    keys = [key for key in {**now, **before} if now.get(key) != before.get(key) and not _changeable(key)]
    return {key: (before.get(key), now.get(key)) for key in sorted(keys, key=lambda key: key.count("."))}


def _described(settings: Settings) -> Iterator[tuple[str, Any]]:
    """Every setting of a training that its run keeps, and every argument that is given to its components."""
    stored = _stored_settings()
    values = {one.key: one.default for one in stored} | settings.fit_values(stored)
    parts = {"model.frozen": read_frozen(settings), "model.reinitialize": read_reinitialized(settings)}
    yield from {**values, **parts}.items()  # whichever way the parts are written
    for part in catalog.find("script", "train").script.nodes or ():
        fit = settings.fit(part)
        full = {} if fit is None else fit.full
        yield from ((f"{part}.{'.'.join(path)}", value) for path, value in flatten(full))


def _stored_settings() -> list[Setting]:
    return [one for one in script_settings(catalog.find("script", "train")) if one.stored]


def _changeable(key: str) -> bool:
    """Whether a call that continues a run may change this; data that have moved are checked otherwise."""
    of_the_optimizer = key == "model.optim._type"
    if key in ("path", "dataset.path"):
        return True
    return not of_the_optimizer and any(key == one or key.startswith(f"{one}.") for one in CHANGEABLE)


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)
