"""Seconds and memory of what is asked of many runs: plan, status, list, load, compare; runs are made up.

    python benchmarks/many_runs.py [--runs 100 1000 10000] [--keep FOLDER]

The runs are the first ones of study/locatello-2019, with the files, settings and scores that a run of it
leaves, but for empty checkpoints. Each question is a process of its own: first on a folder that was never
read, then again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from machine import machine, read_result, write_result

from disentcli.config.config_store import ConfigStore
from disentcli.experiment.dry_run import check_command
from disentcli.experiment.sweep_call import read_sweep
from disentcli.experiment.sweep_plan import SweepRun
from disentcli.runs.checksums import with_checksum, with_first_line

ROOT = Path(__file__).parents[1]
STUDY = "study/locatello-2019"
START = datetime(2026, 1, 1)
SCORES = {  # of the metrics of the study: the names of their scores
    "mig": ("mig", "ceiling"),
    "dci": ("disentanglement", "completeness", "informativeness_train", "informativeness_test"),
    "sap": ("sap",),
    "modularity_explicitness": ("modularity", "explicitness_train", "explicitness_test"),
    "irs": ("irs",),
    "unsupervised": ("gaussian_total_correlation", "gaussian_wasserstein", "mutual_information"),
    "infomec": ("modularity", "compactness", "explicitness"),
    "beta_vae": ("train_accuracy", "eval_accuracy"),
    "factor_vae": ("train_accuracy", "eval_accuracy", "num_active_dims"),
    "responses": ("causal_disentanglement_score",),
}
#: what is asked, as words of `fig`; {run} is the beginning of one run's name
QUESTIONS = {
    "plan": ["sweep", STUDY, "--dry-run"],
    "status": ["sweep", STUDY, "--status"],
    "list": ["list", "runs"],
    "load": ["compare", "{run}"],
    "compare": ["compare", "*", "--metrics", "mig.mig"],
    "compare by method": ["compare", "*", "--by", "method,reg-wt,dataset", "--metrics", "mig.mig"],
}


def planned_runs() -> list[SweepRun]:
    """All runs of the study, those of the first seeds first, so that any number of them is of all cells."""
    plan = read_sweep(check_command(["sweep", STUDY], ConfigStore({}, ROOT))).plan
    return sorted(plan, key=lambda one: one.seed)


def make_runs(folder: Path, plan: Sequence[SweepRun]) -> None:
    """The folders of these runs, each as `fig train` and the calls that follow it leave one."""
    rng = np.random.default_rng(0)
    for at, one in enumerate(plan):
        write_run(folder, one, START + timedelta(minutes=at), rng)


def write_run(folder: Path, one: SweepRun, when: datetime, rng: np.random.Generator) -> None:
    """One run, completed and measured."""
    method, data = one.configs[0].rpartition("/")[2], one.configs[1].replace("/", "-")
    run = folder / f"{data}_{method}_{when:%y%m%d-%H%M%S}"
    for part in ("checkpoints", "records", "results", "figures/metrics-standard"):
        (run / part).mkdir(parents=True)
    arguments = dict(one.arguments)
    (run / "config.yaml").write_text(with_first_line(yaml.safe_dump(config_of(one, method, data, arguments))))
    for file in ("lock", "checkpoints/step-000300000.pt", "figures/metrics-standard/mig.png"):
        (run / file).touch()
    (run / "records" / "scalars.jsonl").write_text('{"step": 300000, "loss": 1.0}\n')
    for ident, content in (("eval-train", losses(rng)), ("metrics-standard", scores(rng))):
        write_json(run / "results" / f"{ident}.json", content)
    write_json(run / "run.json", info_of(run.name, one, when))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(with_checksum(content), indent=1))


def config_of(one: SweepRun, method: str, data: str, arguments: Mapping[str, str]) -> dict[str, Any]:
    """As many values as a config of such a run has."""
    weight = float(arguments.get("reg-wt", 1000))
    dataset = {"_type": data.removeprefix("d-"), "grey": False, "pad": False, "batch_size": 64}
    networks = {
        name: {"_type": "dislib", "initialization": "glorot", "nonlin": "relu", "kernels": [4, 4, 2, 2]}
        for name in ("encoder", "decoder")
    }
    optimizer = {"_type": "adam", "lr": 1e-4, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.0}
    latent = {"_type": "gaussian", "latent_dim": 10, "scale": "log-variance"}
    split = {"_type": "all", "replacement": True, "test_share": 0.2, "val_share": 0.1, "hold_out": None}
    capacity = {"capacity": float(arguments["model.capacity"])} if "model.capacity" in arguments else {}
    model = {"_type": method, "reg_wt": weight, "latent": latent, **networks, "optim": optimizer, **capacity}
    often = {name: {"freq": 1000} for name in ("validation", "checkpoint", "records", "print", "viz")}
    root = {"seed": one.seed, "budget": 300000, "latent_dim": 10, "reg_wt": weight, "precision": "float32"}
    return {**root, **often, "dataset": dataset, "split": split, "model": model}


def info_of(name: str, one: SweepRun, when: datetime) -> dict[str, Any]:
    """run.json of a completed run."""
    return {
        "schema": 1,
        "name": name,
        "status": "completed",
        "step": 300000,
        "created": when.isoformat(timespec="microseconds"),
        "budget": 300000,
        "seed": one.seed,
        "data": "d7c4e931c1cea19e",
        "device": "cuda",
        "threads": 1,
        "plan": one.sweep_key,
        "command": ["fig", *one.argv],
        "versions": {"python": "3.11.7", "disentcli": "0.2.0", "torch": "2.13.0", "numpy": "2.4.6"},
        "machine": {"system": "Linux", "host": "node", "processor": "x86_64"},
        "wall_seconds": 6000.0,
        "called": {"eval": {}, "eval-metrics eval/standard --preset study": {}},
    }


def losses(rng: np.random.Generator) -> dict[str, Any]:
    found = {name: float(rng.random()) for name in ("loss", "reconstruction", "kl", "mse", "psnr")}
    return results_of({"losses": found}, {"mode": "train", "step": 300000, "data": "d7c4e931c1cea19e"})


def scores(rng: np.random.Generator) -> dict[str, Any]:
    found = {metric: {name: float(rng.random()) for name in names} for metric, names in SCORES.items()}
    drawn = "10,000 points drawn uniformly, with replacement, from the full grid"
    settings = {
        "preset": "study",
        "metrics": {metric: {} for metric in SCORES},
        "points": 10000,
        "test_points": 5000,
        "seed": 0,
        "mode": "all",
        "full_grid": True,
        "step": 300000,
        "sampling": drawn,
        "computed_on": dict.fromkeys(SCORES, drawn),
        "data": "d7c4e931c1cea19e",
        "version": "0.2.0",
    }
    return results_of(found, settings)


def results_of(found: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    seconds = dict.fromkeys(found, 1.0)
    return {"schema": 1, "scores": found, "reasons": {}, "settings": settings, "seconds": seconds}


#: runs a command in a process that is small itself: a child's peak counts from its parent's memory
MEASURE = """
import os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss, file=sys.stderr)
sys.exit(status != 0)
"""
KILO = 1e3 if sys.platform == "linux" else 1e6  # ru_maxrss is in kilobytes, on macOS in bytes


def ask(words: Sequence[str], folder: Path) -> dict[str, float]:
    """Seconds, those of the processor, and peak megabytes of one call of fig."""
    call = [sys.executable, "-m", "disentcli.cli", *words, "--saveroot", str(folder)]
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", MEASURE, *call],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    seconds, cpu, peak = map(float, done.stderr.splitlines()[-1].split())
    return {"seconds": round(seconds, 2), "cpu": round(cpu, 2), "mb": round(peak / KILO)}


def measure(folder: Path, only: Sequence[str]) -> Iterator[tuple[str, dict[str, dict[str, float]]]]:
    """Each question with its first answer, where nothing is known of the folder, and the second."""
    run = min(path.name for path in folder.iterdir() if not path.name.startswith("."))[:-1]
    for name, words in QUESTIONS.items():
        if only and name not in only:
            continue
        filled = [word.format(run=run) for word in words]
        forget(folder)
        yield name, {"first": ask(filled, folder), "again": ask(filled, folder)}


def forget(folder: Path) -> None:
    """Remove what earlier calls have kept of this folder."""
    shutil.rmtree(folder / ".index", ignore_errors=True)


def main() -> None:
    call = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    call.add_argument("--runs", type=int, nargs="+", default=[100, 1000, 10000])
    call.add_argument("--only", nargs="*", default=[], choices=QUESTIONS)
    call.add_argument("--keep", type=Path, help="make the runs in this folder, and leave them there")
    options = call.parse_args()
    plan, rows = planned_runs(), read_result("many_runs").get("runs", {})
    for count in options.runs:
        folder = (options.keep or Path(tempfile.mkdtemp())) / str(count)
        if not folder.is_dir():
            make_runs(folder, plan[:count])
        for name, found in measure(folder, options.only):
            rows.setdefault(str(count), {})[name] = found
            texts = [f"{one['seconds']:7.2f} s, {one['mb']:5.0f} MB" for one in found.values()]
            print(f"{count:6} {name:18}", *texts, flush=True)
        if not options.keep:
            shutil.rmtree(folder.parent)
    print(f"written to {write_result('many_runs', {'machine': machine(), 'runs': rows})}")


if __name__ == "__main__":
    main()
