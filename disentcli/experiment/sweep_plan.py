"""The plan of a sweep: which runs there are to be, apart from how and where they are made."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from typing import Any

from ..config.config_layers import ConfigLayer
from ..console.argv import parse
from ..console.follow_up import program
from ..errors import CallError
from ..registry import catalog

MOST = 10_000  # seeds of one sweep
ROOTS = ("saveroot", "dataroot")
#: how a sweep is done, whatever its runs are
EXECUTION_KEYS = ("executor", "jobs", "gpus", "per-gpu", "status", "wait", "cancel", "task")
#: which runs there are, and what follows them
PLAN_KEYS = ("seeds", "seed", "grid", "then", "stages")
#: settings of the sweep itself, not of its runs
SWEEP_KEYS = (*PLAN_KEYS, *EXECUTION_KEYS, "dry-run", "out", "overwrite", "verbose", *ROOTS)
#: keys of a config that say which runs there are, what follows and how it is done, not what a run is
NOT_OF_A_RUN = ("seeds", "grid", "then", "stages", "scores", "difference", *EXECUTION_KEYS)
#: settings of a call, not of a run: they are given again where a run is continued, or another starts from it
KEYS_OF_A_CALL = ("device", "time-limit", "dataset.resident", "download", "quiet")
#: arguments that make no other run of it
NOT_IN_SWEEP_KEY = ("download",)


@dataclass(frozen=True)
class SweepRun:
    """One run: what is put after `fig train`, and where it stands on the axes of the sweep.

    `sweep_key` tells it from all other runs: the same configs and arguments, whenever they are typed.
    `start` is the run of the first stage from whose weights one of a later stage starts.
    """

    configs: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...]
    axes: tuple[tuple[str, str], ...]
    seed: int
    start: SweepRun | None = None

    @property
    def sweep_key(self) -> str:
        """Sixteen hexadecimal digits."""
        arguments = [pair for pair in self.arguments if pair[0] not in NOT_IN_SWEEP_KEY]
        before = [self.start.sweep_key] if self.start else []
        identity = json.dumps([self.configs, sorted(arguments), self.seed, *before])
        return sha256(identity.encode()).hexdigest()[:16]

    @property
    def argv(self) -> list[str]:
        """The command line after `fig`."""
        pairs = [word for key, value in self.arguments for word in (f"--{key}", value)]
        return ["train", *self.configs, *pairs, "--seed", str(self.seed)]

    @property
    def command(self) -> str:
        """The command as it is shown, where the run that it starts from need not exist yet."""
        return f"{program()} {shlex.join(self.argv)}" + (" --load RUN" if self.start else "")

    @property
    def grid_cell(self) -> tuple[str, ...]:
        """Where it stands, whatever its seed."""
        return tuple(value for _, value in self.axes)


def plan_runs(
    configs: Sequence[str],
    arguments: Mapping[str, str],
    grid: Mapping[str, Sequence[Any]],
    seeds: Sequence[int],
    is_config: Callable[[str], bool],
) -> list[SweepRun]:
    """Every combination of the axes' values, with every seed.

    A value that begins with a config or a `--key` is a piece of the command line, whose configs are stacked
    over the others; any other is the value of the axis's own key. CallError if two axes set one key.
    """
    pieces = [[parse_piece(key, str(value), is_config) for value in values] for key, values in grid.items()]
    runs = []
    for chosen in product(*pieces):
        axes = tuple((key, text) for key, (text, _, _) in zip(grid, chosen, strict=True))
        stacked = [config for _, above, _ in chosen for config in above]
        given = [pair for _, _, pairs in chosen for pair in pairs]
        if len({key for key, _ in given}) < len(given):
            raise CallError(
                f"two axes of the grid set the same key: {' '.join(f'--{k} {v}' for k, v in given)}"
            )
        if "seed" in dict(given):
            raise CallError(
                "the seed is no axis of the grid: say which seeds with --seeds 3,5 or --seeds 0-2"
            )
        together = tuple({**arguments, **dict(given)}.items())
        runs += [SweepRun((*stacked, *configs), together, axes, seed) for seed in seeds]
    return runs


def parse_piece(
    key: str, text: str, is_config: Callable[[str], bool]
) -> tuple[str, list[str], list[tuple[str, str]]]:
    """The text of a value, the configs in it, and the pairs of keys and values.

    Text that begins with neither is the value of `key`.
    """
    words = shlex.split(text)
    if not words or not (words[0].startswith("--") or is_config(words[0])):
        return text, [], [(key, text)]
    first = next((at for at, word in enumerate(words) if word.startswith("--")), len(words))
    unknown = [word for word in words[:first] if not is_config(word)]
    flags, values = words[first::2], words[first + 1 :: 2]
    if unknown or len(flags) != len(values) or not all(flag.startswith("--") for flag in flags):
        raise CallError(f"the value {text!r} of the axis {key!r}: expected configs, then --key value pairs")
    return text, words[:first], [(flag[2:], value) for flag, value in zip(flags, values, strict=True)]


def parse_seeds(text: str) -> list[int]:
    """`3` (as many, from 0 on), `0-2` or `0,3,5-7` as a list; CallError for anything else.

    >>> parse_seeds("3")
    [0, 1, 2]
    >>> parse_seeds("0-2,5")
    [0, 1, 2, 5]
    """
    if text.isdecimal() and int(text):
        return _all_of(range(int(text)), text)
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if text.isdecimal() or not first.isdecimal() or (dash and not last.isdecimal()):
            raise CallError(f"--seeds {text}: expected how many (8 for seeds 0 to 7), or which: 0,3,5 or 0-2")
        seeds += _all_of(range(int(first), int(last or first) + 1), text)
    if not seeds or len(set(seeds)) < len(seeds):
        raise CallError(f"--seeds {text}: expected at least one seed, each once")
    return seeds


def _all_of(seeds: range, text: str) -> list[int]:
    if seeds.stop - seeds.start > MOST:
        raise CallError(f"--seeds {text}: expected at most {MOST:,} seeds; one alone is --seed N")
    return list(seeds)


def parse_grid(text: str) -> dict[str, list[str]]:
    """`reg-wt=1,4;method=m/vae,m/tcvae` as the values of each axis; CallError for anything else.

    >>> parse_grid("reg-wt=1,4;method=m/vae,m/tcvae")
    {'reg-wt': ['1', '4'], 'method': ['m/vae', 'm/tcvae']}
    """
    grid: dict[str, list[str]] = {}
    for axis in text.split(";"):
        key, equals, values = axis.partition("=")
        if not equals or not all(values.split(",")):
            raise CallError(f"--grid {axis}: expected KEY=VALUE,VALUE,…")
        if key.strip() in grid:
            raise CallError(f"--grid: the axis {key.strip()!r} is given twice")
        grid[key.strip()] = [value.strip() for value in values.split(",")]
    return grid


def arguments_of_runs(argv: Sequence[str]) -> dict[str, str]:
    """The arguments of a command line that are for each training, as text."""
    return {key: value for key, value in typed_arguments(argv).items() if not is_of_sweep(key)}


def typed_arguments(argv: Sequence[str]) -> dict[str, str]:
    """Every --key value of a command line, as text."""
    return {key.replace("_", "-"): str(value) for key, value in parse(argv).arguments.items()}


def words_of_plan(argv: Sequence[str]) -> list[str]:
    """The words of a sweep's command line that say which runs there are and what follows them."""
    call = parse(argv)
    words = [
        word
        for key, value in typed_arguments(argv).items()
        if key in PLAN_KEYS or not is_of_sweep(key)
        for word in (f"--{key}", value)
    ]
    return ["sweep", *call.positionals, *call.short_flags, *words]


def is_of_sweep(key: str) -> bool:
    """Whether a key of the command line is of the sweep itself, or an option of an executor."""
    first = key.partition(".")[0]
    return first in SWEEP_KEYS or first in catalog.list_components("executor")


def call_words(call: str) -> list[str]:
    """The words of a call on a completed run, but for the run's name; one made before is made again."""
    words = shlex.split(call)
    declared = {one.name: one.script.settings for one in catalog.entries("script")}
    return [*words, *(["--overwrite"] if words and "overwrite" in declared.get(words[0], ()) else [])]


def fingerprints(layers: Iterable[ConfigLayer]) -> dict[str, str]:
    """Sixteen hexadecimal digits for the values of each config, by its name; comments do not count."""
    return {layer.name: _fingerprint(layer) for layer in layers if layer.name}


def changed_configs(recorded: Mapping[str, str], layers: Iterable[ConfigLayer]) -> list[str]:
    """The configs that are not what they were when `fingerprints` was recorded."""
    return differing_configs(recorded, fingerprints(layers))


def differing_configs(recorded: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The names whose fingerprints differ; a config that was not recorded counts as the same."""
    return [name for name, one in now.items() if recorded.get(name, one) != one]


def _fingerprint(layer: Mapping[str, Any]) -> str:
    values = {key: value for key, value in layer.items() if key not in NOT_OF_A_RUN}
    return sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]
