"""Which training states can be stacked and trained as one, and why others cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from ...errors import CallError
from ...methods.method import Method
from ..state import TrainingState
from .stacked_optimizer import ELEMENTWISE

_ONE_BY_ONE = "train these one by one, with `fig sweep` or calls of their own"
PER_RUN = ("reg_wt", "weighting")  # of a method: read only by its loss weights, which each run has of its own


def check_stackable(states: Sequence[TrainingState]) -> None:
    """Raise CallError, with the reason, where states cannot be trained as one."""
    if not states:
        raise CallError("many runs in one: there are none; name at least one seed")
    first = states[0]
    _check_method(first)
    for state in states[1:]:
        for what, of in COMPARED.items():
            if of(state) != of(first):
                raise CallError(f"runs that are trained as one have the same {what}; {_ONE_BY_ONE}")


def _check_method(state: TrainingState) -> None:
    model = state.model
    if state.accumulate > 1:
        raise CallError(f"runs whose batches are computed in parts are not trained as one; {_ONE_BY_ONE}")
    players = model.player_parameters()
    if len(players) > 1 or model.players_to_update(0) is not None:
        raise CallError(
            f"{model.short_name} has players that take turns ({', '.join(players)}): "
            f"its runs are not trained as one; {_ONE_BY_ONE}"
        )
    if model.reads_labels:
        raise CallError(
            f"{model.short_name} learns from the factors of images: its runs are not trained as one; "
            f"{_ONE_BY_ONE}"
        )
    if type(model).prepare_step is not Method.prepare_step:
        raise CallError(
            f"{model.short_name} prepares each step on the host: its runs are not trained as one; "
            f"{_ONE_BY_ONE}"
        )
    if model.supervision is not None:
        raise CallError(
            "runs with supervision, whose labelled images differ by seed, are not trained as one; "
            f"{_ONE_BY_ONE}"
        )
    for optimizer in state.optimizers.values():
        if type(optimizer) not in ELEMENTWISE:
            there = ", ".join(kind.__name__ for kind in ELEMENTWISE)
            raise CallError(
                f"runs are trained as one with {there}, which update each number by its own gradient alone; "
                f"{type(optimizer).__name__} does not: {_ONE_BY_ONE}"
            )


def _architecture(state: TrainingState) -> Any:
    """The signatures of all modules of the model."""
    return [_module_signature(name, module) for name, module in state.model.named_modules()]


def _module_signature(name: str, module: nn.Module) -> Any:
    """Name, type, shapes and settings of a module: all but the values of its tensors and what may differ."""
    own = PER_RUN if not name else ()
    tensors = {
        key: (value.shape, value.dtype)
        for part in (module._parameters, module._buffers)
        for key, value in part.items()
        if value is not None
    }
    settings = {
        key: _plain(value)
        for key, value in vars(module).items()
        if not key.startswith("_") and key not in own
    }
    return name, type(module), tensors, settings


def _plain(value: Any) -> Any:
    """A setting as something that can be compared."""
    if isinstance(value, (bool, int, float, str, type, type(None))):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, Tensor):
        return value.tolist()
    return type(value), _plain(getattr(value, "__dict__", {}))  # such as a distribution and its settings


def _optimizers(state: TrainingState) -> Any:
    return [
        {key: value for key, value in group.items() if key not in ("params", "lr")}
        for optimizer in state.optimizers.values()
        for group in optimizer.param_groups
    ]


def _rates(state: TrainingState) -> Any:
    if state.schedule is None:
        return state.start_rates
    steps = (0, state.schedule_steps // 2, state.schedule_steps)
    return [
        [state.schedule_steps, *(state.scheduled_rate(start, step) for step in steps)]
        for starts in state.start_rates.values()
        for start in starts
    ]


COMPARED: dict[str, Callable[[TrainingState], Any]] = {
    "architecture and settings, but for reg-wt and weighting": _architecture,
    "terms with a weight": lambda state: sorted(state.model.loss_weights(state.step)),
    "optimiser": _optimizers,
    "learning rates": _rates,
    "clipping": lambda state: state.clip,
    "device": lambda state: state.device,
    "step and budget": lambda state: (state.step, state.budget),
}
