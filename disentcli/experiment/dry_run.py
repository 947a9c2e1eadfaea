"""Whether a command line is right, as far as that can be checked without running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..config.call_check import check_call
from ..config.config_layers import COMMAND_LINE, ConfigLayer
from ..config.config_store import ConfigStore
from ..config.settings import Settings
from ..console.argv import parse
from ..device import find_device
from ..errors import CallError
from ..registry import catalog
from ..runs.naming import validate_name
from .train_options import read_options, read_validation_metrics


def check_command(
    argv: Sequence[str], library: ConfigStore, given: Mapping[str, str] | None = None
) -> Settings:
    """The settings of a command line (the words after `fig`), all of which is known and fits.

    `given` are arguments that the call will get besides.

    Raises:
        CallError: an unknown script, config, key or component, or a value that does not fit.
    """
    call = parse([*argv, *(word for key, value in (given or {}).items() for word in (f"--{key}", value))])
    entry = catalog.find("script", call.script or "")
    takes_names = entry.script.takes != "configs"
    lineage = [] if takes_names else library.lineage(*call.positionals)
    settings = Settings(
        [ConfigLayer(call.arguments, COMMAND_LINE), *lineage],
        script=entry.name,
        configs=() if takes_names else call.positionals,
        words=call.positionals if takes_names else (),
        argv=call.argv,
        root=library.root,
        library=library,
    )
    check_call(settings)
    if entry.name == "train":
        check_training(settings)
        _check_chosen(settings)
    else:
        _check_evaluation(settings)
    return settings


def check_training(settings: Settings) -> None:
    """Raise CallError for a metric or a name of a training that is wrong whatever its data are."""
    read_validation_metrics(settings)
    if settings.has("name"):
        validate_name(settings.get("name"))


def _check_chosen(settings: Settings) -> None:
    """Raise CallError where a training lacks a device, a logger, or a checkpoint's run."""
    read_options(settings)
    find_device(settings.get("device"))
    if settings.has("checkpoint") and not (settings.has("load") or settings.has("resume")):
        raise CallError("--checkpoint is of a run that --load or --resume names")


def _check_evaluation(settings: Settings) -> None:
    """What a script that evaluates runs is to compute exists, by name."""
    if settings.script in ("eval-metrics", "eval-multiple-metrics"):
        from ..evaluation.plan import make_plan

        make_plan(settings)
    elif settings.script == "eval":
        from ..evaluation.frechet import read_frechet

        read_frechet(settings)
    elif settings.script == "figures":
        from ..evaluation.figure_selection import read_figures

        read_figures(settings)
