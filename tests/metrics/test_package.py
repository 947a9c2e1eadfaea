"""The Python API: every registered metric under its name in `disentcli.metrics`, light to import."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import FunctionType

import pytest

from disentcli import metrics as package
from disentcli.registry import catalog

FOLDER, NAMES = Path(package.__path__[0]), set(package.__all__)

HEAVY = ("torch", "sklearn", "scipy", "numba", "h5py", "matplotlib", "yaml", "joblib")
MOST_MODULES = 16  # of the package, loaded by one metric: 13 of `mig`, and a few to come


def test_every_metric_is_a_function_of_the_package() -> None:
    own = {entry.name: entry for entry in catalog.entries("metric") if entry.module.startswith("disentcli.")}
    names = {name.replace("-", "_") for name in own}
    assert names <= set(package.__all__)
    for name, entry in own.items():
        function = getattr(package, name.replace("-", "_"))
        assert isinstance(function, FunctionType)
        assert function is catalog.resolve("metric", name)
        assert function.__module__ == entry.module


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.iterdir() if path.stem in NAMES))
def test_a_metric_is_imported_from_the_module_of_its_name(name: str) -> None:
    assert getattr(import_module(f"disentcli.metrics.{name}"), name) is getattr(package, name)


def loaded(code: str) -> list[str]:
    """The modules that Python has loaded after running this code."""
    command = [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize(
    "code", ["from disentcli.metrics import mig", "from disentcli.metrics.mig import mig"]
)
def test_one_metric_loads_few_modules_and_nothing_heavy(code: str) -> None:
    modules = loaded(code)
    assert not set(HEAVY) & set(modules)
    own = [name for name in modules if name.partition(".")[0] == "disentcli"]
    assert "disentcli.metrics.mig" in own
    assert len(own) <= MOST_MODULES, own
    assert "disentcli.metrics.dci" not in own


def test_names_stay_functions_whatever_is_imported_before() -> None:
    loaded(
        "import types, disentcli.metrics.mig, disentcli.metrics.evaluate, disentcli.metrics.infomec.metric\n"
        "from disentcli.metrics.dci import dci as first\n"
        "from disentcli import metrics\n"
        "from disentcli.metrics import mig, dci, evaluate, infomec\n"
        "assert dci is first and metrics.dci is first\n"
        "assert all(isinstance(one, types.FunctionType) for one in (mig, dci, evaluate, infomec))"
    )
