"""Runs, configs, data and codes as somebody with bad intentions would make them.

Each maker changes a place that holds the run `one` and files in `out`. It wants code to be executed, or
something to be read or written in `outside`, a folder that no call names.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
import yaml
from PIL import Image

from disentcli.runs.checksums import verified, verified_lines, with_checksum, with_first_line

from .place import Place

SECRET = "known to nobody outside"
Maker = Callable[[Place], None]


class Executed:
    """A pickle that makes a file when it is read."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        return open, (str(self.marker), "w")


def outside(place: Place) -> Path:
    """The folder that is not to be touched, with a project whose module makes a file."""
    return place.folder / "outside"


def make_outside(place: Place) -> None:
    folder = outside(place)
    folder.mkdir()
    (folder / "secret.json").write_text(json.dumps({"secret": SECRET}))
    (folder / ".omnifig.yml").write_text("name: payload\nmodule: [payload]\n")
    (folder / "payload.py").write_text(f"open({str(folder / 'executed')!r}, 'w')\n")
    (folder / "config.yaml").write_text(f"note: {SECRET}\n")


def run_of(place: Place) -> Path:
    return next(place.runs.glob("one_*"))


def _config(**parts: Any) -> Maker:
    """The run's config.yaml, and a config of one's own, with these entries; OUTSIDE stands for the folder."""

    def make(place: Place) -> None:
        text = json.dumps(parts).replace("OUTSIDE", str(outside(place)))
        path = run_of(place) / "config.yaml"
        stored = yaml.safe_load(verified_lines(path.read_bytes()))
        path.write_text(with_first_line(yaml.safe_dump({**stored, **json.loads(text)})))
        (place.out / "own.yaml").write_text(yaml.safe_dump({"_base": ["m/vae", "d/vec"], **json.loads(text)}))

    return make


def _link(part: str) -> Maker:
    """A part of the run that is a link to the folder, or to a file in it."""

    def make(place: Place) -> None:
        path = run_of(place) / part
        path.parent.mkdir(exist_ok=True)
        is_folder = path.is_dir()
        if is_folder:
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.symlink_to(outside(place) if is_folder else outside(place) / "secret.json")

    return make


def _json(part: str, **entries: Any) -> Maker:
    """A JSON file of the run with other entries, and their checksum."""

    def make(place: Place) -> None:
        path = run_of(place) / part
        text = json.dumps(entries).replace("OUTSIDE", str(outside(place)))
        content = verified(json.loads(path.read_text()))
        path.write_text(json.dumps(with_checksum({**content, **json.loads(text)})))

    return make


def pickled_checkpoint(place: Place) -> None:
    """Every checkpoint executes something when it is unpickled."""
    for path in (run_of(place) / "checkpoints").iterdir():
        torch.save({"model": Executed(outside(place) / "executed")}, path)


def arrays_elsewhere(place: Place) -> None:
    """Arrays of results that lie in a file of the folder."""
    with h5py.File(run_of(place) / "results" / "old.h5", "w") as file:
        file["mig/matrix"] = h5py.ExternalLink(str(outside(place) / "secret.json"), "/")
        file.create_dataset("x", (4,), "u1", external=[(str(outside(place) / "secret.json"), 0, 4)])


def score_names(place: Place) -> None:
    """Names of metrics, scores and factors that are paths, formulas, markup and control characters."""
    names = [
        "../../../../outside/x",
        "/outside",
        "=cmd|' /C calc'!A0",
        "$\\q{",
        "\x1b[2J",
        "<script>",
        "\\input{x}",
    ]
    scores = {name: dict.fromkeys(names, 0.5) for name in names}
    _json("results/old.json", scores=scores)(place)


def pickled_codes(place: Place) -> None:
    """Codes, and data, as arrays of objects; tensors as a pickle; names that are paths."""
    objects = np.array([Executed(outside(place) / "executed")] * 300, dtype=object)
    np.savez(place.out / "own.npz", codes=objects, factors=objects, images=objects)
    np.save(place.out / "own.npy", objects, allow_pickle=True)
    torch.save([Executed(outside(place) / "executed")], place.out / "own.pt")


def named_codes(place: Place) -> None:
    """Codes whose factors are named by paths."""
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 4, (300, 2))
    np.savez(
        place.out / "own.npz",
        codes=factors + 0.1 * rng.normal(size=factors.shape),
        factors=factors,
        factor_names=["../../outside/x", "/outside"],
    )


def codes_elsewhere(place: Place) -> None:
    """Codes that lie in a file of the folder; a link in place of another."""
    with h5py.File(place.out / "own.h5", "w") as file:
        file["codes"] = h5py.ExternalLink(str(outside(place) / "secret.json"), "/")
        file.create_dataset("factors", (4,), "u1", external=[(str(outside(place) / "secret.json"), 0, 4)])


def programs_as_pictures(place: Place) -> None:
    """A folder of pictures with PostScript under their names, and labels that are paths."""
    folder = place.out / "pictures"
    folder.mkdir()
    for number in range(4):
        Image.fromarray(np.full((32, 32, 3), 60 * number, np.uint8)).save(folder / f"{number}.png")
    (folder / "4.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 32 32\n(x) (w) file\n")
    (folder / "labels.csv").write_text("file,../../outside/x\n../../outside/secret.json,1\n0.png,0\n")


PAYLOAD = "OUTSIDE:payload"
RUNS: dict[str, Maker] = {
    "type": _config(verbose={"_type": PAYLOAD}),
    "model": _config(model={"_type": PAYLOAD}),
    "meta": _config(_meta={name: {"_type": PAYLOAD} for name in ("quiet", "debug", "help", "script_name")}),
    "creator": _config(model={"_type": "vae", "_creator": PAYLOAD}, _creator=PAYLOAD),
    "modifier": _config(model={"_type": "vae", "_mod": [PAYLOAD]}, _mod=PAYLOAD),
    "base": _config(_base=["OUTSIDE/config"]),
    "places": _config(dataset={"_type": "array", "root": "OUTSIDE", "path": "OUTSIDE/secret.json"}),
    "logger": _config(logger={"_type": "mlflow", "uri": "http://127.0.0.1:9"}),
    "checkpoint": pickled_checkpoint,
    "arrays": arrays_elsewhere,
    "scores": score_names,
    "name": _json("run.json", name="../../outside/x", parent="../../outside", data_root="OUTSIDE"),
    "calls": _json("run.json", command=["sh", "-c", "id"], called={"eval --out OUTSIDE/x": {}}, plan="../x"),
    **{
        f"link-{part}": _link(part)
        for part in (
            *("lock", "checkpoints", "records", "records/scalars.jsonl", "results", "results/old.json"),
            *("config.yaml", "run.json", "error.txt", "figures", "report.html"),
        )
    },
}
FILES: dict[str, Maker] = {
    "pickled": pickled_codes,
    "named": named_codes,
    "elsewhere": codes_elsewhere,
    "pictures": programs_as_pictures,
}
