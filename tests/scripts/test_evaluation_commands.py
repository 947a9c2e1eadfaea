"""The evaluation commands, `fig …`, with the presets of config/eval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disentcli.config.yaml12 import parse
from disentcli.evaluation.metric_selection import names_of
from disentcli.metrics.evaluate import BoundMetric
from disentcli.registry import catalog
from disentcli.runs.run import Run

from ..commands.in_process import Call
from ..toy_runs import make_run

PRESETS = sorted(Path(__file__).parents[2].joinpath("config", "eval").rglob("*.yaml"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return make_run(tmp_path_factory.mktemp("commanded"), "toy", method="vae")


def roots(run: Run) -> list[str]:
    """The arguments that lead a command to the toy run."""
    folder = run.path.parents[1]
    return ["--load", "last", "--saveroot", str(run.path.parent), "--dataroot", str(folder / "data")]


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_presets_name_metrics_and_options_that_exist(path: Path) -> None:
    preset = parse(path.read_text())
    chosen = preset.get("metrics") or {}
    for name in names_of(chosen) if not isinstance(chosen, dict) else chosen:
        options = chosen[name] if isinstance(chosen, dict) else {}
        BoundMetric(
            name, catalog.resolve("metric", name), {k.replace("-", "_"): v for k, v in options.items()}
        )
    assert preset.get("ident", f"metrics-{path.stem}") == f"metrics-{path.stem}"
    assert preset.get("preset", path.stem) in {path.stem, "standard", "fast"}
    assert path.read_text().startswith("# ")


def test_a_preset_says_what_to_measure_and_what_to_call_it(here: Call, run: Run) -> None:
    few = [
        "--points",
        "100",
        "--test-points",
        "50",
        "--metrics.dci",
        "false",
        "--metrics.responses.num-traversals",
        "1",
    ]
    done = here("eval-metrics", "eval/demo", *roots(run), *few)
    assert done.returncode == 0, done.stderr
    result = json.loads((run.path / "results" / "metrics-demo.json").read_text())
    assert set(result["scores"]) == {"mig", "responses"}
    assert result["settings"]["metrics"]["responses"] == {"num_traversals": 1}
    assert "\x1b[" not in done.stdout
    assert done.stdout.splitlines()[1].split() == ["score", "value"]
    again = here("eval-metrics", "eval/demo", *roots(run))
    assert again.returncode == 2
    assert "--overwrite" in again.stderr
    assert again.stderr.count("\n") <= 2


def test_wrong_calls_are_short_and_write_nothing(here: Call, run: Run) -> None:
    before = sorted(run.path.rglob("*"))
    for words, meant in [
        (
            ["eval", *roots(run), "--limit", "0"],
            "limit (command line): expected a whole number of at least 1",
        ),
        (["eval", *roots(run), "--mode", "held-out"], "--mode: train 47, val 5, test 12, all 64"),
        (["eval", *roots(run), "--checkpoint", "7"], "no checkpoint"),
        (["eval-metrics", *roots(run), "--metrics", "migg"], "did you mean mig"),
        (["eval-metrics", *roots(run), "--preset", "stdy"], "did you mean study"),
        (["eval-metrics", "eval/demo", *roots(run), "--ident", "x", "--metrics.mig.bin", "3"], "bins"),
        (["encode", *roots(run)], "--out codes.npz"),
        (["compare"], "name the runs to compare"),
    ]:
        done = here(*words)
        assert done.returncode == 2, (words, done.stderr)
        assert meant in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") <= 4
    assert sorted(run.path.rglob("*")) == before
