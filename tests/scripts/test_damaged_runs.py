"""Each stored file of a run, one byte changed or half of it cut: a short error or the right result."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import DisentError
from disentcli.report import write_report
from disentcli.runs import checkpoint
from disentcli.runs.records import read_scalars
from disentcli.runs.results import read_arrays
from disentcli.runs.run import Run
from disentcli.runs.run_index import list_runs
from disentcli.scripts.compare import compare
from disentcli.scripts.encode import encode
from disentcli.scripts.eval import evaluate
from disentcli.scripts.eval_metrics import eval_metrics
from disentcli.scripts.figures import draw_figures
from disentcli.scripts.train import train

from ..configs import trained

SMALL = {
    "dataset.count": 200,
    "dataset.test-count": 20,
    "dataset.batch-size": 16,
    "latent-dim": 3,
    "records.freq": 1,
    "checkpoint.freq": 6,
    "model.encoder.hidden": [8],
    "model.decoder.hidden": [8],
}
FEW = {"metrics": {"mig": None}, "points": 40, "test-points": 20}
LONGEST = 600  # characters of a message


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of twelve steps with an evaluation."""
    root = tmp_path_factory.mktemp("whole")
    run = trained("m/vae", "d/vec", data=root / "data", runs=root / "runs", budget=12, **SMALL)
    call(eval_metrics, run, ident="m", **FEW)
    return run


@pytest.fixture
def run(whole: Run, tmp_path: Path) -> Run:
    """A copy of it to be damaged."""
    shutil.copytree(whole.path, tmp_path / whole.name)
    return Run(tmp_path / whole.name)


def call(script: Callable[[Settings], int | None], run: Run, *words: str, **values: Any) -> None:
    """The script on this run, as on its command line."""
    given: dict[str, Any] = {"saveroot": str(run.path.parent), **values}
    if not words:
        given |= {"dataroot": "/nowhere", "device": "cpu"}
        given |= {} if "resume" in values else {"load": run.name}
    assert not script(Settings([ConfigLayer(given, COMMAND_LINE)], script=script.__name__, words=words))


def codes(run: Run) -> object:
    out = run.path.parent / "codes.npz"
    call(encode, run, out=str(out), limit=9)
    return np.load(out)["codes"].tolist()


def losses(run: Run) -> object:
    call(evaluate, run, ident="new", limit=9)
    return Run(run.path).name, (run.results / "new.json").read_text().partition('"seconds"')[0]


def metrics(run: Run) -> object:
    call(eval_metrics, run, ident="new", **FEW)
    return (run.results / "new.json").read_text().partition('"seconds"')[0]


def resumed(run: Run) -> object:
    """Weights, and the steps that were recorded with what was recorded of them."""
    call(train, run, resume=run.name, budget=14, quiet=True)
    weights = {name: value.tolist() for name, value in checkpoint.load(run)["model"].items()}
    return weights, run.config()["budget"]


def table(run: Run) -> object:
    out = run.path.parent / "table.csv"
    call(compare, run, run.name, out=str(out), overwrite=True)
    return out.read_text()


def groups(run: Run) -> object:
    out = run.path.parent / "groups.csv"
    call(compare, run, run.name, by="reg_wt,seed", metrics="mig", out=str(out), overwrite=True)
    return out.read_text()


def page(run: Run) -> object:
    return write_report(run.path / "report.html", [run]).read_text()


def pictures(run: Run) -> object:
    call(draw_figures, run, only="matrices", formats="png")
    return {path.name: path.read_bytes() for path in (run.path / "figures" / "figures-val").iterdir()}


def arrays(run: Run) -> object:
    return {name: array.tolist() for name, array in read_arrays(run, "m").items()}


def listed(run: Run) -> object:
    (one,) = list_runs(run.path.parent)
    return one.name, one.step, one.budget, one.status


OBSERVED = (codes, losses, metrics, resumed, table, groups, page, pictures, arrays, listed)
READ_BY = {
    "config.yaml": (codes, losses, metrics, resumed, groups, page),
    "run.json": (losses, resumed, table, groups, page),
    "checkpoints/step-000000012.pt": (codes, losses, metrics, resumed, pictures),
    "results/m.json": (table, groups, pictures, arrays),
    "results/m.h5": (pictures, arrays),
    "lock": (codes, losses, resumed, table),
}


@pytest.fixture(scope="module")
def expected(whole: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What each command finds on the whole run."""
    found = {}
    for observe in OBSERVED:
        copy = tmp_path_factory.mktemp("expected") / whole.name
        shutil.copytree(whole.path, copy)
        found[observe.__name__] = observe(Run(copy))
    return found


def changed(content: bytes, rng: random.Random) -> bytes:
    """One byte of the content is another; of an empty file, there is one."""
    if not content:
        return b"\xff"
    place = rng.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :]


DAMAGE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "one byte": changed,
    "another byte": changed,
    "half": lambda content, _: content[: len(content) // 2],
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("file", READ_BY)
def test_damage_is_an_error_or_changes_nothing(
    file: str, damage: str, run: Run, expected: dict[str, object]
) -> None:
    path = run.path / file
    path.write_bytes(DAMAGE[damage](path.read_bytes(), random.Random(f"{file} {damage}")))
    spoilt = run.path.rename(run.path.with_name("spoilt"))
    refused: list[str] = []
    for observe in READ_BY[file]:
        shutil.copytree(spoilt, run.path)
        try:
            assert observe(Run(run.path)) == expected[observe.__name__], observe.__name__
        except DisentError as error:
            refused.append(str(error))
        shutil.rmtree(run.path)
    assert all(len(message) < LONGEST and run.path.name in message for message in refused)
    assert refused or file == "lock" or damage != "half"


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_is_listed_as_damaged_or_as_it_is(
    damage: str, run: Run, expected: dict[str, object]
) -> None:
    path = run.path / "run.json"
    path.write_bytes(DAMAGE[damage](path.read_bytes(), random.Random(damage)))
    assert listed(run) in ((run.name, 0, 0, "damaged"), expected["listed"])


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_records_cost_no_weights_and_no_other_line(
    damage: str, run: Run, whole: Run, expected: dict[str, object]
) -> None:
    rng, before = random.Random(damage), read_scalars(whole.records)
    for path in run.records.iterdir():
        path.write_bytes(DAMAGE[damage](path.read_bytes(), rng))
    assert all(line in before for line in read_scalars(run.records))
    assert "<svg" in str(page(run))
    assert resumed(run) == expected["resumed"]
    lines = read_scalars(run.records)
    assert all(line in before or line["step"] > 12 for line in lines)
    assert len(lines) >= (12 if damage == "half" else 13) // 2
    assert torch.load(run.checkpoints / "step-000000014.pt", weights_only=True)["step"] == 14
