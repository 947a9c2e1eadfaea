"""Whether a command line is right by itself: script, configs, keys and values, before anything is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..config.config_layers import COMMAND_LINE, ConfigLayer, split
from ..config.config_store import ConfigStore
from ..config.schema import script_rows
from ..config.settings import Settings
from ..config.unknown_keys import check
from ..console.argv import parse
from ..device import find_device
from ..errors import CallError
from ..registry import catalog
from ..runs.naming import validate_name

#: nodes of a training's config that hold a component
COMPONENTS = ("dataset", "view", "split", "model", "model.optim", "scheduler")


def check_call(
    words: Sequence[str], library: ConfigStore, given: Mapping[str, str] | None = None
) -> Settings:
    """The settings of a command line (the words after `fig`), all of which is known and fits.

    `given` are arguments that the call will get besides.

    Raises:
        CallError: an unknown script, config, key or component, or a value that does not fit.
    """
    call = parse([*words, *(word for key, value in (given or {}).items() for word in (f"--{key}", value))])
    entry = catalog.find("script", call.script or "")
    takes_names = entry.takes == "names"
    settings = Settings(
        [ConfigLayer(call.arguments, COMMAND_LINE), *([] if takes_names else library.stack(*call.words))],
        script=entry.name,
        configs=() if takes_names else call.words,
        words=call.words if takes_names else (),
        argv=call.argv,
        root=library.root,
        library=library,
    )
    check(settings.stack.sheets)
    if entry.name == "train":
        check_training(settings)
        _check_chosen(settings)
    else:
        _read_rows(settings, entry)
        _read_choices(settings)
        settings.check()
    return settings


def check_training(settings: Settings) -> None:
    """Raise CallError for a key or a value of a training that is wrong whatever its data are."""
    from .train_options import read_validation_scores

    _read_rows(settings, catalog.find("script", "train"))
    for part in COMPONENTS:
        settings.fit(part)
    read_validation_scores(settings)
    if settings.has("name"):
        validate_name(settings.get("name"))
    settings.check()


def _check_chosen(settings: Settings) -> None:
    """Raise CallError where a training lacks a device, a logger, data, a method, or a checkpoint's run."""
    from .train_options import read_options

    read_options(settings)
    find_device(settings.get("device"))
    if settings.has("load") or settings.has("resume"):
        return
    if settings.has("checkpoint"):
        raise CallError("--checkpoint is of a run that --load or --resume names")
    for part in ("dataset", "model"):
        if settings.fit(part) is None:
            raise CallError(f"no {part} is chosen: stack a config that sets {part!r} (`fig list configs`)")


def _read_rows(settings: Settings, entry: catalog.Entry) -> None:
    """Every setting that the script declares."""
    for row in script_rows(entry):
        if row.type is dict:  # in a spelling of the script's own
            settings.usage.read(split(row.key), None, stored=False)
        else:
            settings.get(row.key, None)


def _read_choices(settings: Settings) -> None:
    """What a script that evaluates runs is to compute, by name."""
    if settings.script == "eval-metrics":
        from ..evaluation.plan import make_plan

        make_plan(settings)
    elif settings.script == "eval":
        from ..scripts.eval import read_fid

        read_fid(settings)
    elif settings.script == "figures":
        from ..scripts.figures import read_choice

        read_choice(settings)
