"""From the settings of a call to how long to train, and what to do how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..config.coercion import to_plain
from ..config.config_layers import COMMAND_LINE
from ..config.keys import flatten, normalize_key
from ..config.settings import Settings
from ..errors import CallError
from ..evaluation.cross_run_metrics import is_cross_run
from ..evaluation.metric_selection import EVERYTHING, metrics_by_name, names_of, with_preset
from ..runs.loggers.collection import make_loggers
from ..training.early_stopping import EarlyStopping
from ..training.options import TrainOptions

if TYPE_CHECKING:
    from ..training.validation_metrics import ValidationMetrics


def read_options(settings: Settings) -> TrainOptions:
    """How long to train, and what to do how often."""
    return TrainOptions(
        budget=settings.get("budget"),
        seed=settings.get("seed"),
        batch_size=settings.get("dataset.batch-size"),
        validation_freq=settings.get("validation.freq"),
        checkpoint_freq=settings.get("checkpoint.freq"),
        checkpoint_minutes=settings.get("checkpoint.minutes"),
        checkpoint_keep=settings.get("checkpoint.keep"),
        records_freq=settings.get("records.freq"),
        records_minutes=settings.get("records.minutes"),
        print_freq=settings.get("print.freq"),
        viz_freq=settings.get("viz.freq"),
        time_limit=settings.get("time-limit"),
        clip_value=settings.get("clip.value"),
        clip_norm=settings.get("clip.norm"),
        accumulate=settings.get("accumulate"),
        early_stopping=read_early_stopping(settings),
        quiet=settings.get("quiet"),
        validation_metrics=read_validation_metrics(settings),
        loggers=make_loggers(settings.get("logger")),
    )


def read_early_stopping(settings: Settings) -> EarlyStopping | None:
    """When to stop before the budget; None without a patience."""
    patience = settings.get("early-stopping.patience", None)
    if patience is None:
        for key in ("early-stopping.monitor", "early-stopping.min-delta", "early-stopping.mode"):
            if settings.has(key) and settings.source(key) == COMMAND_LINE:
                raise CallError(
                    f"--{key} needs --early-stopping.patience: after how many validations to stop"
                )
        return None
    early = EarlyStopping(
        patience,
        settings.get("early-stopping.monitor"),
        settings.get("early-stopping.min-delta"),
        settings.get("early-stopping.mode"),
    )
    assert early.sign  # raises where the direction is not known
    return early


def read_frozen(settings: Settings) -> list[str]:
    """The parts of the method that --model.frozen names, which are not trained."""
    return _read_parts(settings, "model.frozen", "are not trained")


def read_reinitialized(settings: Settings) -> list[str]:
    """The parts of the method that --model.reinitialize names, which --load does not fill."""
    return _read_parts(settings, "model.reinitialize", "are drawn anew")


def _read_parts(settings: Settings, key: str, what: str) -> list[str]:
    """Parts of the method: a list, `encoder,latent`, or {encoder: true}.

    Only mappings stack: those of two configs name the parts of both.
    """
    given = settings.get(key, None)
    if given is None:
        return []
    if isinstance(given, Mapping):
        flags = {".".join(path): is_on for path, is_on in flatten(given) if path}
        if all(isinstance(is_on, bool) for is_on in flags.values()):
            return sorted(part for part, is_on in flags.items() if is_on)
    parts = given.split(",") if isinstance(given, str) else given
    if not isinstance(parts, list) or not all(isinstance(one, str) and one.strip() for one in parts):
        raise CallError(
            f"{key} takes the parts that {what}, as in --{key} [encoder], or "
            f"{{encoder: true, latent: true}} in a config; not {given!r}"
        )
    return sorted({normalize_key(one.strip()) for one in parts})


def read_validation_metrics(settings: Settings) -> ValidationMetrics | None:
    """The metrics of --validation.metrics with the options and counts of the preset fast."""
    given = settings.get("validation.metrics", None)
    if not given:
        return None
    from ..training.validation_metrics import ValidationMetrics  # with all metrics: a tenth of a second

    calls = metrics_by_name(settings, names_of(given, "validation.metrics"), "fast")
    across = [call.label for call in calls if is_cross_run(call)]
    if across and to_plain(given) != EVERYTHING:
        raise CallError(
            f"--validation.metrics {across[0]}: it compares runs with each other; once they are trained: "
            f"fig eval-metrics --load 'PATTERN' --metrics {across[0]}"
        )
    calls = [call for call in calls if call.label not in across]
    counts = with_preset(settings, "fast")
    return ValidationMetrics(
        tuple(calls), counts.get("points"), counts.get("test-points"), settings.get("seed")
    )
