"""The configs paper/lost/… and paper/role/…: a model with a condition is the run as published, by numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from disentcli.config.coercion import CliText
from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.methods.autoencoder import Autoencoder
from disentcli.nets.distribution import SquaredError

from ..configs import LIBRARY, sheets
from ..data.splits.stand_ins import SPACES, stand_in

CONDITIONS = [
    name for name in LIBRARY.paths if name.startswith(("paper/lost/", "paper/role/")) and name.count("/") == 3
]
SPACE_OF = {"dsprites": "sprites"}  # by the name of the dataset
EPOCHS = {"paper/lost": 100, "paper/role": 30}
HUNDRED = {"bkg2pyrsph", "bkg2cyl", "cylinder_to_background"}  # those conditions of MPI3D that have a hundred
ALIASES = {
    "paper/lost/dsprites/sqr2tx_flnk": "sqr2tx_cent",
    "paper/lost/dsprites/sqr2tx_ls": "ell2tx_sides",
    "paper/lost/3ds/shape2ohue_flnk": "shape2ohue_cent",
    "paper/lost/mpi/bkg2cyl": "bkg2pyrsph",
    "paper/lost/mpi/bkg2cyl-four_shapes-fix_hx": "bkg2pyrsph-four_shapes-fix_hx",
    "paper/lost/mpi/cyl2vx-four_shapes-fix_hx-even_vx": "cyl2vx-four_shapes-fix_hx-odd_vx",
    "paper/lost/circles/shape2px": "corner",
    "paper/lost/simple/shape2px": "corner",
    "paper/role/dsprites/shape2tx": "sqr2tx",
    "paper/role/3ds/fhue_gt50": "missing_fh",
    "paper/role/3ds/ohue_whue2fhue": "high_ohue2low_whue",
    "paper/role/mpi/cyl2horz": "cyl2hx",
    "paper/role/mpi/objc2horz": "redoc2hx",
}
# condition, its images to train on, the published steps (rounded up where the last batch is incomplete)
STEPS = [
    ("paper/lost/dsprites/all", 737_280, 1_152_000),
    ("paper/lost/dsprites/sqr2tx", 614_400, 960_000),
    ("paper/lost/3ds/all", 480_000, 750_000),
    ("paper/lost/3ds/shape2ohue", 420_000, 656_300),
    ("paper/lost/3ds/shape2ohue-even_ohues", 216_000, 337_500),
    ("paper/lost/3ds/fhue2whue", 422_400, 660_000),
    ("paper/lost/3ds/shape2orient", 416_000, 650_000),
    ("paper/lost/mpi/cyl2hx", 950_400, 742_500),
    ("paper/lost/mpi/cyl2vx-four_shapes-fix_hx", 15_120, 11_850),
    ("paper/lost/mpi/bkg2pyrsph-four_shapes-fix_hx", 14_400, 22_500),
    ("paper/lost/mpi/cyl2vx-four_shapes-fix_hx-odd_vx", 7_560, 5_950),
    ("paper/role/dsprites/sqr2tx", 614_400, 288_000),
    ("paper/role/3ds/high_ohue2low_whue", 451_200, 211_500),
]


def trained_on(settings: Settings) -> np.ndarray:
    """The training images of a call, by the factors of its data."""
    data = settings.get("dataset._type")
    splits = settings.build("split")(stand_in(SPACES[SPACE_OF.get(data, data)]), seed=0)
    assert not len(splits.val)
    return splits.train


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_has_the_steps_of_its_epochs_and_a_network_whatever_the_model(condition: str) -> None:
    paper, data, name = condition[:10], *condition[11:].split("/")
    settings = Settings(sheets(f"{paper}/vae", condition))
    batch = 16 if data in ("circles", "simple", "twoshapes") else 64
    few = paper == "paper/lost" and data == "mpi" and name.split("-")[0] not in HUNDRED
    epochs = 50 if few else EPOCHS[paper]
    assert settings.get("dataset.batch-size") == batch
    assert settings.get("budget") == epochs * (len(trained_on(settings)) // batch)
    assert settings.get("model.optim.lr") == (3e-4 if batch == 16 else 1e-4)
    assert settings.get("dataset.category", None) == ("real" if data == "mpi" else None)
    networks = {
        ("paper/lost", "dsprites"): "abdi",
        ("paper/lost", "3ds"): "abdi",
        ("paper/lost", "mpi"): "montero",
        ("paper/role", "dsprites"): "burgess-v2",
        ("paper/role", "3ds"): "kim",
        ("paper/role", "mpi"): "kim",
    }
    assert settings.get("model.encoder.network") == networks.get((paper, data), "kim")
    assert settings.get("model.decoder.network") == networks.get((paper, data), "sbd4")


@pytest.mark.parametrize(("condition", "images", "steps"), STEPS)
def test_the_steps_are_the_published_ones_but_for_incomplete_batches(
    condition: str, images: int, steps: int
) -> None:
    settings = Settings(sheets(f"{condition[:10]}/vae", condition))
    assert len(trained_on(settings)) == images
    epochs = steps // -(-images // 64)
    assert steps - settings.get("budget") == (epochs if images % 64 else 0)


@pytest.mark.parametrize(("alias", "of"), ALIASES.items())
def test_a_misleading_name_is_an_alias_that_says_so(alias: str, of: str) -> None:
    true = f"{alias.rpartition('/')[0]}/{of}"
    first = LIBRARY.paths[alias].read_text().splitlines()[0]
    assert first.startswith(f"# Published name of {true}: ")
    model = f"{alias[:10]}/vae"
    one, other = (Settings(sheets(model, name)) for name in (alias, true))
    assert np.array_equal(trained_on(one), trained_on(other))
    assert one.get("budget") == other.get("budget")


def test_every_alias_is_in_the_table() -> None:
    said = [name for name in CONDITIONS if "Published name of" in LIBRARY.paths[name].read_text()]
    assert set(said) == {*ALIASES}


MODELS = {
    "paper/lost/vae": (64, {"kl": 1}),
    "paper/lost/beta": (64, {"kl": 4}),
    "paper/lost/annealed": (64, {"kl": 10}),
    "paper/lost/increased": (64, {"kl": 0}),
    "paper/lost/capacity": (64, {"kl": 0, "capacity": 50}),
    "paper/lost/factorvae": (128, {"kl": 1, "total_correlation": 100, "cross_entropy": 1}),
    "paper/lost/wae-mmd": (64, {"mmd": 10, "logvar": 0.001}),
    "paper/lost/wae-mmd-legacy": (64, {"mmd": 10, "logvar": 0.001}),
    "paper/lost/composition": (64, {"kl": 1}),
    "paper/lost/composition-wae": (64, {"mmd": 10, "logvar": 0.001}),
    "paper/lost/composition-sbd4": (16, {"kl": 1}),
    "paper/lost/sbd3": (16, {"kl": 1}),
    "paper/lost/sbd4": (16, {"kl": 1}),
    "paper/role/vae": (64, {"kl": 1}),
    "paper/role/composition": (64, {"kl": 1}),
    "paper/role/beta8": (64, {"kl": 8}),
    "paper/role/beta12": (64, {"kl": 12}),
    "paper/role/increased": (64, {"kl": 0}),
    "paper/role/factorvae": (128, {"kl": 1, "total_correlation": 20, "cross_entropy": 1}),
    "paper/role/factorvae50": (128, {"kl": 1, "total_correlation": 50, "cross_entropy": 1}),
    "paper/role/factorvae100": (128, {"kl": 1, "total_correlation": 100, "cross_entropy": 1}),
}


def built(name: str, shape: tuple[int, ...] = (3, 64, 64)) -> tuple[Autoencoder, Settings]:
    settings = Settings(sheets(name))
    with torch.device("meta"):
        return settings.build("model", input_shape=shape, factor_sizes=(3, 6, 40, 32, 32)), settings


@pytest.mark.parametrize(("name", "batch", "weights"), [(name, *row) for name, row in MODELS.items()])
def test_models_have_the_published_weights_and_settings(
    name: str, batch: int, weights: dict[str, Any]
) -> None:
    model, settings = built(name)
    assert (model.latent_dim, settings.get("dataset.batch-size")) == (10, batch)
    assert model.weights(0) == pytest.approx({"reconstruction": 1, **weights})
    (group, *_) = settings.build("model.optim", "optimizer")(model.param_groups("model")).param_groups
    rate = 3e-4 if "sbd" in name else 1e-4
    assert (group["lr"], group["betas"], group["weight_decay"]) == (rate, (0.9, 0.999), 0)
    assert isinstance(model.decoder.distribution, SquaredError) == ("wae" in name)


@pytest.mark.parametrize(("name", "parameters"), [("sbd3", 126_531), ("sbd4", 228_995)])
def test_spatial_broadcast_decoders_have_the_published_parameters(name: str, parameters: int) -> None:
    model, _ = built(f"paper/lost/{name}")
    assert sum(one.numel() for one in model.decoder.parameters()) == parameters


@pytest.mark.parametrize(
    ("operator", "parameters"), [("linear", 2 * (15 * 10 + 10)), ("interp", 25 * 10 + 10), ("fixint", 0)]
)
def test_every_objective_composes_by_the_operator_that_is_typed(operator: str, parameters: int) -> None:
    """Of 10 latents and 5 factors; the 2021 paper learns the composed image alone, of any command."""
    call = ConfigLayer({"model.operator": CliText(operator)}, COMMAND_LINE)
    for name in ("vae", "factorvae", "capacity", "increased", "wae-mmd", "wae-mmd-legacy"):
        settings = Settings([call, *sheets("composition", f"paper/lost/{name}")])
        with torch.device("meta"):
            model = settings.build("model", input_shape=(1, 64, 64), factor_sizes=(3, 6, 40, 32, 32))
        assert sum(one.numel() for one in model.operator.parameters()) == parameters
        assert (model.num_views, model.operator.trained) == (3, "all")
    model, settings = built("paper/role/composition")
    assert (model.operator.trained, settings.get("view.command")) == ("composed", "any")
    assert built("paper/lost/composition")[1].get("view.command") == "distinct"


def test_the_weights_of_schedules_end_where_published() -> None:
    assert built("paper/lost/annealed")[0].weights(900_000)["kl"] == pytest.approx(1)
    assert built("paper/lost/increased")[0].weights(100_000)["kl"] == pytest.approx(1)
    assert built("paper/role/increased")[0].weights(500_000)["kl"] == pytest.approx(5)
    assert built("paper/lost/capacity")[0].capacity_at(10_000) == 20


def test_the_wae_is_the_unbiased_one_and_beside_it_that_of_the_code() -> None:
    for name, estimator in (("wae-mmd", "unbiased"), ("wae-mmd-legacy", "legacy")):
        model, _ = built(f"paper/lost/{name}")
        assert (model.estimator, model.base, model.prior_std) == (estimator, 10, 2)


def test_cascade_and_lie_group_vae_have_the_published_networks_and_weights() -> None:
    """`cascade`, 763,983 parameters with three categories; `liegroup`, 809,895 and 89,820 of the group."""

    def parameters(name: str) -> int:
        model = built(name)[0]
        return sum(one.numel() for one in (*model.encoder.parameters(), *model.decoder.parameters()))

    assert parameters("paper/lost/cascade") == 763_983
    assert parameters("paper/lost/cascade4") == 763_983 + 256
    assert parameters("paper/lost/lievae") == 809_895
    group = built("paper/lost/lievae")[0]
    assert sum(one.numel() for one in group.parameters()) - parameters("paper/lost/lievae") == 89_820
    weights = [built(f"paper/lost/{name}")[1].get("model.product-wt") for name in ("lievae", "lievae-3ds")]
    assert weights == [40, 20]
    assert built("paper/lost/lievae-3ds")[1].get("model.latent.subgroup-sizes") == [400]


def test_the_discriminator_of_wae_gan_has_four_layers_of_512() -> None:
    model, settings = built("paper/lost/wae-gan")
    sizes = [one.out_features for one in model.discriminator.modules() if isinstance(one, torch.nn.Linear)]
    assert sizes == [512, 512, 512, 512, 1]
    (group,) = model.param_groups("discriminator")
    assert (group["lr"], group["betas"]) == (1e-3, (0.5, 0.9))
    assert (settings.get("model.optim.lr"), settings.get("reg-wt")) == (3e-4, 10)


def test_the_discriminator_of_the_first_paper_learns_slower_on_its_network() -> None:
    model, _ = built("paper/role/factorvae", (1, 64, 64))
    assert model.param_groups("discriminator")[0]["lr"] == 1e-5
    networks = (*model.encoder.parameters(), *model.decoder.parameters())
    assert sum(one.numel() for one in networks) == 764_245
    sizes = [one.out_features for one in model.discriminator if isinstance(one, torch.nn.Linear)]
    assert sizes == [*[1000] * 6, 2]
