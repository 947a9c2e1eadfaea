"""What a call of `fig study` asks for: the sweep of its config, its name, and where its page is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ..config.coercion import PositiveFloat, coerce
from ..config.config_store import ConfigStore
from ..config.settings import Settings
from ..console.argv import parse
from ..errors import CallError
from ..evaluation.metric_selection import names_of
from ..runs.roots import save_root
from ..suggestions import unknown
from .dry_run import check_command
from .sweep_call import SweepCall, read_sweep
from .sweep_plan import EXECUTION_KEYS, ROOTS

GROUP = "study/"  # the folder of configs
FOLDER = "studies"  # of the pages, in the folder of runs
OWN = ("scores", "difference")  # what a study says beside its sweep
#: arguments that make no other study of it
SAME_STUDY = (*EXECUTION_KEYS, *ROOTS, *OWN, "dry-run", "verbose")
NOT_OF_A_STUDY = ("out", "overwrite")  # of the settings of `fig sweep`
LONGEST = 80  # characters of a name


@dataclass(frozen=True)
class StudyCall:
    """A study: its sweep, its name, what its config says of itself, and how its scores are shown.

    scores: as `fig compare --metrics` names them; none means all of which it is known which way is better.
    difference: the one whose number of seeds is asked for, if not the differences that were found.
    """

    sweep: SweepCall
    name: str
    about: Sequence[str]
    scores: Sequence[str]
    difference: float | None
    words: Sequence[str]

    @property
    def folder(self) -> Path:
        """Where its page, summary and table are kept."""
        return save_root(self.sweep.saveroot) / FOLDER / self.name


def read_study(settings: Settings, *, check: bool = True) -> StudyCall:
    """What the call asks for; raises CallError as `read_sweep`, and where the study's name is none."""
    library = settings.library
    if library is None:
        raise CallError("fig study needs a project with configs")
    if not settings.words:
        known = ", ".join(name.removeprefix(GROUP) for name in library.paths if name.startswith(GROUP))
        raise CallError(f"name a study: fig study demo; there is {known}")
    for key in filter(settings.has, NOT_OF_A_STUDY):
        raise CallError(f"--{key} is of `fig sweep`; a study keeps its table beside its page: leave it out")
    configs = [find_study(settings.words[0], library), *settings.words[1:]]
    sweep = read_sweep(check_command(sweep_words(settings, configs), library), check=check)
    layers = [{key: settings.get(key) for key in OWN if settings.has(key)}, *library.lineage(*configs)]
    own = {key: next((layer[key] for layer in layers if layer.get(key) is not None), None) for key in OWN}
    scores = names_of(own["scores"], "scores") if own["scores"] else []
    difference = None if own["difference"] is None else coerce(own["difference"], PositiveFloat, "difference")
    about = described(library.find(configs[0]))
    name = study_name(configs, settings)
    return StudyCall(sweep, name, about, scores, difference, settings.argv)


def find_study(word: str, library: ConfigStore) -> str:
    """The config of a study: `small` is study/small; any other config that holds a grid may be one too."""
    for name in (f"{GROUP}{word}", word):
        if library.knows(name):
            return name
    known = [name.removeprefix(GROUP) for name in library.paths if name.startswith(GROUP)]
    raise CallError(unknown("study", word, known, "`fig list configs study/` says what each is"))


def sweep_words(settings: Settings, configs: Sequence[str]) -> list[str]:
    """The call of `fig sweep` with the same runs."""
    call = parse(settings.argv)
    pairs = [(key, value) for key, value in call.arguments.items() if key not in OWN]
    modules = [word for name in call.modules for word in ("--module", name)]
    return ["sweep", *configs, *(word for key, value in pairs for word in (f"--{key}", str(value))), *modules]


def study_name(configs: Sequence[str], settings: Settings) -> str:
    """A folder's name: the study's, and what the call changes of its runs, as in `small_seeds-1`."""
    arguments = {key.replace("_", "-"): value for key, value in parse(settings.argv).arguments.items()}
    changed = [
        f"{key}-{value}" for key, value in arguments.items() if key.partition(".")[0] not in SAME_STUDY
    ]
    parts = [configs[0].removeprefix(GROUP), *configs[1:], *changed]
    name = "_".join(re.sub(r"[^\w.+=-]+", "-", part) for part in parts).lstrip(".-")
    if len(name) > LONGEST:
        name = f"{name[:LONGEST]}_{sha256(name.encode()).hexdigest()[:6]}"
    return name


def described(path: Path) -> list[str]:
    """The comment at the head of a config, which says what it is."""
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return [line.lstrip("# ") for line in lines[:end]]
