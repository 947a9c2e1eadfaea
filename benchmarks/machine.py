"""What a benchmark ran on, and how its results are written down."""

from __future__ import annotations

import json
import os
import platform
from datetime import date
from pathlib import Path
from typing import Any

import torch

RESULTS = Path(__file__).parent / "results"


def machine(device: str = "cpu") -> dict[str, Any]:
    """Processor, cores, threads and versions."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else "cpu",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "date": date.today().isoformat(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def path_of(name: str, device: str = "cpu") -> Path:
    """Where the results of this name are: those of GPUs in a file of their own."""
    return RESULTS / f"{name}{'' if device == 'cpu' else '-cuda'}.json"


def read_result(name: str, device: str = "cpu") -> dict[str, Any]:
    """The last result of this name; nothing if there is none."""
    path = path_of(name, device)
    return dict(json.loads(path.read_text())) if path.exists() else {}


def write_result(name: str, result: dict[str, Any], device: str = "cpu") -> Path:
    """Write it, replacing the last one of this name."""
    RESULTS.mkdir(exist_ok=True)
    path = path_of(name, device)
    path.write_text(json.dumps(result, indent=2) + "\n")
    return path


def add_case(name: str, case: str, measured: dict[str, Any], device: str = "cpu") -> Path:
    """Put one case into the result of this name, beside what was measured before, each with its machine."""
    former = read_result(name, device).get("cases", {})
    row = {**measured, "machine": machine(device)}
    return write_result(name, {"cases": {**former, case: row}}, device)
