"""What can stand next on a command line: scripts, configs, runs, keys and their values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..registry import catalog
from ..registry.catalog import Entry
from .config_store import summary
from .keys import cli_key, normalize_key, split
from .nodes import KIND_OF_KEY
from .project import project_configs
from .root_settings import CONSOLE_KEYS, NODE_KINDS, ROOT
from .schema import METRICS, SchemaNode, declared_settings, known_settings

Candidate = tuple[str, str]  # a word and what it is

RUN_KEYS = ("load", "resume", "shared")  # settings that name a run
SWITCHES = (
    ("--help", "the settings of a script"),
    ("--module", "your own components"),
    ("--debug", "tracebacks"),
)


class Completion:
    """The candidates for the next word of a command in a project."""

    def __init__(self, project_file: Path | None, runs: Sequence[str] = ()) -> None:
        """`runs` are the names of the runs, the newest first."""
        self.library = project_configs(project_file)
        self.runs = [(name, "") for name in runs]
        self.scripts = {entry.name: entry for entry in catalog.entries("script")}

    def candidates(self, words: Sequence[str], begun: str) -> list[Candidate]:
        """What can stand after these words and begins as the word that has been begun."""
        script = next((self.scripts[word] for word in words if word in self.scripts), None)
        if begun.startswith("-"):
            found = self._keys(script, begun)
        elif words and words[-1].startswith("--") and "=" not in words[-1]:
            found = self._values(words[-1][2:])
        elif script is None:
            found = [(entry.name, entry.summary) for entry in self.scripts.values()]
        else:
            found = self._positionals(script, [word for word in words if word != script.name])
        return [one for one in found if one[0].startswith(begun)]

    def _positionals(self, script: Entry, given: Sequence[str]) -> Iterable[Candidate]:
        """Configs, or the names that the script takes."""
        takes = script.script.takes
        if takes == "configs" or (takes == "training" and given):
            return self._configs()
        if takes == "training":
            return [("train", "what the sweep calls"), *self._configs()]
        if takes == "runs":
            return self.runs
        if takes == "datasets":
            return [(entry.name, entry.summary) for entry in catalog.entries("source")]
        return [(word, "") for word in takes.split("|")] if "|" in takes and not given else []

    def _configs(self) -> list[Candidate]:
        return [(name, summary(path)) for name, path in sorted(self.library.paths.items())]

    def _keys(self, script: Entry | None, begun: str) -> Iterable[Candidate]:
        """`--key` for each setting of the script, and for each argument below a group that has been begun."""
        if script is None:
            return SWITCHES
        declared = {f"--{one.key}": one.help for one in declared_settings(script)}
        declared |= {f"--{key}": ROOT[key].help for key in CONSOLE_KEYS}
        nodes = script.script.nodes
        places = (*NODE_KINDS, METRICS[0]) if nodes is None else nodes
        group = split(begun[2:])[:-1]
        if group and group[0] in {place.partition(".")[0] for place in places}:
            schema = _schema_at(group)
            below = sorted(schema.keys()) if schema else []
            return {f"--{cli_key((*group, key))}": "" for key in (*below, "_type")}.items() | declared.items()
        return [
            *declared.items(),
            *((f"--{place}.", "arguments of the component") for place in places),
            *SWITCHES,
        ]

    def _values(self, key: str) -> Iterable[Candidate]:
        """What a setting can be: a run, one of its choices, yes or no, a component's name."""
        path = split(key)
        setting = known_settings().get(path)
        if key in RUN_KEYS:
            return [("last", "the newest"), *self.runs]
        if path[-1] == "_type":
            place = ".".join(path[:-1])
            kind = NODE_KINDS.get(place) or KIND_OF_KEY.get(path[-2], path[-2])
            return [(entry.name, entry.summary) for entry in catalog.entries(kind)]
        if setting is not None and setting.type is bool:
            return [("true", ""), ("false", "")]
        return [(choice, "") for choice in setting.choices] if setting is not None else []


def _schema_at(path: Sequence[str]) -> SchemaNode | None:
    """The place under a path of keys; None where there is none."""
    schema: SchemaNode | None = SchemaNode()
    for key in map(normalize_key, path):
        known = schema.keys() if schema is not None else set()
        schema = schema.below(key, {}) if schema is not None and key in known else None
    return schema
