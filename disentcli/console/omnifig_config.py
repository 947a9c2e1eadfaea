"""omnifig's config manager with our rules: its order of `_base`s and its hooks, our parsing and merging."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omnibelt import unspecified_argument
from omnifig.config import ConfigManager
from omnifig.config.nodes import ConfigNode

from ..config.coercion import CliText, to_plain
from ..config.config_layers import COMMAND_LINE, ConfigLayer, MergedConfig
from ..config.config_store import EXTENSIONS, ConfigStore, order_errors
from ..config.precedence import by_precedence
from ..errors import CallError
from ..registry import catalog
from . import help, omnifig_entries, terminal
from .argv import ParsedArgs, parse
from .without_project import folder_of


class LayeredConfigManager(ConfigManager):
    """Replaces a loaded project's manager, keeping its registry of configs."""

    def __init__(self, project: Any, replaced: ConfigManager) -> None:
        super().__init__(project)
        self.registry = replaced.registry
        root = folder_of(project)
        self.library = ConfigStore({entry.name: Path(entry.path) for entry in self.registry.values()}, root)
        for name, path in self.library.paths.items():
            if name not in self.registry:
                self.register_config(name, path, project=project)

    def parse_argv(self, argv: Sequence[str], script_name: Any = unspecified_argument) -> ConfigNode:
        """The config of a command line; help and version are shown here, before anything can be wrong."""
        given = [] if script_name in (None, unspecified_argument) else [script_name]
        call = parse([*given, *argv])
        terminal.debug = call.debug
        for module in call.modules:
            omnifig_entries.include(self.project, module)
        if call.help or call.version or (not argv and not given):
            terminal.echo(help.version() if call.version else help.helppage(call, self.library))
            raise SystemExit(0)
        return self._config(call, self._behaviors_meta(call))

    def _behaviors_meta(self, call: ParsedArgs) -> dict[str, Any]:
        """What omnifig's behaviors make of single-dash flags; `-d` is the config `debug`, `-q` is --quiet."""
        meta: dict[str, Any] = {}
        left = list(call.short_flags)
        for behavior in self.project.behaviors():
            taken = behavior.parse_argv(meta, left, script_name=call.script)
            left = left if taken is None else taken
        if meta.pop("debug", False):
            call.positionals.insert(0, "debug")
        if meta.pop("quiet", False):
            call.arguments["quiet"] = CliText("true")
        if left:
            raise CallError(f"unknown option {left[0]}; keys are written with two dashes, see `fig -h`")
        return meta

    def _config(self, call: ParsedArgs, meta: dict[str, Any]) -> ConfigNode:
        if call.script not in (None, "_"):
            self.project.find_script(call.script)
            meta["script_name"] = call.script
        configs = () if _takes_names(call.script) else call.positionals
        config = self.create_config(configs, ConfigLayer(call.arguments, COMMAND_LINE))
        for key, value in meta.items():
            config.push(f"_meta.{key}", value, silent=True)
        if config.pull("_meta.script_name", None, silent=True) is None:
            raise CallError(
                "no script is named, and no config of this call sets _meta.script_name; see `fig -h`"
            )
        config.silent = not config.pull("verbose", False, silent=True)
        config.call = call
        return config

    def create_config(self, configs: Any = None, data: Any = None, **options: Any) -> ConfigNode:
        """omnifig's order of configs and their bases, with its two complaints in words."""
        asked = list(dict.fromkeys(configs or ()))
        try:
            with order_errors(asked):
                return super().create_config(asked, data, **options)
        except self.ConfigCycleError as error:
            raise CallError(f"{error}: each has the others as _base; take one of these lines out") from None

    def find_config_path(self, name: Any, default: Any = unspecified_argument) -> Path:
        """The file of a registered config, whatever the current folder holds."""
        if isinstance(name, Path):
            return name
        if ":" in name:  # omnifig's `project:config`
            return Path(super().find_config_path(name, default))
        return self.library.find(name)

    def load_raw_config(self, path: str | Path) -> Any:
        """A config file as a layer that knows where it comes from."""
        path = Path(path)
        if path.suffix in EXTENSIONS:
            return self.library.read(path)
        return ConfigLayer(super().load_raw_config(path) or {}, self.library.shown(path), path.stem)

    def _merge_raw_configs(self, raws: list[Any]) -> ConfigNode:
        """omnifig's view of the merged config, and with it the merged config itself, which scripts read."""
        layers = [raw if isinstance(raw, ConfigLayer) else ConfigLayer(raw, COMMAND_LINE) for raw in raws]
        merged = MergedConfig(by_precedence(layers))
        values, _ = merged.resolved
        config = self.configurize(to_plain(values))
        config.merged = merged
        return config


def _takes_names(script: str | None) -> bool:
    return any(
        entry.name == script and entry.script.takes != "configs" for entry in catalog.entries("script")
    )
