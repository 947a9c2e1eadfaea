"""Seconds of each metric, ours against the same formula written with scikit-learn, and of the study's suite.

    python benchmarks/metrics.py [--only dsprites] [--metrics mig,dci] [--without-reference dci]

10,000 training and 5,000 test points × 10 codes: standardised factors with noise, among codes of pure noise.
The reference of DCI takes minutes: about 2.3 s a factor value. Compilation (numba) is timed apart, as it
happens once an installation. With --only, what was measured before is kept beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import plain_metrics
from calls import chosen, parser
from machine import machine, read_result, write_result

import disentcli.metrics as ours
from disentcli.metrics.sampling import FunctionFactorSampler, sample_factors

SIZES = {
    "dsprites": (3, 6, 40, 32, 32),
    "shapes3d": (10, 10, 10, 8, 4, 15),
    "cars3d": (4, 24, 183),
}
STUDY = ("mig", "dci", "sap", "modularity_explicitness", "irs", "unsupervised", "beta_vae", "factor_vae")
SAMPLED = ("beta_vae", "factor_vae")
TRAIN, TEST, CODES = 10_000, 5_000, 10


def make_points(sizes: tuple[int, ...]) -> tuple[dict[str, np.ndarray], FunctionFactorSampler]:
    """Codes and factors by the names of the metrics' arguments, and a sampler of the same codes."""
    rng = np.random.RandomState(0)
    noise = rng.randn(np.prod(sizes), CODES) if np.prod(sizes) < 10**6 else rng.randn(10**6, CODES)

    def encode(factors: np.ndarray) -> np.ndarray:
        count = np.array(sizes)
        codes = noise[np.ravel_multi_index(tuple(factors.T), sizes) % len(noise)].copy()
        codes[:, : len(sizes)] *= 0.5
        codes[:, : len(sizes)] += (factors - (count - 1) / 2) / np.sqrt((count**2 - 1) / 12)
        return codes

    train, test = sample_factors(sizes, TRAIN, rng), sample_factors(sizes, TEST, rng)
    points = {"codes": encode(train), "factors": train, "test_codes": encode(test), "test_factors": test}
    return points, FunctionFactorSampler(sizes, encode)


def call_of(name: str, points: dict[str, np.ndarray], sampler: FunctionFactorSampler) -> Callable[[], Any]:
    """Our metric, ready to run; what it needs of the points is taken by name."""
    from disentcli.registry.signature import arguments_of

    function = getattr(ours, name)
    if name in SAMPLED:
        return lambda: function(sampler, np.random.RandomState(0))
    taken = {key: points[key] for key in arguments_of(function) if key in points}
    return lambda: function(**taken)


def reference_of(
    name: str, points: dict[str, np.ndarray], sampler: FunctionFactorSampler
) -> Callable[[], Any]:
    """The plain one."""
    function = getattr(plain_metrics, name)
    if name in SAMPLED:
        return lambda: function(sampler, np.random.RandomState(0))
    return lambda: function(*points.values())


def seconds(call: Callable[[], Any]) -> float:
    """How long it takes once."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure(name: str, sizes: tuple[int, ...], with_reference: bool) -> dict[str, float]:
    """Seconds of ours (the better of two, the first may compile), and of the reference."""
    points, sampler = make_points(sizes)
    call = call_of(name, points, sampler)
    first, second = seconds(call), seconds(call)
    row = {"ours": min(first, second), "first_call": first}
    if with_reference:
        row["reference"] = seconds(reference_of(name, points, sampler))
        row["ratio"] = row["reference"] / row["ours"]
    return {key: round(value, 4) for key, value in row.items()}


def main() -> None:
    call = parser(__doc__, device=False, only=SIZES)
    call.add_argument("--metrics", default=",".join(STUDY))
    call.add_argument("--without-reference", default="")
    options = call.parse_args()
    without = options.without_reference.split(",")
    results: dict[str, Any] = read_result("metrics").get("seconds", {}) if options.only else {}
    for data in chosen(options, SIZES):
        rows = results.setdefault(data, {})
        for name in options.metrics.split(","):
            rows[name] = measure(name, SIZES[data], hasattr(plain_metrics, name) and name not in without)
            print(f"{data:10}{name:26}{_line(rows[name])}", flush=True)
        suite = {
            key: sum(rows[name][key] for name in STUDY)
            for key in ("ours", "reference")
            if all(key in rows.get(name, {}) for name in STUDY)
        }
        rows["study"] = {key: round(value, 2) for key, value in suite.items()}
        print(f"{data:10}{'the study’s suite':26}{_line(rows['study'])}", flush=True)
    path = write_result("metrics", {"machine": machine(), "points": [TRAIN, TEST, CODES], "seconds": results})
    print(f"written to {path}")


def _line(row: dict[str, float]) -> str:
    plain = f", scikit-learn {row['reference']:8.2f} s" if "reference" in row else ""
    return f"{row['ours']:8.3f} s{plain}" if "ours" in row else "not all of it was measured"


if __name__ == "__main__":
    main()
