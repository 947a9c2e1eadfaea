"""`fig list methods`: each config with its papers, terms and settings, from code and config."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import DisentError
from ..registry import catalog
from .table import markdown_table

if TYPE_CHECKING:
    from ..config.config_store import ConfigStore

HEAD = ("config", "paper", "terms × weights at step 0", "settings")
PAPER = re.compile(r"(\w+ et al\. )?\(([^()]*\d{4}[^()]*)\)")
LINEAR = {"_type": "linear"}
SMALL = {"latent_dim": 4, "model": {"encoder": LINEAR, "decoder": LINEAR}}
SIZES = (2, 2)  # of factors, for methods that learn from them
SHAPES = ((7,), (3, 28, 28))  # the terms are those on the first shape that fits: on vectors, else on images


@dataclass(frozen=True)
class MethodSummary:
    """A method as its config sets it up; `papers` are those in the first line of the config."""

    config: str
    component: str
    papers: str
    terms: str
    settings: str

    @property
    def row(self) -> tuple[str, ...]:
        """Its cells in the table of methods."""
        return self.config, self.papers, self.terms, self.settings


def summarize_methods(library: ConfigStore) -> Iterator[MethodSummary]:
    """The configs m/… that name a method, each built once, small."""
    for name in (one for names in library.groups().values() for one in names if one.startswith("m/")):
        yield summarize_method(library, name)


def summarize_method(library: ConfigStore, config: str) -> MethodSummary:
    """The summary of one config."""
    from ..config.config_layers import MergedConfig
    from ..config.config_store import summary
    from ..config.keys import cli_key, flatten

    own = MergedConfig(library.lineage(config))
    values = {path: value for path, value in flatten(own.values) if path[0][0] != "_"}
    line = summary(library.paths[config])
    settings = [
        f"{cli_key(path).removeprefix('model.')} {value}"
        for path, value in values.items()
        if path != ("model", "_type")
    ]
    return MethodSummary(
        config,
        str(values.get(("model", "_type"), "")),
        "; ".join(", ".join(map(str.strip, filter(None, one))) for one in PAPER.findall(line)) or "–",
        " + ".join(f"{_weight(one)}·{term}" for term, one in _weights(library, config).items()) or "–",
        ", ".join(settings).replace("._type", ""),
    )


def _weight(weight: float) -> str:
    """The number; 1/D for the mean over the D numbers of an observation."""
    return "1/D" if weight == 1 / SHAPES[0][0] else f"{weight:.4g}"


def _weights(library: ConfigStore, config: str) -> dict[str, float]:
    """Each term's weight, of the method built small; none of a user's class that fits neither shape."""
    from ..config.config_layers import ConfigLayer
    from ..config.settings import Settings
    from ..methods.method import Method

    settings = Settings([*library.lineage(config), ConfigLayer(SMALL, "small")])
    for shape in SHAPES:
        with suppress(DisentError):
            model = settings.build("model", input_shape=shape, dataset_size=1000, factor_sizes=SIZES)
            return model.weights(0) if isinstance(model, Method) else {}
    return {}


def page(library: ConfigStore, config: str) -> str:
    """All about one config: the equation and source from the class, its terms, its arguments and defaults."""
    from ..console.help import section

    found = summarize_method(library, config)
    component = catalog.resolve("method", found.component)
    entry = catalog.find("method", found.component)
    known = [("paper", found.papers), ("terms", found.terms), ("settings", found.settings)]
    arguments = [
        (f"--model.{one.name.replace('_', '-')}", f"{one.annotation} [{one.default}]")
        for one in entry.parameters
        if one.default is not None and one.name != "sampler"
    ]
    return "\n\n".join(
        [
            section(config, [row for row in known if row[1]]),
            inspect.getdoc(component) or "",
            section(f"arguments of {found.component}", arguments),
        ]
    )


def markdown(library: ConfigStore) -> str:
    """The table as docs/reference/methods.md shows it."""
    return markdown_table(HEAD, (one.row for one in summarize_methods(library)), left=len(HEAD)).rstrip("\n")
