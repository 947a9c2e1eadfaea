"""Methods of a later stage: the run before, whose networks they keep."""

from __future__ import annotations

from typing import Any

from ..config.instantiate import build
from ..config.settings import Settings
from ..data.dataset import Dataset
from ..errors import CallError
from ..methods.method import Method
from ..runs import checkpoint
from ..runs.data_check import warn_of_other_data
from ..runs.load import root_values
from ..runs.run import Run


def find_shared(settings: Settings, *, loads: bool) -> Run | None:
    """The run that --shared names; None where it names none. `loads`: the call starts from a run's weights.

    Raises:
        CallError: there is no such run, it has not come to its end, or it is not needed.
    """
    if not settings.has("shared"):
        return None
    if loads:
        raise CallError("the run that is continued or loaded has its shared encoders: leave --shared out")
    run = Run.find(settings.get("saveroot"), settings.get("shared"))
    status = run.status()
    if status != "completed":
        raise CallError(
            f"--shared {run.name} is {status} at step {run.info()['step']:,}; "
            f"finish it first: fig train --resume {run.name}"
        )
    return run


def load_pretrained_stage(model: Method, shared: Run | None, dataset: Dataset, *, loads: bool) -> None:
    """Give a method of a later stage what it needs of the run before; CallError where none is given."""
    if shared is not None:
        try:
            model.load_pretrained(trained_model(shared, dataset))
            warn_of_other_data(shared, dataset, "the shared encoders stay as they are")
        except CallError as error:
            raise CallError(f"--shared {shared.name}: {error}") from None
    elif model.needs_pretrained and not loads:
        raise CallError(
            f"{model.short_name} is a second stage: name the run of the first ({model.first_stage}) with "
            "--shared RUN; `fig list runs` shows them"
        )


def trained_model(run: Run, dataset: Dataset) -> Method:
    """The model of a run on images of this shape, with its newest weights."""
    config = run.config()
    inferred: dict[str, Any] = {**root_values(config), "input_shape": dataset.shape}
    model, _ = build("method", config["model"], where="model", inferred=inferred, unknown="ignore")
    checkpoint.load_weights(model, checkpoint.load(run)["model"])
    assert isinstance(model, Method)
    return model
