"""What disentcli uses of MLflow and W&B, for tests without either: calls as theirs, what is sent is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np


class MlflowException(Exception):
    """As MLflow raises it."""


class Param(NamedTuple):
    """A setting of an MLflow run."""

    key: str
    value: str


class Metric(NamedTuple):
    """A number at a step of an MLflow run."""

    key: str
    value: float
    timestamp: int
    step: int


class MLflowRun:
    """A run as a client returns it: `info` and `data`."""

    def __init__(self, run_id: str, experiment: str, name: str) -> None:
        self.info = SimpleNamespace(run_id=run_id, experiment_id=experiment, run_name=name, status="RUNNING")
        self.data = SimpleNamespace(params={}, metrics={})
        self.history: list[Metric] = []


@dataclass
class Store:
    """What one address holds."""

    experiments: dict[str, SimpleNamespace] = field(default_factory=dict)
    runs: dict[str, MLflowRun] = field(default_factory=dict)


def mlflow_stand_in() -> ModuleType:
    """A module whose clients of one address share one store, as `stores` shows."""
    module = ModuleType("mlflow")
    stores: dict[str, Store] = {}

    class MlflowClient:
        def __init__(self, tracking_uri: str) -> None:
            self._store = stores.setdefault(tracking_uri, Store())

        def get_experiment_by_name(self, name: str) -> SimpleNamespace | None:
            return self._store.experiments.get(name)

        def create_experiment(self, name: str, artifact_location: str | None = None) -> str:
            if name in self._store.experiments:
                raise MlflowException("RESOURCE_ALREADY_EXISTS")
            made = SimpleNamespace(
                experiment_id=str(len(self._store.experiments) + 1), artifact_location=artifact_location
            )
            self._store.experiments[name] = made
            return made.experiment_id

        def create_run(self, experiment_id: str, run_name: str) -> MLflowRun:
            made = MLflowRun(f"run{len(self._store.runs)}", experiment_id, run_name)
            self._store.runs[made.info.run_id] = made
            return made

        def update_run(self, run_id: str, status: str) -> None:
            self._store.runs[run_id].info.status = status

        set_terminated = update_run

        def log_batch(
            self, run_id: str, metrics: Iterable[Metric] = (), params: Iterable[Param] = ()
        ) -> None:
            run = self._store.runs[run_id]
            run.history += metrics
            run.data.params.update((one.key, one.value) for one in params)
            run.data.metrics.update((one.key, one.value) for one in run.history)

        def get_run(self, run_id: str) -> MLflowRun:
            return self._store.runs[run_id]

        def search_runs(self, experiment_ids: list[str]) -> list[MLflowRun]:
            return [run for run in self._store.runs.values() if run.info.experiment_id in experiment_ids]

        def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
            return [one for one in self._store.runs[run_id].history if one.key == key]

    module.__dict__.update(
        MlflowClient=MlflowClient,
        MlflowException=MlflowException,
        entities=SimpleNamespace(Param=Param, Metric=Metric),
        stores=stores,
    )
    return module


@dataclass
class WandBRun:
    """What one `wandb.init` was given, and what was sent until `finish`."""

    given: dict[str, Any]
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    exit_code: int | None = None

    def log(self, data: dict[str, Any], step: int) -> None:
        """A row of the history; steps do not go back."""
        assert self.exit_code is None
        assert step >= max(self.rows, default=0)
        self.rows.setdefault(step, {}).update(data)

    def finish(self, exit_code: int) -> None:
        """Nothing can be sent from now on."""
        assert self.exit_code is None
        self.exit_code = exit_code


def wandb_stand_in() -> ModuleType:
    """A module that keeps the runs of all calls of `init` in `opened`."""
    module = ModuleType("wandb")
    opened: list[WandBRun] = []

    def init(
        *,
        project: str,
        name: str,
        id: str,
        dir: str,
        mode: str,
        resume: str,
        reinit: str,
        config: dict[str, Any],
        settings: Any,
    ) -> WandBRun:
        opened.append(WandBRun(dict(locals())))
        return opened[-1]

    def image(data_or_path: np.ndarray) -> np.ndarray:
        assert data_or_path.ndim == 3
        assert data_or_path.shape[2] in (1, 3)  # (H, W, C)
        return data_or_path

    module.__dict__.update(init=init, Image=image, Settings=SimpleNamespace, opened=opened)
    return module
