"""Whether the runs of a sweep and what follows them are right, as far as that can be known before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..config.config_store import ConfigStore
from ..errors import CallError
from ..registry import catalog
from .dry_run import check_command
from .sweep_plan import SweepRun, call_words, is_of_sweep

KEYS_OF_ONE_RUN = {
    "resume": "a sweep continues its own runs where they are not completed",
    "plan": "a sweep marks its runs by itself",
}


def check_sweep(plan: Sequence[SweepRun], calls: Iterable[str], library: ConfigStore) -> None:
    """Raise CallError for a run of the plan, or a call after one, that is wrong whatever its data are."""
    _check_plan(plan, library)
    for call in calls:
        check_next(call, library)


def check_next(call: str, library: ConfigStore) -> list[str]:
    """The words of a call on a completed run, but for the run's name.

    Raises:
        CallError: it is wrong, or of a script that evaluates no run.
    """
    words = call_words(call)
    scripts = {one.name: one.script.settings for one in catalog.entries("script")}
    taking = [name for name, declared in scripts.items() if "load" in declared]
    if not words or (words[0] in scripts and words[0] not in taking):
        raise CallError(f"then: {call!r} takes no --load RUN; there is {', '.join(taking)}")
    try:
        if check_command(words, library).has("load"):
            raise CallError("a sweep names the run of each call itself: leave --load out")
        check_command(words, library, {"load": "last"})
    except CallError as error:
        raise CallError(f"then: {call}: {error}") from None
    return words


def _check_plan(plan: Sequence[SweepRun], library: ConfigStore) -> None:
    """Raise CallError for a run of the plan whose settings are wrong whatever its data are."""
    for one in {(one.configs, one.arguments, bool(one.start)): one for one in plan}.values():
        for key, _ in one.arguments:
            if key in KEYS_OF_ONE_RUN:
                raise CallError(f"--{key}: {KEYS_OF_ONE_RUN[key]}; leave it out")
            if is_of_sweep(key):
                raise CallError(f"--grid {key}: this is of the whole sweep; give it as --{key}")
        check_command(one.argv, library, {"load": "last"} if one.start else None)
