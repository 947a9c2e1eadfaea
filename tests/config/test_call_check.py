"""The one check of a call: what a script declares and components take is read, all else is refused."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from disentcli.config.call_check import KeysInUse, check_call, check_keys_in_use
from disentcli.config.coercion import CliText
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.resolved_config import resolved_config
from disentcli.config.schema import declared_settings
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.registry import catalog

from ..configs import LIBRARY, sheets

SCRIPTS = [one for one in catalog.entries("script") if one.module.startswith("disentcli.")]


def call(script: str, *configs: str, **typed: str) -> Settings:
    """The settings of a call as typed, keys with `__` for a dot."""
    arguments = {key.replace("__", "."): CliText(value) for key, value in typed.items()}
    layers = [ConfigLayer(arguments, COMMAND_LINE), *sheets(*configs)]
    return Settings(layers, script=script, configs=configs, library=LIBRARY)


def test_settings_and_arguments_that_are_read_pass() -> None:
    check_call(call("train", "m/vae", "d/vec", budget="3", reg_wt="2", dataset__count="9"))


@pytest.mark.parametrize(
    ("script", "typed", "message"),
    [
        ("train", {"limit": "3"}, "--limit: nothing in this call reads this key"),
        ("train", {"checkpoint__freqq": "3"}, "did you mean checkpoint.freq"),
        ("train", {"model__encoder__stride": "3"}, "--model.encoder.stride"),
        ("train", {"budget": "many"}, r"budget \(command line\): expected a whole number"),
        ("train", {"model__encoder___type": "conv13"}, "unknown encoder 'conv13'; did you mean .*conv12"),
        ("report", {"slider": "no", "device": "cpu"}, "--device is of calls with --slider"),
        ("eval-metrics", {"train_size": "3"}, "--train-size is of calls with --codes"),
        ("eval-metrics", {"codes": "c.npz", "checkpoint": "3"}, "--checkpoint is of calls without --codes"),
        ("eval", {"model___type": "vae"}, r"--model._type: nothing in this call reads"),
        ("eval-metrics", {"out": "a.json"}, "--out is of calls with --codes"),
        *[
            ("train", {typed: "1"}, rf"did you mean (--)?{wanted}\?$")
            for typed, wanted in {
                "lr": r"model\.optim\.lr",
                "learning_rate": r"model\.optim\.lr",
                "batch_size": r"dataset\.batch-size",
                "beta": "reg-wt",
                "steps": "budget",
                "epochs": "budget",
                "output": "saveroot",
                "gpu": "device",
            }.items()
        ],
        ("train", {"workers": "1"}, "without worker processes; leave it out"),
        ("encode", {"beta": "1"}, r"--beta: nothing knows this key; `fig <script> -h`"),
    ],
)
def test_what_nothing_reads_or_knows_is_refused(script: str, typed: dict[str, str], message: str) -> None:
    configs = ("m/vae", "d/vec") if script == "train" else ()
    with pytest.raises(CallError, match=message):
        check_call(call(script, *configs, **typed))


def test_a_setting_is_read_where_its_condition_holds() -> None:
    check_call(call("report", device="cpu"))
    check_call(call("eval-metrics", codes="c.npz", train_size="3"))
    check_call(call("eval-metrics", checkpoint="3"))


def test_a_config_of_another_model_is_refused_where_the_run_has_its_own() -> None:
    with pytest.raises(CallError, match=r"sets model\._type \(vae\), but fig eval takes data and model from"):
        check_call(call("eval", "m/vae"))


def test_what_a_script_needs_is_named() -> None:
    with pytest.raises(
        CallError, match=r"no _type says which method it is; add a config m/… .*`fig list methods`"
    ):
        check_call(call("train", "d/vec"))
    data = ConfigLayer({"dataset": {"_type": "vec"}}, "data.yaml")
    with pytest.raises(
        CallError, match="no method is chosen: add a config m/… to the call, `fig list methods`"
    ):
        check_keys_in_use(Settings([data], script="train", configs=["data.yaml"]))


def test_an_alias_that_is_read_reads_what_it_stands_for() -> None:
    check_call(call("train", "m/vae", "d/vec", model__reg_wt="<>weight", weight="3"))
    with pytest.raises(CallError, match="--weight: nothing in this call reads"):
        check_keys_in_use(call("train", "m/vae", "d/vec", weight="3"))


def test_a_key_of_the_root_is_read_where_a_component_takes_it() -> None:
    check_call(call("train", "m/vae", "d/vec", latent_dim="3"))
    with pytest.raises(CallError, match="--path"):
        check_call(call("train", "m/vae", "d/vec", path="somewhere"))


def test_reading_a_value_changes_nothing() -> None:
    settings = call("train", "m/vae", "d/vec", limit="3")
    assert settings.get("limit") == 3
    with pytest.raises(CallError, match="--limit"):
        check_keys_in_use(settings)


def test_only_what_is_declared_and_stored_is_in_the_resolved_config() -> None:
    settings = call("train", "m/vae", "d/vec", budget="3", limit="9", saveroot="here", device="cpu")
    model = settings.instantiate("model", input_shape=(6,), dataset_size=10)
    config = resolved_config(settings, {"model": model})
    assert (config["budget"], config["latent_dim"]) == (3, config["model"]["latent"]["latent_dim"])
    assert not {"limit", "saveroot", "device", "dataset", "scheduler"} & config.keys()


@pytest.mark.parametrize("entry", SCRIPTS, ids=lambda entry: entry.name)
def test_a_script_reads_only_settings_that_it_declares(entry: Any) -> None:
    spec = find_spec(entry.module)
    assert spec is not None
    tree = ast.parse(Path(str(spec.origin)).read_text(encoding="utf-8"))
    read = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("get", "has")
        and ast.unparse(node.func.value) == "settings"
        and isinstance(node.args[0], ast.Constant)
    }
    declared = {one.key for one in declared_settings(entry)} | set(entry.script.nodes or ()) | {"quiet"}
    assert read <= declared


def test_a_script_that_declares_no_nodes_may_build_any() -> None:
    (entry,) = (one for one in SCRIPTS if one.name == "train")
    undeclared = catalog.Entry("script", "own", entry.module, "own", script=type(entry.script)())
    keys = KeysInUse(call("own", "m/vae", "d/vec", model__reg_wt="3", limit="3"), undeclared)
    assert keys.covers(("model", "reg_wt"))
    assert not keys.covers(("limit",))
