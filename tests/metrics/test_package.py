"""The Python API: every registered metric under its name in `disentcli.metrics`, light to import."""

from __future__ import annotations

import subprocess
import sys

from disentcli.registry import catalog

HEAVY = ("torch", "sklearn", "scipy", "numba", "h5py", "matplotlib")


def test_every_metric_is_a_function_of_the_package() -> None:
    import disentcli.metrics as package

    own = [entry for entry in catalog.entries("metric") if entry.module.startswith("disentcli.")]
    assert {entry.name.replace("-", "_") for entry in own} == set(package.__all__)
    assert all(callable(getattr(package, name)) for name in package.__all__)


def test_names_stay_functions_whatever_is_imported_and_nothing_heavy_is() -> None:
    code = (
        "import sys, types; from disentcli.metrics.mig import mig as first; import disentcli.metrics.dci;"
        "from disentcli.metrics import mig, dci; assert mig is first and isinstance(dci, types.FunctionType);"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
