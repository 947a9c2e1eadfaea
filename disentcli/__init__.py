"""disentcli: learn disentangled representations, and measure them.

Models, data and metrics are in `disentcli.data`, `.nets`, `.latents`, `.methods` and `.metrics`; each exports
its names, and imports torch only when one of them is used.
"""

from typing import TYPE_CHECKING

from .registry.lazy_exports import attach
from .registry.version import __version__ as __version__

if TYPE_CHECKING:
    from .errors import CallError as CallError, DisentError as DisentError
    from .registry.catalog import list_components as list_components
    from .runs.load import LoadedRun as LoadedRun, load_run as load_run
    from .runs.run import Run as Run
    from .runs.run_index import list_runs as list_runs

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "CallError": "errors",
        "DisentError": "errors",
        "LoadedRun": "runs.load",
        "Run": "runs.run",
        "list_components": "registry.catalog",
        "list_runs": "runs.run_index",
        "load_run": "runs.load",
    },
)
