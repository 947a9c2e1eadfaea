"""What `fig list <what> NAME` says of one component, config or run."""

from __future__ import annotations

import inspect
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..config.config_store import ConfigStore
from ..config.keys import VALUE_KEY, cli_key, flatten
from ..config.schema import METRICS
from ..console.help import section
from ..data.resources import format_bytes
from ..errors import DisentError
from ..registry import catalog
from ..runs.results import read_results
from ..runs.run import Run
from ..runs.run_index import RunInfo
from .table import score_text

#: where the arguments of a kind of component are set; of the others, below the node that holds them
PLACES = {
    "metric": "metrics.{name}",
    "dataset": "dataset",
    "method": "model",
    "encoder": "model.encoder",
    "decoder": "model.decoder",
    "latent": "model.latent",
    "optimizer": "model.optim",
    "scheduler": "scheduler",
    "split": "split",
    "view": "view",
}
MOST = 12  # scores of a result that are shown


def component_card(kind: str, name: str) -> str:
    """What the component does in full, and its arguments with types and defaults."""
    entry = catalog.find(kind, name)
    text = inspect.getdoc(catalog.resolve(kind, name)) or entry.summary
    place = PLACES.get(kind, "…").format(name=name)
    arguments = [
        (f"--{place}.{one.name.replace('_', '-')}", f"{one.annotation} [{one.default}]")
        for one in entry.parameters
        if one.default is not None
    ]
    return "\n\n".join(filter(None, [f"{kind} {name}:\n\n{text}", section("arguments", arguments)]))


def metric_uses(name: str, library: ConfigStore) -> str:
    """The configs of metrics that compute this one."""
    names = [
        config
        for config in library.paths
        if config.startswith("eval/") and any(name in _metrics(layer) for layer in library.lineage(config))
    ]
    return section("computed by", [(config, "") for config in sorted(names)])


def _metrics(layer: Mapping[str, Any]) -> Container[str]:
    """The metrics that a config file names, alone or with options of each."""
    given = layer.get(METRICS[0]) or {}
    return given.get(VALUE_KEY, given) if isinstance(given, Mapping) else given  # type: ignore[no-any-return]


def config_card(library: ConfigStore, name: str) -> str:
    """The comment, file, bases and values of one config."""
    first, *bases = library.lineage(name)
    comment, own = _comment(library.paths[name]), dict(first)
    values = {path: value for path, value in flatten(own) if path[0][:1] != "_"}
    rows = [
        ("file", first.source),
        ("builds on", ", ".join(layer.name for layer in bases)),
        ("with others", f"`fig show {name} …`"),
    ]
    return "\n\n".join(
        filter(
            None,
            [
                f"{name}:\n\n{comment}".rstrip(),
                section("config", [row for row in rows if row[1]]),
                section("sets", [(cli_key(path), str(value)) for path, value in values.items()]),
            ],
        )
    )


def _comment(path: Path) -> str:
    """The comment at the head of a config file."""
    lines = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# "))
    return "\n".join(lines)


def run_card(found: RunInfo) -> str:
    """How a run stands, what was called, and its scores."""
    run = Run(found.path)
    info = run.info()
    minutes = float(info.get("wall_seconds") or 0) / 60
    rows = [
        ("status", f"{found.status}, step {found.step:,} of {found.budget:,}"),
        ("folder", f"{found.path} ({format_bytes(found.size, exact=False)})"),
        ("created", found.created),
        ("trained", f"{minutes:,.1f} minutes on {info.get('device', '?')}" if minutes else ""),
        ("command", _words(info.get("command"))),
    ]
    scores = [section(f"results {ident}", _scores(run, ident)) for ident in found.results]
    return "\n\n".join(filter(None, [section(found.name, [row for row in rows if row[1]]), *scores]))


def _words(command: Any) -> str:
    return " ".join(map(str, command)) if isinstance(command, Sequence) else ""


def _scores(run: Run, ident: str) -> list[tuple[str, str]]:
    """The first scores of a result, and how many more there are."""
    try:
        flat: Mapping[str, float | None] = read_results(run, ident).flat()
    except DisentError as error:
        return [("", str(error).partition("\n")[0])]
    rows = [(name, score_text(value)) for name, value in flat.items() if value is not None]
    more = [("…", f"{len(rows) - MOST} more: `fig compare {run.name}`")] if len(rows) > MOST else []
    return [*rows[:MOST], *more]
