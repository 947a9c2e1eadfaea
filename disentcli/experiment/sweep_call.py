"""What a call of `fig sweep` asks for: its runs, where they lie, and what follows each; all of it checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config.coercion import Seed, coerce, to_plain
from ..config.config_store import ConfigStore
from ..config.keys import cli_key, normalize_key, split
from ..config.settings import Settings
from ..console.argv import parse
from ..errors import CallError
from ..registry import catalog
from .sweep_plan import (
    ROOTS,
    SweepRun,
    arguments_of_runs,
    call_words,
    fingerprints,
    parse_grid,
    parse_seeds,
    plan_runs,
    typed_arguments,
    words_of_plan,
)
from .sweep_stages import AXIS, Stage, parse_stages, with_stages

IN_PROCESS, LOCAL = "in-process", "local"  # executors: the usual one, and the one that `--jobs` chooses
SHORT_OPTIONS = ("jobs", "gpus", "per-gpu")  # of the executor, whichever it is


@dataclass(frozen=True)
class SweepCall:
    """The runs of a sweep, the calls that follow each, and what is given to all calls.

    then: command lines without the run's name; stages: of the plan, by name; roots: the folders of runs and
    data; modules: a user's own; argv: the words after `fig` that give this plan; executor: how it is done.
    """

    plan: list[SweepRun]
    then: list[str]
    stages: Mapping[str, Stage]
    roots: Mapping[str, Path]
    modules: Sequence[str]
    library: ConfigStore
    argv: Sequence[str]
    executor: Mapping[str, Any]

    @property
    def saveroot(self) -> Path:
        """The folder of the runs."""
        return self.roots["saveroot"]

    def calls_after(self, one: SweepRun) -> Sequence[str]:
        """The calls that follow a run, by its stage."""
        return self.stages[dict(one.axes)[AXIS]].then if one.start else self.then

    def configs_after(self, call: str) -> dict[str, str]:
        """The fingerprints of the configs of a call that follows runs, by their names."""
        return fingerprints(self.library.lineage(*filter(self.library.knows, call_words(call))))

    @property
    def common(self) -> list[str]:
        """The words that each call of the sweep ends with."""
        modules = [word for name in self.modules for word in ("--module", name)]
        return [*as_words(self.roots), *modules]


def read_sweep(settings: Settings, *, check: bool = True) -> SweepCall:
    """What the call asks for.

    Args:
        check: whether each run and what follows it is checked, which imports torch; a call that makes no new
            run, or one that was checked before, needs it not.

    Raises:
        CallError: anything in it is wrong, of a run or of what follows.
    """
    library = settings.library
    if library is None:
        raise CallError("fig sweep needs a project with configs")
    configs = _configs(settings, library)
    source = _Source(settings, library, configs)
    arguments = arguments_of_runs(settings.argv)
    stages = parse_stages(to_plain(source.get("stages") or {}), library.knows)
    plan = plan_runs(configs, arguments, source.grid(), source.seeds(), library.knows)
    plan = with_stages(plan, stages)
    then = [str(one) for one in source.get("then") or []]
    if check:
        from .sweep_check import check_sweep

        check_sweep(plan, [*then, *(call for stage in stages.values() for call in stage.then)], library)
    modules, argv = parse(settings.argv).modules, words_of_plan(settings.argv)
    return SweepCall(plan, then, stages, source.roots(), modules, library, argv, source.executor())


def as_words(arguments: Mapping[str, object]) -> list[str]:
    """Arguments as words of a command line."""
    return [word for key, value in arguments.items() for word in (f"--{key}", str(value))]


def _configs(settings: Settings, library: ConfigStore) -> list[str]:
    words = settings.words[1:] if settings.words[:1] == ["train"] else settings.words
    if not words:
        raise CallError("name what to train: fig sweep train a/conv12 m/vae d/sprites32 --grid reg-wt=1,4")
    for word in words:
        library.find(word)
    return words


@dataclass(frozen=True)
class _Source:
    """Where a sweep's own settings come from: the command line, else the configs that it names."""

    settings: Settings
    library: ConfigStore
    configs: list[str]

    def get(self, key: str) -> Any:
        """The value of a setting on the command line, else in the first config that has it, else None."""
        if self.settings.has(key):
            return self.settings.get(key)
        return next((layer[key] for layer in self.library.lineage(*self.configs) if key in layer), None)

    def seeds(self) -> list[int]:
        """Those of --seeds, or the one of --seed; else of a config."""
        typed = self._typed()
        if "seed" in typed and "seeds" in typed:
            raise CallError("--seed is of one run, --seeds of many: give one of them")
        seeds = None if "seed" in typed else self.get("seeds")
        if seeds is not None:
            return parse_seeds(str(seeds))
        return [coerce(self.get("seed") or 0, Seed, "seed")]

    def grid(self) -> dict[str, list[Any]]:
        """The values of each axis."""
        typed = self._typed().get("grid")
        if typed is not None:
            return dict(parse_grid(typed))
        grid = self.get("grid") or {}
        if not all(isinstance(values, list) and values for values in grid.values()):
            raise CallError("grid: expected a list of values for each axis, as in {reg-wt: [1, 4]}")
        return {cli_key(split(key)): values for key, values in grid.items()}

    def executor(self) -> dict[str, Any]:
        """The node of the executor: its name and options, of the command line over those of the configs."""
        short = {key: value for key in SHORT_OPTIONS if (value := self.get(key)) is not None}
        name = str(self.get("executor") or (LOCAL if short else IN_PROCESS))
        catalog.find("executor", name)
        for other in catalog.list_components("executor"):
            if other != name and self.settings.has(other):
                raise CallError(f"--{other}: these are options of another executor; give --executor {other}")
        layers = [layer.get(normalize_key(name)) for layer in self.library.lineage(*self.configs)]
        options = [self.settings.node(name), short, *layers]
        return {"_type": name} | {
            normalize_key(key): value for node in reversed(options) for key, value in (node or {}).items()
        }

    def roots(self) -> dict[str, Path]:
        """The folders of runs and data: of the call, else of a config."""
        settings = self.settings
        found = {root: None if settings.has(root) else self.get(root) for root in ROOTS}
        return {
            root: settings.get(root) if folder is None else settings.root / Path(str(folder)).expanduser()
            for root, folder in found.items()
        }

    def _typed(self) -> dict[str, str]:
        """Every --key value of the call, as text."""
        return typed_arguments(self.settings.argv)
