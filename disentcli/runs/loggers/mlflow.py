"""MLflow: each run is also one of MLflow's, on a server or in an SQLite file."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from ...file_lock import wait_for_lock
from ...registry import logger
from ..config_lookup import dotted_values, format_value
from ..run import Run
from .logger import Logger, load_remote_id, require_package, save_remote_id

log = logging.getLogger(__name__)

STATUSES = {"completed": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
AT_ONCE = 100  # parameters or metrics in one request
LONGEST = 500  # letters of a parameter's value
#: a server that is down must not hold up the training for long
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
DATABASE, ARTIFACTS = "mlflow.db", "mlartifacts"  # beside the runs, where no server is named


@logger("mlflow")
class MLflow(Logger):
    """Scalars and scores as metrics, the config as parameters.

    A run that is resumed continues its MLflow run, and sends no step twice.

    Args:
        uri: the tracking server or database; without it $MLFLOW_TRACKING_URI, else mlflow.db beside the
            runs. A run that is resumed or evaluated does not remember it: a run may be anybody's.
        experiment: the experiment that runs belong to, unless $MLFLOW_EXPERIMENT_NAME names one.
    """

    def __init__(self, *, uri: str | None = None, experiment: str = "disentcli") -> None:
        for variable, value in PATIENCE.items():
            os.environ.setdefault(variable, value)
        self._mlflow = require_package("mlflow")
        self._uri = uri or os.environ.get("MLFLOW_TRACKING_URI")
        if not self._uri:
            require_package("sqlalchemy", extra="mlflow")  # the package mlflow-skinny comes without
        self._experiment = os.environ.get("MLFLOW_EXPERIMENT_NAME", experiment)
        self._client: Any = None
        self._id = ""
        self._sent = -1
        self._waiting: list[Any] = []

    def on_start(self, run: Run, step: int) -> None:
        """Make an MLflow run, or continue the one that was made before."""
        known, uri = self._known(run), self._address(run)
        self._client = self._connect(run, uri)
        self._waiting, self._sent = [], -1
        if known:
            self._id = known["run"]
            self._client.update_run(self._id, status="RUNNING")
            self._sent = self._last_step()
            return
        self._id = self._client.create_run(self._experiment_id(run), run_name=run.name).info.run_id
        self._send_config(run)
        save_remote_id(run, "mlflow", {"run": self._id, "uri": uri})

    def _send_config(self, run: Run) -> None:
        param = self._mlflow.entities.Param
        values = [param(path, format_value(value)[:LONGEST]) for path, value in dotted_values(run.config())]
        for start in range(0, len(values), AT_ONCE):
            self._client.log_batch(self._id, params=values[start : start + AT_ONCE])

    def _address(self, run: Run) -> str:
        return self._uri or f"sqlite:///{run.path.parent.absolute() / DATABASE}"

    def _known(self, run: Run) -> dict[str, str]:
        """What is noted of the run's MLflow run, if that is where this call sends to."""
        known = load_remote_id(run, "mlflow")
        if known and known.get("uri") != self._address(run):
            log.warning(
                "%s was logged to %s; go on there with MLFLOW_TRACKING_URI", run.name, known.get("uri")
            )
            return {}
        return known

    def _connect(self, run: Run, uri: str) -> Any:
        """A client; of several calls that start at once, one makes the tables of a new database."""
        with nullcontext() if self._uri else _one_at_a_time(run.path.parent / f"{DATABASE}.lock"):
            return self._mlflow.MlflowClient(tracking_uri=uri)

    def _experiment_id(self, run: Run) -> str:
        """The experiment; it is made unless it is there, or another call makes it at this moment."""
        place = None if self._uri else (run.path.parent.absolute() / ARTIFACTS).as_uri()
        found = self._client.get_experiment_by_name(self._experiment)
        if found is None:
            try:
                return str(self._client.create_experiment(self._experiment, artifact_location=place))
            except self._mlflow.MlflowException:
                found = self._client.get_experiment_by_name(self._experiment)
                if found is None:
                    raise
        return str(found.experiment_id)

    def _last_step(self) -> int:
        """The last step that was sent before."""
        tags = [
            tag for tag in self._client.get_run(self._id).data.metrics if tag.startswith(("train/", "val/"))
        ]
        steps = [one.step for tag in tags for one in self._client.get_metric_history(self._id, tag)]
        return max(steps, default=-1)

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Keep the values until the step is flushed."""
        if step > self._sent:
            self._waiting += self._metrics(step, values)

    def flush(self, step: int) -> None:
        """Send what is waiting."""
        waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), AT_ONCE):
            self._client.log_batch(self._id, metrics=waiting[start : start + AT_ONCE])

    def on_end(self, run: Run, status: str) -> None:
        """Set the status FINISHED, KILLED or FAILED."""
        self._client.set_terminated(self._id, STATUSES[status])

    def results(self, run: Run, ident: str, step: int, scores: Mapping[str, float]) -> None:
        """Metrics "<ident>/<score>" of the MLflow run, if there is one."""
        known = self._known(run)
        if known:
            self._client = self._mlflow.MlflowClient(tracking_uri=known["uri"])
            self._id = known["run"]
            self._waiting = self._metrics(step, {f"{ident}/{name}": value for name, value in scores.items()})
            self.flush(step)

    def _metrics(self, step: int, values: Mapping[str, float]) -> list[Any]:
        now, metric = int(1000 * time.time()), self._mlflow.entities.Metric
        return [metric(tag, value, now, step) for tag, value in values.items() if math.isfinite(value)]


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is in here; the file stays."""
    with path.open("a", encoding="utf-8") as file:
        wait_for_lock(file.fileno())
        yield
