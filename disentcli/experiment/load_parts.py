"""The weights that a new run takes from another one: the parts that both models have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from ..errors import CallError
from ..methods.freezing import find_part
from ..methods.method import Method
from ..runs import checkpoint

REQUIRED = ("encoder", "latent", "decoder")  # of these, none that has parameters is drawn anew unasked


@dataclass(frozen=True)
class LoadedParts:
    """Names of the parts of a model that were loaded, of those that a seed drew, and of what was left out."""

    loaded: tuple[str, ...]
    drawn: tuple[str, ...]
    left_out: tuple[str, ...]

    def describe(self, run: str) -> str:
        """One line, for a run of this name; empty where all was loaded."""
        words = [f"{', '.join(self.loaded)} from {run}"]
        words += [f"drawn anew: {', '.join(self.drawn)}"] if self.drawn else []
        words += [f"left out of what it has: {', '.join(self.left_out)}"] if self.left_out else []
        return "; ".join(words) if len(words) > 1 else ""


def load_parts(model: Method, weights: Mapping[str, Tensor], run: str, anew: Sequence[str]) -> LoadedParts:
    """Fill a freshly built model with the weights of a run, but for the parts `anew`, which stay as drawn.

    A part is a module below the model (`encoder`), for `anew` also one inside it (`encoder.head`). What the
    run has beside the parts of this model is left out; what this model has beside those of the run stays.

    Raises:
        CallError: there is no such part, it is frozen, or the run lacks encoder, decoder or codebooks.
        DisentError: the weights of a part do not fit it.
    """
    for part in anew:
        find_part(model, part)
        if any(_within(part, one) for one in model.frozen):
            raise CallError(
                f"{part} is drawn anew and frozen, so that nothing would train it: "
                "give model.frozen other parts"
            )
    own = model.state_dict()
    theirs, ours = _parts(weights), _parts(own)
    trained = _parts(name for name, _ in model.named_parameters())
    drawn = [part for part in trained if part not in theirs and part not in anew]
    _check_required(model, drawn, run)
    taken = {
        name: value
        for name, value in weights.items()
        if _part(name) in ours and not any(_within(name, part) for part in anew)
    }
    if not taken:
        raise CallError(f"{run} has none of the parts of {model.short_name}: leave --load out")
    kept = {
        name: value
        for name, value in own.items()
        if _part(name) not in theirs or any(_within(name, part) for part in anew)
    }
    checkpoint.load_weights(model, {**kept, **taken})
    left_out = tuple(part for part in theirs if part not in ours)
    return LoadedParts(tuple(_parts(taken)), (*anew, *drawn), left_out)


def _check_required(model: Method, drawn: Iterable[str], run: str) -> None:
    for part in drawn:
        if part in REQUIRED:
            raise CallError(
                f"{run} has no {part}, which {model.short_name} needs: load another run, or draw it anew: "
                f"--model.reinitialize [{part}]"
            )


def _parts(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(map(_part, names)))


def _part(name: str) -> str:
    return name.partition(".")[0]


def _within(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")
