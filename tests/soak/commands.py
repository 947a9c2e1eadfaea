"""Every command that writes, and what it leaves, in a form that two places can be compared by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from disentcli.runs import checkpoint
from disentcli.runs.run import Run

from .place import Place

SPRITES = "d/sprites32 --dataset.positions 4 --dataset.orientations 4"
VAE = f"a/dislib m/vae {SPRITES} --checkpoint.freq 10 --quiet"
FEW = "--points 200 --test-points 100"
ONE = "one"  # the name of the run that all but trainings work on

Outcome = Mapping[str, object]


@dataclass(frozen=True)
class Command:
    """What is typed, with {out} for a folder of its own and {run} for the run, and what it leaves behind.

    `again` continues it after a kill, where that is not the same call.
    """

    name: str
    typed: str
    outcome: Callable[[Place], Outcome]
    again: Callable[[Place], str | None] = lambda place: None
    slow: bool = True

    def words(self, place: Place) -> list[str]:
        """The words of the call that begins or continues it there."""
        typed = self.again(place) or self.typed
        run = next(place.runs.glob(f"{ONE}_*"), Path(ONE)).name
        return [word.format(out=place.out, run=run) for word in typed.split()]


def datasets(place: Place) -> Outcome:
    """The checksum of each stored dataset."""
    return {
        path.parent.name.rpartition("-")[0]: json.loads(path.read_text())["sha256"]
        for path in place.data.glob("*/meta.json")
    }


def weights(pattern: str) -> Callable[[Place], Outcome]:
    """A digest of the last weights of all runs of a name, by seed, objective and status."""

    def outcome(place: Place) -> Outcome:
        found: dict[str, object] = {}
        for run in sorted((Run(path) for path in place.runs.glob(pattern)), key=lambda run: run.name):
            info, state = run.info(), checkpoint.load(run)["model"]
            config = (run.path / "config.yaml").read_bytes()
            settings = hashlib.sha256(config).hexdigest()
            key = f"{info.get('plan') or info.get('seed')} {info['status']} {settings}"
            assert key not in found, f"{run.name} was trained twice"
            found[key] = _digest({name: value for name, value in state.items() if torch.is_tensor(value)})
        return found

    return outcome


def scores(ident: str) -> Callable[[Place], Outcome]:
    """The scores of an evaluation of the run."""

    def outcome(place: Place) -> Outcome:
        file = Run.find(place.runs, ONE).path / "results" / f"{ident}.json"
        return dict(json.loads(file.read_text())["scores"])

    return outcome


def pictures(folder: str) -> Callable[[Place], Outcome]:
    """Size of each picture of the run in a folder."""

    def outcome(place: Place) -> Outcome:
        return _sizes(Run.find(place.runs, ONE).path / folder)

    return outcome


def files(place: Place) -> Outcome:
    """What was written elsewhere: arrays, tables, pictures, pages."""
    found: dict[str, object] = dict(_sizes(place.out))
    for path in place.out.iterdir():
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                found[path.name] = _digest(
                    {
                        name: torch.from_numpy(arrays[name])
                        for name in arrays.files
                        if arrays[name].dtype.kind in "fiu"
                    }
                )
        elif path.suffix in (".csv", ".tex"):
            found[path.name] = path.read_text()
        elif path.suffix == ".html":
            found[path.name] = path.read_text().rstrip().endswith("</html>")
    return found


def nothing_but_one(place: Place) -> Outcome:
    """The names of the runs."""
    return {path.name: True for path in place.runs.iterdir() if not path.name.startswith(".")}


def _sizes(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in sorted(folder.glob("*.png")):
        with Image.open(path) as image:
            image.load()
            found[path.name] = image.size
    return found


def _digest(tensors: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def resume(pattern: str) -> Callable[[Place], str | None]:
    """The call that continues the runs of this name, once they are there."""

    def again(place: Place) -> str | None:
        names = [path.name for path in place.runs.glob(pattern)]
        return f"train --resume {','.join(sorted(names))} --quiet" if names else None

    return again


COMMANDS = [
    Command("render", "train a/dislib m/ae d/sprites --dataset.scales 3 --budget 0 --quiet", datasets),
    Command("train", f"train {VAE} --budget 60 --name new", weights("new_*"), resume("new_*"), slow=False),
    Command("train-many", f"train {VAE} --budget 40 --seeds 2 --name new", weights("new_*"), resume("new_*")),
    Command("sweep", f"sweep train {VAE} --budget 20 --seeds 2 --name new", weights("new_*")),
    Command("sweep-local", f"sweep train {VAE} --budget 20 --seeds 2 --jobs 2 --name new", weights("new_*")),
    Command("eval", f"eval --load {ONE} --ident new --overwrite", scores("new")),
    Command(
        "eval-metrics",
        f"eval-metrics --metrics mig,sap,dcimig {FEW} --load {ONE} --ident new --overwrite",
        scores("new"),
        slow=False,
    ),
    Command("encode-npz", f"encode --load {ONE} --out {{out}}/codes.npz --overwrite", files),
    Command("encode-csv", f"encode --load {ONE} --out {{out}}/codes.csv --overwrite", files),
    Command(
        "figures",
        f"figures --load {ONE} --only traversals,scatter --formats png --ident new",
        pictures("figures/new"),
    ),
    Command("report", f"report {ONE} --out {{out}}/one.html --overwrite", files),
    Command("compare", "compare * --out {out}/table.csv --overwrite", files),
    Command("sample", f"sample --load {ONE} --count 16 --out {{out}}/samples.png --overwrite", files),
    Command("traverse", f"traverse --load {ONE} --latents 0,1 --out {{out}}/latents.png --overwrite", files),
    Command("show-data", f"show-data {SPRITES} --out {{out}}/data.png", files),
    Command(
        "delete-run",
        "delete-run {run} --yes",
        nothing_but_one,
        lambda place: None if any(place.runs.glob(f"{ONE}_*")) else "list runs",
    ),
]

every_command = pytest.mark.parametrize(
    "command",
    [pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one.slow else []) for one in COMMANDS],
)
