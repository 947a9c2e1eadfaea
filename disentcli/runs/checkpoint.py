"""Checkpoints of a run: whole files of plain tensors and numbers, of which the newest K and the best stay.

A file is a zip archive as PyTorch writes it; the archive's comment is a checksum of all before it.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..atomic_io import is_partial, write_atomic
from ..errors import CallError, DisentError
from .checksums import crc32
from .run import Run

PATTERN = "step-{:09d}.pt"
MARK, DIGITS = b"crc32 ", 8  # of the archive's comment


def file_name(step: int) -> str:
    """The path of the checkpoint of this step inside the run."""
    return f"checkpoints/{PATTERN.format(step)}"


def serialize(state: Mapping[str, Any]) -> bytes:
    """The content of a checkpoint file; it loads with `weights_only=True`."""
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    length = struct.pack("<H", len(MARK) + DIGITS)
    buffer.seek(-len(length), io.SEEK_END)  # the last of an archive: its comment's length
    buffer.write(length + MARK)
    with buffer.getbuffer() as content:
        digits = crc32(content)
    buffer.write(digits.encode())
    return buffer.getvalue()


def save(run: Run, step: int, state: Mapping[str, Any]) -> Path:
    """Write the checkpoint of this step.

    Raises:
        DisentError: no room or no right to write; the older checkpoints are untouched.
    """
    path = run.path / file_name(step)
    path.parent.mkdir(exist_ok=True)
    write_atomic(path, serialize(state))
    return path


def steps(run: Run) -> list[int]:
    """The steps that have a checkpoint, in order."""
    return sorted(int(path.stem[5:]) for path in run.checkpoints.glob("step-*.pt") if path.stem[5:].isdigit())


def prune(run: Run, keep: int, always: Iterable[int | None] = ()) -> None:
    """Keep the newest `keep` checkpoints and those of the steps `always`; drop what killed writers left."""
    kept = {*steps(run)[-max(keep, 1) :], *always}
    for step in steps(run):
        if step not in kept:
            (run.path / file_name(step)).unlink(missing_ok=True)
    for path in run.checkpoints.iterdir():
        if is_partial(path):
            path.unlink(missing_ok=True)


def delete_after(run: Run, step: int) -> None:
    """Remove the checkpoints after this step: a run that is resumed from here computes them anew."""
    for later in steps(run):
        if later > step:
            (run.path / file_name(later)).unlink(missing_ok=True)


def load(run: Run, which: str | int = "last") -> dict[str, Any]:
    """The state at a step, at the newest one (`last`), or at the one with the least validation loss (`best`).

    Its tensors are on the CPU, on whatever device they were.

    Raises:
        CallError: there is no such checkpoint; the message says which there are.
        DisentError: its file is damaged; the message names the newest good one.
    """
    step = find_step(run, which)
    path = run.path / file_name(step)
    damage = _corruption(path)
    if damage is None:
        try:
            return dict(torch.load(path, map_location="cpu", weights_only=True))
        except Exception as error:
            damage = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    raise DisentError(f"the checkpoint {path} is damaged ({damage});\n{_hint(run, step)}")


def load_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Fill the model with a checkpoint's weights.

    Raises:
        DisentError: they do not fit; the message names what differs.
    """
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()[1:3]]
        raise DisentError(
            "the checkpoint's weights do not fit this model; build it from the run's own config\n"
            + "\n".join(lines)
        ) from error


def find_step(run: Run, which: str | int) -> int:
    """The step that `last`, `best` or a number means in this run."""
    known = steps(run)
    if not known:
        raise DisentError(f"{run.name} has no checkpoint; start it again with `fig train …`")
    if which == "last":
        return known[-1]
    if which == "best":
        best = run.info().get("best_step")
        if best in known:
            return int(best)
        raise CallError(f"no checkpoint of {run.name} has a validation loss yet; there are: {_listed(known)}")
    with suppress(ValueError):
        if int(which) in known:
            return int(which)
    raise CallError(f"{run.name} has no checkpoint {which!r}; there are: {_listed(known)}, last and best")


def _listed(known: list[int]) -> str:
    return ", ".join(str(step) for step in known)


def _corruption(path: Path) -> str | None:
    """What is wrong with the file, None if nothing is: torch itself looks at no checksum."""
    try:
        content = path.read_bytes()
        if content[-len(MARK) - DIGITS : -DIGITS] == MARK:
            stored = content[-DIGITS:]
            return None if stored == crc32(content[:-DIGITS]).encode() else "wrong checksum"
        with zipfile.ZipFile(io.BytesIO(content)) as archive:  # written before there was one of the whole
            broken = archive.testzip()
    except Exception as error:  # zipfile fails in many ways
        return f"{type(error).__name__}: {error}"
    return None if broken is None else f"wrong checksum of {broken}"


def _hint(run: Run, damaged: int) -> str:
    """What to do where the checkpoint of this step is damaged."""
    for step in reversed(steps(run)):
        if step != damaged and _corruption(run.path / file_name(step)) is None:
            return f"the newest good one is of step {step}: call again with --checkpoint {step}"
    return "no other checkpoint of this run is good: start it again with `fig train …`"
