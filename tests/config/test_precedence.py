"""Which config wins: what a method says, whatever the order of the call and whatever others bring along."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import yaml

from disentcli.config import unused_configs
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer, MergedConfig, Rank
from disentcli.config.config_store import ConfigStore
from disentcli.config.keys import KeyPath, flatten
from disentcli.config.settings import Settings
from disentcli.errors import CallError

from ..console.conftest import FIG, REPOSITORY, forked


class Shelf(ConfigStore):
    """A library that reads each file once."""

    def __init__(self, paths: Mapping[str, Path] | None = None) -> None:
        super().__init__(paths or {}, REPOSITORY)
        self.read = cache(super().read)  # type: ignore[method-assign]


SHELF = Shelf()
METHODS = [name for name in SHELF.paths if name.startswith("m/")]
DATA = [name for name in SHELF.paths if name.startswith("d/")]
NETWORKS = [
    name for name in SHELF.paths if name.startswith("a/") and not name.startswith(("a/size/", "a/out/"))
]
STUDIES = [
    name
    for name in SHELF.paths
    if name.startswith(("paper/locatello/", "paper/montero/"))
    or (name.startswith(("paper/lost/", "paper/role/")) and name.count("/") == 2)
]
TRAINING = (("model", "optim"), ("clip",), ("scheduler",), ("budget",), ("reg_wt",))


def resolved(*names: str, library: ConfigStore = SHELF) -> dict[KeyPath, Any]:
    """Every value of a call with these words."""
    values = MergedConfig(library.lineage(*names)).values
    return {path: value for path, value in flatten(values) if path[0][0] != "_"}


def training(values: Mapping[KeyPath, Any]) -> dict[KeyPath, Any]:
    """Of those, how the method is trained."""
    return {path: value for path, value in values.items() if path[:1] in TRAINING or path[:2] in TRAINING}


def said_by(*names: str) -> list[set[KeyPath]]:
    """For each config, the keys that it and its bases say, without what these only bring along."""
    said = [[sheet for sheet in SHELF.lineage(name) if sheet.rank is Rank.STATED] for name in names]
    return [{path for sheet in sheets for path, _ in flatten(sheet)} for sheets in said]


@pytest.mark.parametrize("method", METHODS)
def test_a_method_is_trained_as_its_config_says_in_every_order(method: str) -> None:
    """With every dataset, and each network in turn, in the six orders of the three."""
    base = yaml.safe_load((REPOSITORY / "config/base.yaml").read_text())
    own = training(resolved(method))
    for turn, data in enumerate(DATA, start=METHODS.index(method)):
        network = NETWORKS[turn % len(NETWORKS)]
        words = (method, network, data)
        says = said_by(*words)
        contested = {path for path in set.union(*says) if sum(path in one for one in says) > 1}
        outcomes = [resolved(*order) for order in permutations(words)]
        for order, values in zip(permutations(words), outcomes, strict=True):
            trained = training(values)
            assert {path: trained[path] for path in own} == own, order
            if ("model", "optim", "_type") not in own:
                assert trained[("model", "optim", "_type")] == base["model"]["optim"]["_type"] == "adam"
            assert ("scheduler", "_type") not in trained
            differing = {path for path in values if values[path] != outcomes[0].get(path)}
            assert all({path, (*path[:-1], "_type")} & contested for path in differing), order


def test_qlae_has_its_adamw_and_its_decay_behind_any_dataset() -> None:
    """Hsu et al. (NeurIPS 2023): AdamW of 1e-3, decoupled decay of 0.1, gradients clipped at 1."""
    for order in permutations(("d/3ds", "m/qlae", "a/qlae")):
        values = resolved(*order)
        optimizer = [values[("model", "optim", key)] for key in ("_type", "lr", "weight_decay")]
        assert (optimizer, values[("clip", "value")]) == (["adamw", 1e-3, 0.1], 1)


def test_a_method_keeps_its_rate_its_batches_and_its_budget_beside_data_that_bring_others() -> None:
    gan = resolved("d/vec", "m/ql-infowgan")
    assert gan[("model", "optim", "lr")] == 2e-4  # a/size/vec brings 1e-3
    assert gan[("dataset", "batch_size")] == 64  # base brings 128
    assert resolved("d/vec", "m/vae")[("model", "optim", "lr")] == 1e-3
    assert resolved("d/celeba128", "m/pca")[("budget",)] == 0  # base128 brings 200,000


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("data", ["d/sprites", "d/symbols", "d/celeba128", "d/vec"])
def test_a_published_study_keeps_its_settings_in_both_orders(study: str, data: str) -> None:
    alone = resolved(study)
    for values in (resolved(study, data), resolved(data, study)):
        own = {path: value for path, value in training(alone).items() if path != ("budget",)}
        assert {path: values[path] for path in own} == own
        assert values[("latent_dim",)] == (7 if "cascade" in study else 10)
        assert values[("model", "encoder", "_type")] == alone[("model", "encoder", "_type")]


def test_the_widths_follow_the_data_that_win() -> None:
    """The demo comes with small sprites and their widths; another dataset left of it brings its own."""
    assert resolved("demo")[("model", "decoder", "width")] == 32
    assert resolved("d/room", "demo")[("model", "decoder", "width")] == 64
    assert resolved("demo", "d/room")[("model", "decoder", "width")] == 32


def test_an_evaluation_is_that_of_the_leftmost_config() -> None:
    assert (
        resolved("eval/3ds", "eval/hwf")[("metrics", "_value")] == resolved("eval/3ds")[("metrics", "_value")]
    )


@pytest.fixture
def lab(tmp_path: Path) -> Shelf:
    """Configs of a user: a dataset that comes with the lab's habits."""
    files = {
        "lab": "model.optim: {_type: sgd, lr: 0.1, weight-decay: 0.5}\nclip: {value: 7, norm: 3}\n"
        "scheduler: {_type: cosine, end: 0}\nlatent-dim: 77\nbudget: 5\n",
        "d/mine": "_base: [lab, d/room-small]\ndataset: {scales: 2}\n",
        "a/mine": "_base: [lab, a/conv12]\n",
        "all": "_base: [d/mine, a/qlae, m/qlae]\n",
        "m/mine": "_base: [lab, m/vae]\n",
    }
    for name, text in files.items():
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return Shelf({name: tmp_path / f"{name}.yaml" for name in files})


@pytest.mark.parametrize("own", ["d/mine", "a/mine"])
@pytest.mark.parametrize("method", ["m/qlae", "m/ql-infowgan", "m/edim", "paper/locatello/betavae"])
def test_habits_that_a_users_config_brings_along_do_not_reach_a_published_method(
    lab: Shelf, own: str, method: str
) -> None:
    published = training(resolved(method))
    for order in permutations((own, method, "a/kim", "d/room")):
        values = resolved(*order, library=lab)
        assert {path: values[path] for path in published} == published, order
    assert (
        resolved(own, "m/ae", library=lab)[("model", "optim", "_type")] == "sgd"
    )  # where none says otherwise


def test_nor_inside_a_config_that_stacks_data_and_method(lab: Shelf) -> None:
    values = resolved("all", library=lab)
    assert (values[("model", "optim", "_type")], values[("dataset", "scales")]) == ("adamw", 2)


def test_what_a_config_says_itself_wins_where_it_stands_left(lab: Shelf) -> None:
    assert resolved("optim/sgd", "m/qlae", "d/room")[("model", "optim", "_type")] == "sgd"
    assert resolved("m/qlae", "optim/sgd", "d/room")[("model", "optim", "_type")] == "adamw"
    assert resolved("m/mine", "m/qlae", library=lab)[("model", "optim", "_type")] == "sgd"
    assert resolved("lab", "m/qlae", library=lab)[("clip", "value")] == 7


def of_the_dataset(*words: str) -> dict[str, Any]:
    return {path[1]: value for path, value in resolved(*words).items() if path[0] == "dataset"}


def test_what_is_said_to_a_component_goes_with_it() -> None:
    """The sizes and scales of small sprites are not those of rooms; the decay of AdamW is none of Adam's."""
    room = {"_type": "room", "batch_size": 64}  # of d/sprites32: said to the training, not to the dataset
    assert of_the_dataset("d/room", "d/sprites32", "m/vae") == room
    assert of_the_dataset("d/sprites", "d/sprites32", "m/vae") == room | {"_type": "sprites"}
    assert of_the_dataset("paper/qlae/falcor3d", "d/room-small") == {"_type": "falcor3d", "batch_size": 128}
    assert of_the_dataset("d/mnist", "d/cmnist28") == {"_type": "mnist", "batch_size": 64}
    assert ("model", "optim", "weight_decay") not in resolved("optim/adam", "m/qlae", "a/qlae", "d/3ds")
    assert resolved("nosplit", "a/conv12", "a/d/strc/6")[("model", "decoder", "split")] is False


def test_but_a_config_that_inherits_it_may_put_another_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("_base: m/annealed\nmodel: {_type: mine}\n")
    mine = resolved("mine", library=Shelf({"mine": tmp_path / "mine.yaml"}))
    assert (mine[("model", "_type")], mine[("model", "capacity")]) == ("mine", 25)
    typed = MergedConfig(
        [ConfigLayer({"model._type": "mine"}, COMMAND_LINE), *SHELF.lineage("m/annealed")]
    ).values
    assert (typed["model"]["_type"], typed["model"]["capacity"]) == ("mine", 25)


def test_a_run_keeps_what_it_says_to_a_component_that_the_call_names_again() -> None:
    stored = {"dataset": {"_type": "sprites", "size": 32, "scales": 3}}
    assert Settings(SHELF.lineage("d/sprites")).with_base(stored).get("dataset.scales", None) == 3
    assert Settings(SHELF.lineage("d/room")).with_base(stored).get("dataset.scales", None) is None


def test_a_run_that_is_loaded_keeps_what_configs_of_the_call_only_bring_along() -> None:
    """`--load RUN d/room` takes the images, not the widths and the latent size that suit them by default."""
    stored = {"latent_dim": 10, "model": {"_type": "vae", "decoder": {"_type": "conv12", "width": 32}}}
    settings = Settings(SHELF.lineage("d/room")).with_base(stored)
    assert settings.get("dataset._type") == "room"
    assert (settings.get("latent-dim"), settings.get("model.decoder.width")) == (10, 32)
    assert settings.get("model.encoder.width") == 64  # of which the run says nothing


def warnings(monkeypatch: pytest.MonkeyPatch, *words: str, **typed: Any) -> list[str]:
    """What a call with these words is warned of."""
    logged: list[str] = []
    monkeypatch.setattr(logging.getLogger(unused_configs.__name__), "warning", logged.append)
    merged = MergedConfig([ConfigLayer(typed, COMMAND_LINE), *SHELF.lineage(*words)])
    for word in words:
        unused_configs.warn_overridden(word, SHELF, merged)
    return logged


@pytest.mark.parametrize(
    ("words", "message"),
    {
        "paper/qlae/3ds d/room-small": "d/room-small: its dataset room gives way to 3ds of config/d/3ds.yaml",
        "d/sprites d/sprites32 m/vae": "d/sprites32: its dataset sprites gives way to sprites of config/d/",
        "m/vae m/qlae d/room": "m/qlae: its method qlae gives way to vae of config/m/vae.yaml",
        "m/vae l/quantized d/room": "l/quantized has no effect: config/m/vae.yaml wins over it",
        "a/kim m/pca d/room a/e/conv12": "a/e/conv12 has no effect: config/a/e/kim.yaml wins over it",
        "a/conv16 hybrid m/vae d/celeba study/small": "study/small: its encoder dislib gives way to conv16",
    }.items(),
)
def test_a_config_whose_choice_another_overrides_is_told_with_the_winner(
    words: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = warnings(monkeypatch, *words.split())
    assert line.startswith(message)
    assert line.endswith(("further left, or leave it out", "further left to have it, or leave it out"))


@pytest.mark.parametrize(
    "words",
    [
        "demo",
        "hybrid a/e/conv12 a/d/strc/12 m/ae d/room-small study/small",  # a cell of its grid
        "d/room-small paper/qlae/3ds",
        "hybrid nosplit a/e/conv12 a/d/strc/12 m/ae d/3ds",
        "l/noisy-clamped m/ae a/qlae d/room",
        "semi/covariance split/labels-100 m/vae d/room",
        *(f"{name} d/sprites" for name in STUDIES),
    ],
)
def test_a_config_that_is_in_use_is_not(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not warnings(monkeypatch, *words.split())


def test_what_is_typed_wins_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not warnings(monkeypatch, "a/qlae", "m/vae", "d/room", **{"model.encoder._type": "conv12"})
    assert not warnings(monkeypatch, "a/e/dislib", "m/vae", "d/room", **{"model.encoder._type": "conv12"})


def test_a_base_left_of_its_config_is_refused_by_the_library_too() -> None:
    with pytest.raises(CallError, match="no order fits base d/room"):
        SHELF.lineage("base", "d/room")


def test_configs_that_are_each_others_base_are_refused(tmp_path: Path) -> None:
    for name, base in (("one", "two"), ("two", "one")):
        (tmp_path / f"{name}.yaml").write_text(f"_base: {base}\n")
    with pytest.raises(CallError, match="one, two: each has the others as _base"):
        Shelf({name: tmp_path / f"{name}.yaml" for name in ("one", "two")}).lineage("one")


def test_the_command_shows_what_it_trains(tmp_path: Path) -> None:
    """The real `fig show`: the values of the library's order, each with its file, and the warning."""
    (tmp_path / ".omnifig.yml").write_text((REPOSITORY / ".omnifig.yml").read_text())
    answer = forked(FIG, "show", "d/3ds", "m/qlae", "a/qlae", "d/room-small", cwd=tmp_path)
    assert answer.code == 0, answer.err
    shown = {
        line.split("#")[0].strip(): line.split("#")[1].strip()
        for line in answer.out.splitlines()
        if "#" in line
    }
    assert shown["_type: adamw"] == shown["weight_decay: 0.1"] == "config/m/qlae.yaml"
    assert shown["value: 1"] == "config/m/qlae.yaml"
    assert "d/room-small: its dataset room gives way to 3ds of config/d/3ds.yaml" in answer.err
