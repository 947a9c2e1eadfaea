"""Each command of the published systems has one here, which does its first steps on a few random images.

The commands of a page are typed from the first to the last. `RUN` is the newest run: what the training above
it left. Little is computed: two steps, few points; of a sweep the first run. Everything else is as it stands.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from disentcli.config.config_store import ConfigStore
from disentcli.evaluation.plan import make_plan
from disentcli.experiment.dry_run import check_command
from disentcli.plots import drawing, metric_arrays
from disentcli.training import image_logging

from ..commands.in_process import Place
from .pages import PAGES, TheirCommand, shown, their_commands
from .stand_in_data import write_stand_ins

TABLES = {page: rows for page in PAGES if (rows := their_commands(page))}
ROWS = [row for rows in TABLES.values() for row in rows]
SYSTEMS = {
    "structural-autoencoders",
    "latent-responses",
    "latent-quantization",
    "shared-exclusive",
    "combinatorial-generalisation",
    "weak-disentanglement",
}
FEW = {
    "train": ("--viz.freq", "0", "--logger", "none", "--quiet"),
    "eval": ("--limit", "8"),
    "eval-metrics": ("--points", "60", "--test-points", "30"),
    "encode": ("--limit", "8"),
    "figures": ("--points", "40", "--formats", "png"),
}
#: what is rendered in place of stand-ins, by a folder of conditions, where triplets need a whole grid
WHOLE_GRIDS = {
    "/dsprites/": ("d/sprites", {"scales": 2, "orientations": 2, "positions": 4}),
    "/3ds/": (
        "d/room",
        {"floor-hues": 4, "wall-hues": 4, "object-hues": 1, "scales": 2, "shapes": 2, "orientations": 1},
    ),
}
#: what is rendered in place of stand-ins that are too few to fit a region to each entity
ENOUGH_OF_EACH = {
    "paper/weak/hwf": ("d/symbols", "--dataset.per-class 30 --dataset.test 5 --model.warm-up-steps 1"),
}
VECTORS = {"d/vec", "d/syn/vec", "d/scm"}
FEW_OF_METRIC = {
    "probes": ("seeds=1", "steps=2"),
    "responses": ("num_samples=4", "num_traversals=2"),
    "cds": ("num_samples=4", "num_traversals=2"),
    "dci": ("variant=lasso",),
    "structure": ("num_samples=50",),
    "relation_accuracy": ("samples=40", "images=20", "length=2", "classifier_steps=2"),
}
#: commands that cannot run here, by a word of theirs; test_commands.py checks their configs, keys and values
NOT_RUN = {
    "download-dataset": "fetches gigabytes; tests/scripts/test_download_dataset.py has a local server",
    "board": "serves until Ctrl-C; tests/commands/test_board.py does it as a process",
    "wandb": "is not installed with the tests; tests/runs/loggers has a stand-in for it",
    "mlflow": "likewise",
    "a/qlae-dense": "75 million parameters; tests/nets/test_qlae.py counts them",
    "--fid-weights": "needs weights that nothing here fetches; tests/commands/test_fid.py has small ones",
    "eval-multiple-metrics eval/3ds --runs all": "scores every run above; test_published_lines.py has two",
    "d/celeba128": "a step of 16 convolutions at this size takes seconds; tests/nets counts their parameters",
    "latent_map": "forty images are too few; tests/plots/test_latent_map.py draws it",
    **dict.fromkeys(
        ("regions", "region_samples,regions", "relation_strips,relation_arithmetic,composed_relations"),
        "two steps fit no regions; tests/plots/test_regions.py draws them",
    ),
    "study/room-pairs": "renders 80,000 rooms first",
    "paper/weak/dsprites": "renders 80,000 sprites first; tests/methods/test_paper_weak.py has fewer",
    "paper/weak/3ds": "renders rooms first; tests/methods/test_paper_weak.py has few",
    "train paper/weak/hwf --model.label-policy first": "as without; tests/methods/test_absae.py has it",
    "train paper/weak/hwf --split.labels 0.8": "as without",
}
TYPED = {
    one.words for row in ROWS for one in row.commands if not {*one.words, " ".join(one.words)} & {*NOT_RUN}
}
NO_COUNTERPART = re.compile(r"not (yet|here|needed)\b")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project without configs of its own, and a few random images of every dataset."""
    (tmp_path / ".omnifig.yml").write_text("name: theirs\nmodule: [disentcli.console]\n")
    write_stand_ins(tmp_path / "local_data")
    return Place(tmp_path / "trained_nets", tmp_path / "local_data", tmp_path)


@pytest.mark.parametrize("page", TABLES, ids=shown)
def test_every_command_does_its_first_steps(page: Path, place: Place) -> None:
    for row in TABLES[page]:
        for command in row.commands:
            if command.words in TYPED:
                _run(place, tuple("last" if word == "RUN" else word for word in command.words), row)


@pytest.mark.parametrize("row", [row for row in ROWS if not row.commands], ids=lambda row: row.theirs)
def test_a_line_without_a_command_says_that_there_is_none(row: TheirCommand) -> None:
    assert NO_COUNTERPART.match(row.here), f"{shown(row.page)}:{row.line}"


def test_there_are_tables_of_all_published_systems_and_no_reason_is_left_over() -> None:
    assert {page.stem for page in TABLES} == SYSTEMS
    commands = [command.words for row in ROWS for command in row.commands]
    assert {*NOT_RUN} <= {word for words in commands for word in (*words, " ".join(words))}


def _run(place: Place, words: tuple[str, ...], row: TheirCommand) -> None:
    """Type a command with little to do; of a sweep list all runs, and train the first."""
    if words[0] == "sweep":
        listed = place.fig(*words, "--dry-run")
        assert listed.code == 0, f"{shown(row.page)}:{row.line}: {listed.err}"
        words = tuple(shlex.split(listed.out.splitlines()[0])[2:])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "DPI", 40)  # nobody looks at these pictures
        patch.setattr(image_logging, "COLUMNS", 2)
        if words[0] == "eval-metrics":
            patch.setattr(metric_arrays, "save_matrices", lambda *_: [])
        answer = place.fig(
            *_on_whole_grid(words), *FEW.get(words[0], ()), *_few_steps(words), *_few_of_metrics(words)
        )
    where = f"{shown(row.page)}:{row.line}: fig {shlex.join(words)}"
    assert answer.code == 0, f"{where}\n{answer.err}"
    assert words[0] != "figures" or not re.search("^no ", answer.out, re.MULTILINE), f"{where}\n{answer.out}"


def _on_whole_grid(words: tuple[str, ...]) -> list[str]:
    """The words, with small rendered data where images are composed, or where a region needs several."""
    for config, (data, options) in ENOUGH_OF_EACH.items():
        if words[0] == "train" and config in words:
            return [words[0], data, *words[1:], *options.split()]
    composed = words[0] == "train" and any("composition" in word for word in words)
    for folder, (data, options) in WHOLE_GRIDS.items():
        if composed and any(folder in word for word in words):
            few = [word for key, value in options.items() for word in (f"--dataset.{key}", str(value))]
            return [words[0], data, *words[1:], *few]
    return [*words]


def _few_steps(words: tuple[str, ...]) -> list[str]:
    """Two steps of four images, of vectors out of a few hundred; two more where a run is resumed."""
    if words[0] != "train":
        return []
    if "--resume" in words:
        return ["--budget", "4"]
    few = ["--dataset.count", "200", "--dataset.test-count", "40"] if {*words} & VECTORS else []
    return ["--budget", "2", "--dataset.batch-size", "4", *few]


def _few_of_metrics(words: tuple[str, ...]) -> list[str]:
    """Options that make the metrics of a call quick."""
    if words[0] != "eval-metrics":
        return []
    settings = check_command(words, ConfigStore({}, Path.cwd()))
    metrics = {call.label for call in make_plan(settings).calls}
    options = [(metric, *one.split("=")) for metric in metrics for one in FEW_OF_METRIC.get(metric, ())]
    return [word for metric, key, value in options for word in (f"--metrics.{metric}.{key}", value)]
