"""A file of scores that belongs to no run, where runs are compared, reported and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..atomic_io import read_json
from ..errors import DisentError
from .checksums import verified
from .run import SCHEMA, Run


class ResultFile(Run):
    """The scores of codes in a file (`fig eval-metrics eval/codes --out FILE.json`), read as those of a run.

    Its name is the file's; what is drawn of it goes into the folder of that name beside it.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(file.with_suffix(""))
        self.file = file

    def __repr__(self) -> str:
        return f"ResultFile({str(self.file)!r})"

    def alone(self) -> ResultFile:
        """The same: it is never read with others."""
        return self

    @property
    def report_path(self) -> Path:
        """FILE.html beside the file."""
        return self.file.with_suffix(".html")

    def result_path(self, ident: str) -> Path:
        """The file itself."""
        return self.file

    def idents(self) -> list[str]:
        """The ident that these scores would have in a run, so that they stand beside those of runs."""
        return [f"metrics-{self._settings().get('preset', 'standard')}"]

    def info(self) -> dict[str, Any]:
        """What stands for run.json."""
        return {"schema": SCHEMA, "name": self.name, "status": "completed", **self.config()}

    def status(self) -> str:
        """Always completed: nothing is trained."""
        return "completed"

    def config(self) -> dict[str, Any]:
        """Which codes the scores are of."""
        settings = self._settings()
        return {key: settings[key] for key in ("codes", "rows", "latents", "data") if key in settings}

    def _settings(self) -> dict[str, Any]:
        try:
            found = verified(read_json(self.file))
            return dict(found["settings"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DisentError(f"{self.file} is no file of scores ({error})") from error


def is_result_file(name: str) -> bool:
    """Whether a name of a call is a file of scores instead of a run."""
    return name.endswith(".json") and Path(name).expanduser().is_file()
