"""Whether a run's data are still those that it was trained on, by the fingerprint that run.json keeps."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import DisentError
from .run import Run

if TYPE_CHECKING:
    from ..data.dataset import Dataset


@dataclass(frozen=True)
class DataCheck:
    """The fingerprints of the data as they are, and as the run was trained on them ("" where none is known).

    changed: they differ, so that whatever is computed is not of the run's data.
    """

    found: str
    recorded: str
    changed: bool

    def settings(self) -> dict[str, Any]:
        """What results say of the data that they were computed on."""
        settings: dict[str, Any] = {"data": self.found, "data_changed": self.changed}
        return settings | ({"data_of_run": self.recorded} if self.changed else {})


def compare_data(run: Run, dataset: Dataset) -> DataCheck:
    """Compare the fingerprint of `dataset` with the one that the run recorded; warn where one is missing."""
    recorded, found = str(run.info().get("data") or ""), dataset.fingerprint
    if not (recorded and found):
        whose = run.name if not recorded else f"the dataset {dataset.name}"
        _warn(f"the data of {run.name} could not be checked: {whose} has no fingerprint of them")
        return DataCheck(found, recorded, changed=False)
    if recorded in dataset.older_fingerprints:
        _warn(
            f"the data of {run.name} could be checked in part only: their fingerprint is of an earlier "
            "version, which looked at fewer images or at no factors"
        )
        return DataCheck(found, recorded, changed=False)
    return DataCheck(found, recorded, changed=recorded != found)


def check_data(run: Run, dataset: Dataset, *, data_changed: bool = False) -> DataCheck:
    """As `compare_data`, for what is computed of a run: changed data are an error, or a warning if allowed.

    Raises:
        DisentError: the data have changed, and `data_changed` is not set.
    """
    check = compare_data(run, dataset)
    if not check.changed:
        return check
    message = f"the data are not those that {run.name} was trained on: {data_words(run, dataset)}"
    if not data_changed:
        raise DisentError(
            f"{message}\nput the old data back, or go on knowingly with --data-changed "
            "(load_run(…, data_changed=True)): the results then say so"
        )
    _warn(f"{message}; the results are of the changed data")
    return check


def data_words(run: Run, dataset: Dataset) -> str:
    """Which data were expected and which are there: name, origin, and both fingerprints."""
    name = f"{dataset.name} ({dataset.source})" if dataset.source else dataset.name
    return f"{name} has the fingerprint {dataset.fingerprint}, not {run.info().get('data')}"


def warn_of_other_data(run: Run, dataset: Dataset, consequence: str) -> None:
    """Warn where training from weights of a run uses other data than the run was trained on."""
    if compare_data(run, dataset).changed:
        found = data_words(run, dataset)
        _warn(f"the data are not those that {run.name} was trained on: {found}; {consequence}")


def describe_data(config: Mapping[str, Any]) -> str:
    """Which data a run's config asks for: equal for two runs that should have the same."""
    node = dict(config.get("dataset") or {})
    node.pop("batch_size", None)
    return json.dumps(node, sort_keys=True, default=str)


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=4)
