"""The results as one page: docs/results/speed.md, from the JSON files in benchmarks/results.

python benchmarks/report.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from machine import read_result

from disentcli.tables.table import markdown_table

PAGE = Path(__file__).parents[1] / "docs" / "results" / "speed.md"
Cases = Mapping[str, Mapping[str, Any]]


def ratio(row: Mapping[str, Any]) -> str:
    """1.013 [1.001, 1.032]."""
    return f"{row['median']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


def machine_of(row: Mapping[str, Any]) -> str:
    """AMD EPYC, 2 threads, torch 2.13.0+cpu, 2026-11-22."""
    found = row["machine"]
    device = found["processor"] if found["device"] == "cpu" else found["device"]
    return f"{device}, {found['threads']} threads, torch {found['torch']}, {found['date']}"


def table(*rows: tuple[object, ...]) -> Iterator[str]:
    """Lines of Markdown; the first row holds the heads of the columns."""
    head, *body = [[str(cell) for cell in row] for row in rows]
    yield from markdown_table(head, body, left=len(head)).splitlines()


def train_step(result: Mapping[str, Any]) -> Iterator[str]:
    rows: list[tuple[object, ...]] = [
        ("network", "batch", "ours ÷ bare", "with callbacks", "pairs", "ms a step", "machine")
    ]
    for name, row in result["cases"].items():
        size = f"{row['batch_size']} × {'×'.join(map(str, row['shape']))}"
        milliseconds = f"{1e3 * row['seconds_a'] / row['steps']:.1f}"
        callbacks = f"{row['with_callbacks']:.3f}" if "with_callbacks" in row else "not measured"
        rows.append((name, size, ratio(row), callbacks, row["pairs"], milliseconds, machine_of(row)))
    yield from table(*rows)


def peers(result: Mapping[str, Any]) -> Iterator[str]:
    rows: list[tuple[object, ...]] = [("peer", "ours ÷ theirs", "images a second", "theirs", "machine")]
    for row in result["cases"].values():
        named = ", ".join(f"{name} {number}" for name, number in row["versions"].items())
        rates = row["images_per_second"]
        rows.append((named, ratio(row), f"{rates['ours']:,.0f}", f"{rates['theirs']:,.0f}", machine_of(row)))
    yield from table(*rows)


def many(result: Mapping[str, Any]) -> Iterator[str]:
    head = (
        "network",
        "runs",
        "way",
        "together ÷ one by one",
        "model-steps a second",
        "one by one",
        "machine",
    )
    rows: list[tuple[object, ...]] = [head]
    for row in result["cases"].values():
        way = f"{row['way']}{'' if row['chosen'] else ' (not chosen)'}"
        speeds = [f"{row[f'model_steps_per_second_{side}']:,.1f}" for side in ("together", "one_by_one")]
        network = ", ".join([row["network"], *row.get("variant", ())])
        rows.append((network, row["runs"], way, ratio(row), *speeds, machine_of(row)))
    yield from table(*rows)


def compiled(result: Mapping[str, Any]) -> Iterator[str]:
    head = ("network", "compiled ÷ as written", "seconds to compile", "pays after, steps", "machine")
    rows: list[tuple[object, ...]] = [head]
    for name, row in result["cases"].items():
        pays = f"{row['pays_after']:,}" if row["pays_after"] else "never"
        rows.append((name, ratio(row), f"{row['seconds_to_compile']:.0f}", pays, machine_of(row)))
    yield from table(*rows)


def evaluation(result: Mapping[str, Any]) -> Iterator[str]:
    rows: list[tuple[object, ...]] = [("network", "ours ÷ bare", "images a second", "machine")]
    for name, row in result["cases"].items():
        rows.append((name, ratio(row), f"{row['images_per_second']:,.0f}", machine_of(row)))
    yield from table(*rows)


def memory(result: Mapping[str, Any]) -> Iterator[str]:
    rows: list[tuple[object, ...]] = [("network", "ours, MB", "bare, MB", "ours ÷ bare", "machine")]
    for name, row in result["cases"].items():
        sizes = [f"{row[side] / 1e6:,.0f}" for side in ("ours", "bare")]
        rows.append((name, *sizes, f"{row['ratio']:.2f}", machine_of(row)))
    yield from table(*rows)


def start_up(result: Mapping[str, Any]) -> Iterator[str]:
    found = [(name, f"{seconds:.2f}") for name, seconds in result["seconds"].items()]
    yield from table(("", "seconds"), *found)
    yield from ("", machine_of(result))


def data(result: Mapping[str, Any]) -> Iterator[str]:
    found = [
        (f"from memory, {name}", ratio(row), f"{row['images_per_second']:,.0f}")
        for name, row in result["resident"].items()
    ]
    yield from table(("batches of 128 images 3×64×64", "ours ÷ index_select", "images a second"), *found)
    yield ""
    times = f"{result['mapped']['ratio']:.1f} times"
    yield f"From the disk, uncached: {times} what the training of disentanglement_lib's VAE takes."
    yield from ("", machine_of(result))


def many_runs(result: Mapping[str, Any]) -> Iterator[str]:
    head = ("asked", "runs", "never read, seconds", "again", "MB")
    rows: list[tuple[object, ...]] = [head]
    counts = sorted(result["runs"], key=int)
    for name in dict.fromkeys(name for count in counts for name in result["runs"][count]):
        for count in (one for one in counts if name in result["runs"][one]):
            found = result["runs"][count][name]
            seconds = [f"{found[when]['cpu']:.1f}" for when in ("first", "again")]
            rows.append((name, f"{int(count):,}", *seconds, max(one["mb"] for one in found.values())))
    yield from table(*rows)
    yield from ("", machine_of(result))


def metrics(result: Mapping[str, Any]) -> Iterator[str]:
    found = [
        (name, rows["study"].get("ours", ""), rows["study"].get("reference", ""))
        for name, rows in result["seconds"].items()
    ]
    yield from table(("factors of", "the study's suite, seconds", "with scikit-learn"), *found)
    yield from ("", machine_of(result))


SECTIONS: dict[str, tuple[str, str, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    "train_step": (
        "Training step, ours ÷ a bare PyTorch loop",
        "One step of `fig train` ÷ one step of a bare PyTorch loop of the same network, optimiser, batch "
        "and layout. The bare loop also gathers its batch of bytes and converts it.",
        train_step,
    ),
    "peers": (
        "The same VAE trained by others",
        "disentanglement_lib's VAE in batches of 64, each with its own trainer, in images a second: `make "
        "bench-peers`, which makes an environment of its own.",
        peers,
    ),
    "many": (
        "Many runs in one process",
        "Seconds ÷ those of the same runs one after another. `--seeds 8` stacks the parameters of small "
        "networks without convolutions, the others take each step in turn; what was not chosen is measured "
        "too. On a CPU only the first kind gains, the more the longer calls take beside arithmetic.",
        many,
    ),
    "compiled": (
        "Compilation",
        "A step with `--compile true` ÷ the same step as written. Convolutions, matrix products and the "
        "fused optimiser are already one kernel each, so that on a CPU it pays for few networks.",
        compiled,
    ),
    "data": (
        "Data",
        "Random batches from memory against `torch.index_select` on ready-made float images, which take "
        "four times the memory, and from a disk with a cold page cache. Rendering all 737,280 sprites "
        "takes 2 seconds on one core, all 480,000 rooms 37 seconds on two.",
        data,
    ),
    "metrics": (
        "Metrics",
        "The complete suite of the 2019 study, 10,000 + 5,000 points of 10 codes, against the same "
        "formulas written with scikit-learn (`make bench-metrics`). The trees of DCI are exactly those of "
        "scikit-learn's `GradientBoostingClassifier`. A new installation compiles them once, some 10 "
        "seconds.",
        metrics,
    ),
    "many_runs": (
        "Many runs in one folder",
        "Runs of study/locatello-2019 that were made up, and seconds of the processor that a call of `fig` "
        "takes: in a folder of which no index exists, and once there is one. `plan` is the dry run of all "
        "12,600 runs, `load` finds one by the beginning of its name, `compare` shows MIG.",
        many_runs,
    ),
    "evaluation": ("Encoding for an evaluation", "Against a bare loop over the same batches.", evaluation),
    "memory": ("Peak memory of training", "Of the process, beside that of the bare loop.", memory),
    "start_up": (
        "Start-up",
        "From the call to the first step of `fig train`, on data that are there.",
        start_up,
    ),
}


def page() -> Iterator[str]:
    """Lines of Markdown; parts that were not measured are left out, GPUs follow CPUs."""
    yield "# Speed"
    yield ""
    yield "*Written by `python benchmarks/report.py` from `benchmarks/results`: do not edit.*"
    yield ""
    yield "Medians with 95 % intervals, over alternating pairs. A ratio of seconds below 1 is in our favour;"
    yield "against peers and in the data part it is one of images per second, above 1 in our favour."
    yield "`make bench` measures all of it, `python benchmarks/train_step.py --only sdim` a part."
    if not any(read_result(f"{name}-cuda") for name in SECTIONS):
        yield "No CUDA device has been measured yet."
    for name, (title, intro, lines) in SECTIONS.items():
        for suffix in ("", "-cuda"):
            result = read_result(name + suffix)
            if result:
                yield from ("", f"## {title}{' (GPU)' if suffix else ''}", "", intro, "", *lines(result))


def main() -> None:
    PAGE.write_text("\n".join(page()) + "\n")
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
