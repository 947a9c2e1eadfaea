"""`fig eval-metrics` on codes in a file, as a user of another framework calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from disentcli.metrics import mig, sap

from ..conftest import FIG, PROJECT, Fig, command_environment
from .in_process import Call

SLOW = """
import os, time
from typing import TypedDict
import numpy as np
from disentcli.registry import metric

class Slow(TypedDict):
    slow: float
    waited: np.ndarray

@metric("slow")
def slow(codes: np.ndarray) -> Slow:
    if os.environ.get("SLOW"):
        time.sleep(60)
    return Slow(slow=1.0, waited=np.zeros(3))
"""


@pytest.fixture
def codes(tmp_path: Path) -> Path:
    """Noisy codes of three factors, one of which never changes."""
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(3, size=400), rng.integers(5, size=400), np.zeros(400, int)], axis=1)
    values = np.concatenate(
        [factors[:, :2] + 0.2 * rng.normal(size=(400, 2)), rng.normal(size=(400, 1))], axis=1
    )
    np.savez(tmp_path / "mine.npz", codes=values, factors=factors, factor_names=["hue", "size", "pose"])
    return tmp_path / "mine.npz"


def test_warnings_are_printed_below_the_table_and_written(here: Call, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers(0, 4, (300, 2))
    codes = factors + 0.01 * rng.normal(size=factors.shape)
    codes[17] = 1e6
    np.savez(tmp_path / "outlier.npz", codes=codes, factors=factors)
    words = (
        "--codes",
        tmp_path / "outlier.npz",
        "--metrics",
        "mig,sap_continuous",
        "--out",
        tmp_path / "o.json",
    )
    done = here("eval-metrics", "eval/codes", *words)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "o.json").read_text())
    assert list(result["warnings"]) == ["mig"]
    few, crowded = result["warnings"]["mig"]
    assert few == "few points: 300 for 20 bins × 4 classes; at least 400"
    assert crowded.startswith("codes 0, 1: one equal-width bin holds more than 90% of the points")
    assert f"warning: mig: {few}" in done.stdout
    assert "MetricWarning" not in done.stderr
    by_quantiles = here("eval-metrics", "eval/codes", *words[:4], "--metrics.mig.binning", "quantile")
    assert "equal-width" not in by_quantiles.stdout, by_quantiles.stderr


def test_scores_of_a_file_are_printed_and_written_and_are_the_functions(forked_fig: Fig, codes: Path) -> None:
    (codes.parent / ".omnifig.yml").write_text("name: mine\nmodule: [disentcli.console]\n")
    folder = codes.parent / "below"
    folder.mkdir()
    words = ("eval/codes", "--codes", "../mine.npz", "--train-size", 300, "--metrics", "mig,sap,responses")
    words += ("--in-order",)
    done = forked_fig(
        *("eval-metrics", *words, "--preset", "study", "--seed", 0, "--out", "scores.json"),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads((folder / "scores.json").read_text())
    with np.load(codes) as file:
        expected = mig(file["codes"][:300], file["factors"][:300, :2])["mig"]
    assert result["schema"] == 1
    assert list(result["scores"]) == ["mig", "sap", "responses"]
    assert result["scores"]["mig"]["mig"] == expected
    assert "needs a model" in result["reasons"]["responses"]
    assert result["settings"]["preset"] == "study"
    assert result["settings"]["sampling"] == "300 + 100 of 400 rows, in their order"
    assert (folder / "scores.h5").exists()
    assert "left out, because they never change: pose" in done.stderr
    assert "not computed: responses (it needs a model" in done.stdout


def test_rows_are_drawn_by_the_seed_and_the_line_above_the_table_says_so(here: Call, codes: Path) -> None:
    out = codes.with_name("drawn.json")
    words = ("--metrics", "mig,sap", "--seed", 3, "--test-points", 50, "--points", 200, "--out", out)
    done = here("eval-metrics", "eval/codes", "--codes", codes, *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "mine.npz: 200 + 50 of 400 rows, drawn at random, seed 3"
    result = json.loads(out.read_text())
    expected_settings = {"sampling": "200 + 50 of 400 rows, drawn at random", "seed": 3, "in_order": False}
    assert expected_settings.items() <= result["settings"].items()
    rows = np.random.default_rng(3).permutation(400)
    with np.load(codes) as file:
        values, factors = file["codes"][rows], file["factors"][rows, :2]
    expected = sap(values[:200], factors[:200], values[200:250], factors[200:250])
    assert result["scores"]["sap"]["sap"] == expected["sap"]


def test_repeats_show_deviation_and_interval(here: Call, codes: Path, tmp_path: Path) -> None:
    out = tmp_path / "repeated.json"
    done = here(
        "eval-metrics", "eval/codes", "--codes", codes, "--metrics", "mig", "--repeats", 3, "--out", out
    )
    assert done.returncode == 0, done.stderr
    title, header = done.stdout.splitlines()[:2]
    assert title == "mine.npz: 266 + 134 of 400 rows, drawn at random, seeds 0 to 2"
    assert header.split() == ["score", "mean", "std", "95", "%", "from", "to"]
    spread = json.loads(out.read_text())["repeats"]["mig"]["mig"]
    assert len(spread["values"]) == 3
    assert spread["low"] < spread["mean"] < spread["high"]


def test_a_killed_evaluation_keeps_what_is_done_and_the_same_call_continues_it(
    forked_fig: Fig, codes: Path, tmp_path: Path
) -> None:
    (tmp_path / "slow_metric.py").write_text(SLOW)
    out = tmp_path / "killed.json"
    words = ["eval-metrics", "eval/codes", "--codes", str(codes), "--metrics", "mig,slow", "--out", str(out)]
    words += ["--module", "slow_metric"]
    env = command_environment(tmp_path, tmp_path)
    env["PYTHONPATH"] = os.pathsep.join([str(tmp_path), env["PYTHONPATH"]])
    process = subprocess.Popen(
        [str(FIG), *words], cwd=PROJECT, env={**env, "SLOW": "1"}, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not out.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = json.loads(out.read_text())
    assert list(before["scores"]) == ["mig"]

    other = forked_fig(*words, "--seed", 1, env=env)
    assert other.returncode == 2
    assert "unfinished evaluation of another call (seed differ" in other.stderr
    again = forked_fig(*words, env=env)
    assert again.returncode == 0, again.stderr
    assert "continued: mig from" in again.stderr
    after = json.loads(out.read_text())
    assert list(after["scores"]) == ["mig", "slow"]
    assert after["seconds"]["mig"] == before["seconds"]["mig"]
    done = forked_fig(*words, env=env)
    assert (done.returncode, "--overwrite" in done.stderr) == (2, True)


def test_wrong_calls_are_short(here: Call, codes: Path, tmp_path: Path) -> None:
    arrays = codes.with_name("arrays.h5")
    arrays.write_bytes(b"")
    for more, meant in [
        (["--codes", tmp_path / "none.npz"], "there is no file"),
        (["--codes", codes, "--train-size", 500], "--train-size 500: the file has 400 points"),
        (["--codes", codes, "--load", "last"], "give one of them"),
        (["--codes", codes, "--out", "scores.txt"], "written as .json"),
        (["--codes", codes, "--out", tmp_path / "no" / "scores.json"], "no folder"),
        (["--codes", arrays, "--out", tmp_path / "arrays.json"], "choose another name"),
        (["--codes", codes, "--metrics", "mig,sapp"], "did you mean sap"),
        (["--codes", codes, "--metrics", "mig", "--metrics.mig.bins", "many"], "expected a whole number"),
        (["--codes", codes, "--metrics", "mig", "--metrics.mig.bin", 3], "bins"),
        (["--codes", codes, "--preset", "stury"], "did you mean study"),
        (["--codes", codes, "--repeats", 0], "repeats (command line): expected a whole number of at least 1"),
        (["--codes", codes, "--repeats", 2, "--in-order"], "--in-order keeps them; give one of them"),
        (["--codes", codes, "--mode", "test"], "--mode"),
    ]:
        done = here("eval-metrics", "eval/codes", *more)
        assert done.returncode == 2, (more, done.stderr)
        assert meant in done.stderr, (more, done.stderr)
        assert done.stderr.count("\n") <= 4


def test_torch_is_not_imported(codes: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from disentcli.cli import fig\n"
        "try: fig(sys.argv[1:])\nexcept SystemExit: pass\n"
        "sys.exit('torch' in sys.modules)"
    )
    words = ["eval-metrics", "eval/codes", "--codes", str(codes), "--metrics", "mig,beta_vae"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
