"""The inner names of omnifig 1.0.10 that the console holds on to; one test for each."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import omnifig
import pytest
from omnifig.behaviors import Behavior
from omnifig.config import ConfigManager
from omnifig.config.nodes import ConfigNode
from omnifig.organization import Project

from disentcli.config import config_store
from disentcli.config.config_layers import ConfigLayer
from disentcli.console import omnifig_plugin
from disentcli.errors import DisentError

from .conftest import REPOSITORY, call


def test_another_version_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert omnifig.__version__ == omnifig_plugin.OMNIFIG == "1.0.10"
    monkeypatch.setattr(omnifig, "__version__", "1.0.11")
    with pytest.raises(DisentError, match=r"pip install omnifig==1\.0\.10"):
        omnifig_plugin.install()


def test_importing_the_console_elsewhere_leaves_the_process_alone() -> None:
    program = (
        "import sys, disentcli.console.omnifig_plugin as hooks; "
        "print(hooks.loading() is None, sys.excepthook is sys.__excepthook__)"
    )
    assert call(sys.executable, "-c", program, cwd=REPOSITORY).out.split() == ["True", "True"]


def test_the_profile_knows_the_project_that_is_being_loaded() -> None:
    profile = omnifig.get_profile()
    assert hasattr(profile, "_loaded_projects")
    assert hasattr(profile, "_current_project_key")
    assert isinstance(inspect.getattr_static(Project, "is_activated"), property)


def test_behaviors_are_registered_by_subclassing_and_built_with_the_project() -> None:
    class Noted(Behavior, name="noted", description="of this test"):  # type: ignore[call-arg]
        """Keeps the project that it is built with."""

        def __init__(self, project: Project, **kwargs: object) -> None:
            super().__init__(project, **kwargs)
            self.built_with = project

    registry = omnifig.get_profile().behavior_registry
    try:
        assert {"console", "noted"} <= {entry.name for entry in omnifig.get_profile().iterate_behaviors()}
        project = Project(None, profile=SimpleNamespace(iterate_behaviors=lambda: [registry["noted"]]))
        (behavior,) = project.behaviors()
        assert isinstance(behavior, Noted)
        assert behavior.built_with is project
    finally:
        del registry["noted"]
    assert list(inspect.signature(Behavior.parse_argv).parameters) == ["self", "meta", "argv", "script_name"]


def test_a_project_builds_its_behaviors_before_it_parses_the_arguments() -> None:
    source = inspect.getsource(Project.main)
    assert (
        source.index("self.activate()") < source.index("self.behaviors()") < source.index("self.parse_argv(")
    )


@pytest.mark.parametrize(
    ("name", "parameters"),
    {
        "parse_argv": ["self", "argv", "script_name"],
        "create_config": ["self", "configs", "data", "project"],
        "find_config_path": ["self", "name", "default"],
        "load_raw_config": ["self", "path"],
        "_merge_raw_configs": ["self", "raws"],
        "register_config": ["self", "name", "path", "kwargs"],
    }.items(),
)
def test_the_config_manager_has_the_methods_that_we_replace(name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(ConfigManager, name)).parameters) == parameters


def test_bases_follow_in_c3_order(tmp_path: Path) -> None:
    """A shared base moves behind all that build on it; our merge gets the sheets in this order."""
    for name, text in {"a": "_base: c", "b": "_base: c", "c": "{}"}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    manager = ConfigManager(SimpleNamespace())
    manager.register_config_dir = None
    books = config_store.ConfigStore({name: tmp_path / f"{name}.yaml" for name in "abc"}, tmp_path)
    seen: list[str] = []

    class Recorded(ConfigManager):
        def find_config_path(self, name: str, default: object = None) -> Path:
            return books.find(name)

        def load_raw_config(self, path: Path) -> ConfigLayer:
            return books.read(path)

        def _merge_raw_configs(self, raws: list[ConfigLayer]) -> ConfigNode:
            seen.extend(raw.name for raw in raws)
            return super()._merge_raw_configs([{}])

    Recorded(None).create_config(["a", "b"], ConfigLayer({}, "command line"), project=None)
    assert seen == ["", "a", "b", "c"]


def test_a_registry_lists_and_finds_configs_with_their_paths() -> None:
    registry = ConfigManager.Config_Registry()
    registry.new("m/x", Path("x.yaml"), project=None)
    (entry,) = registry.values()
    assert (entry.name, str(entry.path), "m/x" in registry) == ("m/x", "x.yaml", True)


def test_modules_removed_from_sys_modules_stay_in_the_projects_table() -> None:
    source = inspect.getsource(Project._run_dependencies)
    assert "self._modules[module] = mod, sub" in source
    assert "del sys.modules[name]" in source


@pytest.fixture
def project() -> Iterator[Project]:
    """An empty project with a component that gives its node, and one that raises."""

    def raising(config: ConfigNode) -> None:
        raise ValueError("raised by the component")

    empty = Project(None, profile=omnifig.get_profile())
    empty.register_component("given", lambda config: config)
    empty.register_component("raising", raising)
    yield empty
    ConfigNode.DefaultCreator._creation_context = None


def test_a_function_registered_as_a_component_gets_the_node(project: Project) -> None:
    config = project.create_config(part={"_type": "given", "size": 3})
    config.silent = True
    node = config.pull("part")
    assert isinstance(node, ConfigNode)
    assert node.pull("size") == 3


def test_the_creation_context_is_left_set_by_a_constructor_that_raises(project: Project) -> None:
    """So that the next pull would report a cycle, unless it is reset."""
    config = project.create_config(part={"_type": "raising"})
    config.silent = True
    creator = type(config).DefaultCreator
    assert creator._creation_context is None
    with pytest.raises(ValueError, match="raised by the component"):
        config.pull("part")
    assert creator._creation_context is not None
    with pytest.raises(config.CycleError):
        config.pull("part")
    creator._creation_context = None
    with pytest.raises(ValueError, match="raised by the component"):
        config.pull("part")


def test_a_failed_search_names_the_missing_artifact(project: Project) -> None:
    with pytest.raises(project.UnknownArtifactError, match="component 'missing' not found"):
        project.find_artifact("component", "missing")
    assert list(inspect.signature(Project.find_artifact).parameters)[1:] == [
        "artifact_type",
        "ident",
        "default",
    ]
