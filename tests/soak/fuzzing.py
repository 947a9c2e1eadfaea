"""Calls and files by chance, from a seed: what is typed wrongly, and what a run or a codes file may be."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from .place import Place

SMALL = "--dataset.count 300 --dataset.test-count 50 --dataset.batch-size 16 --logger none --quiet"
CALLS = [
    f"train m/vae d/vec {SMALL} --budget 2",
    f"train m/ae d/vec {SMALL} --budget 1 --latent-dim 3 --model.optim.lr 1e-3",
    f"train m/vae d/vec {SMALL} --budget 1 --seeds 2",
    "train --resume one --budget 25",
    f"sweep train m/vae d/vec {SMALL} --budget 1 --grid reg-wt=1,2 --dry-run",
    "eval --load one --ident x --limit 50",
    "eval-metrics --load one --metrics mig,sap --points 200 --ident y",
    "eval-metrics eval/codes --codes {codes} --metrics mig --out {out}/scores.json",
    "encode --load one --out {out}/codes.npz",
    "figures --load one --only scatter --formats png",
    "report one --slider no",
    "compare * --metrics mig --out {out}/table.csv",
    "compare * --by method --out {out}/table.tex",
    "sample --load one --count 4 --out {out}/s.png",
    "show m/vae d/vec --args",
    "show {config}",
    "list runs one*",
    "list configs m/",
    "list metrics mig",
    "delete-run one --yes",
]
READING = [call for call in CALLS if "one" in call.split() or "*" in call or "{" in call]
VALUES = [
    *("", "-1", "0", "1e999", "nan", "1.5", "many", "true", "null", "[", "{", "[1,2", "{a: 1}", "a:b", "~"),
    *("9" * 400, "ö" * 300, "../../x", "/", ".", "*", "%s{0}", "$(id)", "a\nb", "\x1b[2J", "=1+1", "--", "-"),
    *(
        "last",
        "m/vae",
        "d/vec",
        "10000000000",
        "1,2,3",
        "0-9999999999",
        "!!python/object:os.system x",
        "&a [*a]",
    ),
]
KEYS = [
    "budget",
    "seed",
    "load",
    "latent-dim",
    "model.optim.lr",
    "model._type",
    "dataset",
    "mode",
    "out",
    "nope",
    "points",
]


def wrong_call(rng: random.Random) -> list[str]:
    """One of the calls with one to three accidents."""
    words = rng.choice(CALLS).split()
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(words))
        accident = rng.randrange(6)
        if accident == 0:
            del words[at]
        elif accident == 1:
            words[at] = rng.choice(VALUES)
        elif accident == 2:
            words.insert(at, rng.choice(VALUES))
        elif accident == 3:
            words += [f"--{rng.choice(KEYS)}", rng.choice(VALUES)]
        elif accident == 4:
            words.insert(at, words[at])
        else:
            words[at] = misspelt(words[at], rng)
        words = words or ["train"]
    return words


def misspelt(word: str, rng: random.Random) -> str:
    """The word with one letter more, less, or another."""
    at = rng.randrange(len(word) + 1)
    return word[:at] + rng.choice(["", "x", "-", "é", " "]) + word[at + rng.randint(0, 1) :]


def spoil(file: Path, rng: random.Random) -> str:
    """Damage a file or put something else in its place; gives what was done."""
    content = file.read_bytes()
    damage = rng.choice(DAMAGES)
    file.unlink()
    damage(file, content, rng)
    return f"{damage.__name__} {file.name}"


def _cut(file: Path, content: bytes, rng: random.Random) -> None:
    file.write_bytes(content[: rng.randrange(len(content) + 1)])


def _flip(file: Path, content: bytes, rng: random.Random) -> None:
    changed = bytearray(content or b"x")
    for _ in range(rng.randint(1, 8)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    file.write_bytes(changed)


def _folder(file: Path, content: bytes, rng: random.Random) -> None:
    (file / "inside").mkdir(parents=True)


def _nothing(file: Path, content: bytes, rng: random.Random) -> None:
    """Nothing is there any more."""


def _pipe(file: Path, content: bytes, rng: random.Random) -> None:
    os.mkfifo(file)


def _link_in_a_circle(file: Path, content: bytes, rng: random.Random) -> None:
    file.symlink_to(file)


def _other_types(file: Path, content: bytes, rng: random.Random) -> None:
    """JSON, or YAML, whose values have other types, without its checksum."""
    try:
        loaded = json.loads(content.splitlines()[0] if file.suffix == ".jsonl" else content)
    except (ValueError, IndexError):
        file.write_bytes(b"a: [1, {b: null}]\nmodel: 3\ndataset: []\n")
        return
    values = [None, 3, "x", [], {}, -1e308, True, [[[]]], {"": {"": ""}}]
    if isinstance(loaded, dict):
        loaded.pop("crc32", None)
        for key in rng.sample(sorted(loaded), min(len(loaded), rng.randint(1, 3))):
            loaded[key] = rng.choice(values)
    else:
        loaded = rng.choice(values)
    file.write_text(json.dumps(loaded) + "\n")


def _deep(file: Path, content: bytes, rng: random.Random) -> None:
    file.write_bytes(b"[" * 100_000 + b"]" * 100_000)


Damage = Callable[[Path, bytes, random.Random], None]
DAMAGES: Sequence[Damage] = (
    *(_cut, _flip, _flip, _other_types, _other_types),
    *(_folder, _nothing, _pipe, _link_in_a_circle, _deep),
)


def damaged_call(place: Place, rng: random.Random) -> tuple[list[str], str]:
    """A call that reads, after one file of the run, the codes or the config was spoilt; and what was done."""
    targets = [
        path for path in place.folder.rglob("*") if path.is_file() and not {"data", "project"} & {*path.parts}
    ]
    done = spoil(rng.choice(sorted(targets)), rng)
    return rng.choice(READING).split(), done


def restore(place: Place, original: Place) -> None:
    """Put back what the calls have changed."""
    for folder in (place.runs, place.out, place.project):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(original.folder / folder.name, folder, symlinks=True)
