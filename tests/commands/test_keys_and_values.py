"""Every key of a call is used or refused, and values are checked before anything is made, in every script."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from disentcli.config.root_settings import CONSOLE_KEYS, ROOT, Setting
from disentcli.config.schema import script_settings
from disentcli.registry import catalog

from .in_process import Place
from .probed_run import RUN, SMALL, TRAIN, check_refused


def begin(script: str, place: Place) -> list[str]:
    """The words of a right call of this script, which nothing has to be added to."""
    folder = place.runs.parent
    needed = {
        "train": TRAIN,
        "eval": f"eval --load {RUN} --ident x",
        "eval-metrics": f"eval-metrics --load {RUN} --metrics mig --ident x",
        "eval-multiple-metrics": f"eval-multiple-metrics --runs {RUN} --metrics mig --ident x",
        "encode": f"encode --load {RUN} --out {folder / 'new.npz'}",
        "sample": f"sample --load {RUN} --out {folder / 'sample.npz'}",
        "decode": f"decode --load {RUN} --codes {folder / 'codes.npz'} --out {folder / 'decoded.npz'}",
        "reconstruct": f"reconstruct --load {RUN} --out {folder / 'both.npz'}",
        "traverse": f"traverse --load {RUN} --out {folder / 'latents.npz'}",
        "figures": f"figures --load {RUN} --ident x --only traversals",
        "report": f"report {RUN}",
        "compare": f"compare {RUN} --by method",
        "sweep": f"sweep {TRAIN} --dry-run",
        "study": "study demo --dry-run",
        "show": f"show {SMALL}",
        "show-data": "show-data d/vec --dataset.count 300 --dataset.test-count 50",
        "delete-run": f"delete-run {RUN}",
        "download-dataset": "download-dataset 3ds",
    }
    return needed.get(script, script).split()


def wrong_values(row: Setting) -> Iterator[str]:
    """Text that does not fit the type of a setting."""
    kinds = {row.type, *get_args(row.type)}
    if row.choices or bool in kinds:
        yield "nonsense"
    elif int in kinds:
        yield from ("many", "1.5", ".nan", ".inf", "-1")
    elif float in kinds:
        yield from ("many", ".nan", ".inf", "-.inf")


DECLARED = [(entry.name, row) for entry in catalog.entries("script") for row in script_settings(entry)]
MISFITS = [(script, row.key, value) for script, row in DECLARED for value in wrong_values(row)]
OWN = ("points", "seeds", "then", "only", "by", "out")  # of one script or another
FOREIGN = [
    (entry.name, key)
    for entry in catalog.entries("script")
    for key in (*ROOT, *OWN)
    if key not in {row.key for row in script_settings(entry)}
    and key not in CONSOLE_KEYS
    and key != "model.optim.lr"
]


def test_the_table_is_of_every_script() -> None:
    assert len(MISFITS) > 150
    assert {script for script, _ in FOREIGN} == {entry.name for entry in catalog.entries("script")}


def test_a_value_that_does_not_fit_its_declared_type_is_refused(place: Place) -> None:
    for script, key, value in MISFITS:
        check_refused(place, [*begin(script, place), f"--{key}={value}"], key, value)


def test_a_setting_of_another_script_is_refused(place: Place) -> None:
    takes_a_training = ("sweep", "study", "show")
    of_training = {row.key for script, row in DECLARED if script == "train"}
    for script, key in FOREIGN:
        if (script in takes_a_training and key in of_training) or (script == "show-data" and key == "path"):
            continue
        value = "true" if key in ROOT and ROOT[key].type is bool else "1"
        check_refused(place, [*begin(script, place), f"--{key}={value}"], key)


VALUES = [
    ("--clip.norm", ".nan"),
    ("--clip.value", "0"),
    ("--reg-wt", ".nan"),
    ("--reg-wt", ".inf"),
    ("--model.optim.lr", ".inf"),
    ("--model.optim.lr", "-1"),
    ("--model.optim.betas", "[2,3]"),
    ("--model.optim.betas", "[0.9,1]"),
    ("--model.optim.betas", "[0.9,.nan]"),
    ("--model.optim.eps", "-1"),
    ("--model.optim.weight-decay", "-1"),
    ("--model.encoder.hidden", "[0]"),
    ("--model.encoder.hidden", "[-3]"),
    ("--model.decoder.width", "0"),
    ("--seed", "-1"),
    ("--seed", str(2**64)),
    ("--validation.metrics", "udr"),
    ("--validation.metrics", "nothing"),
    ("--logger", "nothing"),
    ("--name", "a/b"),
]


@pytest.mark.parametrize(("key", "value"), VALUES, ids=lambda one: str(one))
def test_values_of_a_training_are_refused_before_a_run_exists(key: str, value: str, place: Place) -> None:
    check_refused(place, [*TRAIN.split(), key, value])
    check_refused(place, ["sweep", *TRAIN.split(), key, value, "--dry-run"])


def test_the_greatest_seed_trains_and_evaluates(place: Place, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    other = Place(tmp_path / "runs", place.data)
    assert other.fig(*TRAIN.split(), "--seed", 2**64 - 1, "--name", "big", "--quiet").code == 0
    answer = other.fig("eval-metrics", "--load", "big", "--metrics", "mig", "--seed", 2**64 - 1, "--quiet")
    assert answer.code == 0, answer.err


@pytest.mark.parametrize("size", ["65537", "10000000000", str(10**30)])
def test_sizes_beyond_all_networks_are_refused(size: str, place: Place) -> None:
    check_refused(place, [*TRAIN.split(), "--latent-dim", size], "latent-dim", "65,536 is the most")


def test_a_model_that_cannot_fit_into_memory_is_refused_before_it_is_built(place: Place) -> None:
    before = place.names()
    answer = place.fig(*TRAIN.split(), "--model.encoder.hidden", "[65536,65536,65536,65536,65536]")
    assert answer.code == 1
    assert "larger than" in answer.err or "of RAM" in answer.err
    assert len(answer.err.splitlines()) <= 3
    assert place.names() == before


def test_momentum_of_nesterov(place: Place) -> None:
    given = ["--model.optim._type", "sgd", "--model.optim.nesterov", "yes", "--model.optim.momentum", "0"]
    check_refused(place, [*TRAIN.split(), *given], "nesterov", "momentum")


WRONG = [
    ("demo nonsense", "nonsense"),
    ("nope -h", "nope"),
    ("-h nope", "nope"),
    ("nope", "nope"),
    ("list nope", "nope"),
    ("board x", "saveroot"),
    ("board --port 99999999", "port"),
    ("delete-run {run} other --yes", "one run"),
    ("eval --load {run} --ident x --exhaustive mig", "--exhaustive"),
    ("eval --load {run} --ident x --fid-samples 7", "--fid-weights"),
    ("eval --load {run} --ident x --checkpoint 7", "7"),
    ("eval-metrics --load {run} --ident x --metrics mig --exhaustive nope", "nope"),
    ("eval-metrics --load {run} --ident x --metrics mig --exhaustive irs", "irs"),
    ("eval-metrics --load {run} --ident x --metrics mig --exhaustive mig", "full grid"),
    ("eval-metrics eval/codes --codes {codes} --metrics mig --exhaustive mig", "full grid"),
    ("eval-metrics eval/codes --codes {codes} --metrics mig --representation x", "--representation"),
    ("eval-metrics eval/codes --codes {codes} --metrics mig --ident x", "--out"),
    ("eval-metrics eval/codes --codes {codes} --metrics mig --overwrite", "--out"),
    ("eval-metrics eval/codes --codes {codes} --metrics mig --checkpoint 2", "--checkpoint"),
    ("eval-metrics eval/codes m/vae --codes {codes} --metrics mig", "m/vae"),
    ("eval-metrics m/vae --load {run} --ident x --metrics mig", "m/vae"),
    ("eval d/3ds --load {run} --ident x", "d/3ds"),
    ("encode d/3ds --load {run} --out {out}", "d/3ds"),
    ("figures d/3ds --load {run} --ident x --only traversals", "d/3ds"),
    ("figures --load {run} --only nope", "nope"),
    ("figures --load {run} --range nope", "nope"),
    ("figures --load {run} --only response_maps --map-latents 0", "map-latents"),
    ("figures --load {run} --only response_maps --map-extent 0", "map-extent"),
    ("report {run} --checkpoint 7", "7"),
    ("report {run} --device cuda:9", "cuda:9"),
    ("report {run} --slider no --checkpoint 2", "--checkpoint"),
    ("compare {run} --confidence .nan --by method", "confidence"),
    ("show-data d/vec m/vae", "m/vae"),
    ("show m/vae d/vec --points 3", "--points"),
    ("show m/vae d/vec --model.optim.betas [2,3]", "betas"),
    (TRAIN + " --checkpoint 3", "--load or --resume"),
    ("sweep train m/vae --dry-run", "dataset"),
    ("sweep train d/vec --dry-run", "model"),
]


@pytest.mark.parametrize(("call", "name"), WRONG, ids=[call for call, _ in WRONG])
def test_what_a_script_does_not_use_or_know_is_refused(call: str, name: str, place: Place) -> None:
    folder = place.runs.parent
    words = call.format(run=RUN, codes=folder / "codes.npz", out=folder / "new.npz").split()
    check_refused(place, words, name)


OPTIONS = [
    ("beta_vae", "batch_size", "0"),
    ("z_diff", "num_train", "-1"),
    ("z_max_var", "num_eval", "0"),
    ("cds", "num_traversals", "0"),
    ("dci", "depth", "-1"),
    ("dci", "n_jobs", "-1"),
    ("downstream", "penalties", "0"),
    ("downstream", "folds", "1"),
    ("factor_vae", "num_variance_estimate", "-1"),
    ("linearity", "repeats", "0"),
    ("mig", "bins", ".nan"),
    ("probes", "lr", "-1"),
    ("response_maps", "resolution", "1"),
    ("responses", "num_samples", "0"),
    ("structure", "num_samples", "0"),
    ("unfairness", "train_points", "0"),
]


@pytest.mark.parametrize(("metric", "option", "value"), OPTIONS)
def test_options_of_metrics_are_checked_before_the_first_is_computed(
    metric: str, option: str, value: str, place: Place
) -> None:
    given = ["--metrics", f"mig,{metric}", f"--metrics.{metric}.{option}={value}"]
    check_refused(place, ["eval-metrics", "--load", RUN, "--ident", "x", *given], option)
    check_refused(
        place, ["sweep", *TRAIN.split(), "--then", f"[{shlex.join(['eval-metrics', *given])}]"], option
    )
