"""The pages of the reference, each a function of the configs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from disentcli.config.config_store import ConfigStore, summary
from disentcli.config.yaml12 import read
from disentcli.data.download import index
from disentcli.data.resources import format_bytes
from disentcli.registry import catalog
from disentcli.tables import method_table
from disentcli.tables.dataset_info_page import dataset_node, find_info

from .arguments import argument_table, own, script_table, settings_table
from .markdown import docstring, page, table, text_block
from .metric_tables import points_table, score_table
from .networks import architecture_tables

#: arguments of metrics that the evaluation gives
GIVEN = ("test_codes", "test_factors", "code_indices", "code_std", "grid", "kls")

FOLDER = Path(__file__).parents[1] / "reference"


def components(kind: str, *hidden: str) -> str:
    """A section for each component of a kind: its docstring and its arguments but the hidden ones."""
    parts = []
    for entry in own(kind):
        about = text_block(docstring(catalog.resolve(kind, entry.name)))
        parts += [f"### {entry.name}", about, argument_table(entry, *hidden)]
    return "\n\n".join(filter(None, parts))


def config_table(library: ConfigStore, *groups: str) -> str:
    """Configs of these folders with their first lines."""
    rows = [
        (f"`{name}`", summary(library.paths[name]))
        for group in groups
        for name in library.groups().get(group, ())
    ]
    return table(("config", "what it says"), rows)


def methods(library: ConfigStore) -> str:
    """Methods with their terms, weights and equations."""
    return page(
        "Methods",
        "A config `m/NAME` sets a method up with the published weights. Each term is logged without its "
        "weight; 1/D is the mean over the D numbers of an observation. `fig list methods vae` prints one "
        "of them. Reconstruction is binary cross-entropy on images, squared error on vectors, summed over "
        "pixels and averaged over the batch, so that β means what the papers mean by it.",
        "## Configs",
        method_table.markdown(library),
        "## Modifiers",
        "Stacked left of a method, they change a part of it: labels for a VAE method, the task of composing "
        "images, the distribution of pixels, how new codes are drawn.",
        config_table(library, "semi", "a/out", "freeze", "retrain"),
        table(
            ("config", "what it says"),
            [
                (f"`{name}`", summary(library.paths[name]))
                for name in (
                    "composition",
                    "hybrid",
                    "interpolation",
                    "codebook",
                    "distrib-loss",
                    "scheduler",
                )
            ],
        ),
        "## Objectives",
        "The class behind each config, with its equation, its source and its arguments: keys of the node "
        "`model`.",
        components("method", "sampler"),
        "## Samplers",
        components("sampler"),
        "## Supervision",
        components("supervision"),
        "## Composition operators",
        "`composition` left of an objective gives it a node `operator`: it learns from triplets of "
        "`view/triplets` to change one factor of an image as another image has it. `--model.operator mlp` "
        "takes another. `fig eval` scores the composed images against the true ones.",
        components("operator"),
        "## Schedules of weights",
        "A node `weighting` in that of the method lets the weight of its regulariser depend on the step t.",
        components("weighting"),
        "## Optimisers and schedules of the rate",
        components("optimizer"),
        components("scheduler"),
    )


def architectures(library: ConfigStore) -> str:
    """Networks with their layers and parameters."""
    return page("Architectures", *architecture_tables(library))


def latents(library: ConfigStore) -> str:
    """Latents with their arguments."""
    return page(
        "Latents",
        "The layer between encoder and decoder: it turns features into codes, says how codes are "
        "sampled, and has losses of its own. A method's config names its latent; `l/NAME` left of it puts "
        "another in its place.",
        config_table(library, "l"),
        components("latent"),
        "## Priors",
        "What an adversarial autoencoder (`m/aae`) moves its codes towards; `prior/NAME` left of it puts "
        "another in the place of the standard normal.",
        config_table(library, "prior"),
        components("prior"),
    )


def datasets(library: ConfigStore) -> str:
    """Data with factors, sizes, licences and downloads."""
    names = [
        name for group in ("d", "d/dsprites", "d/sprites", "d/array") for name in library.groups()[group]
    ]
    return page(
        "Datasets",
        "`fig list datasets 3ds` prints values, citation and home page of one and whether its files are "
        "here; `fig show-data d/room` draws it. Sizes are those of the folder below `local_data/`. A "
        "factor of size 0 is continuous.",
        table(
            ("config", "data", "image", "images", "factors", "on disk", "licence"),
            [_dataset_row(library, name) for name in names],
        ),
        "## Downloads",
        "What `fig download-dataset` fetches, checks and formats. `--from` takes files fetched by hand, "
        "`--mirror` another address.",
        table(("call", "data", "files", "download", "licence", "citation"), map(_source_row, _sources())),
        "## Arguments",
        "Keys of the node `dataset`, such as `--dataset.batch-size 64`.",
        components("dataset", "root"),
    )


def _dataset_row(library: ConfigStore, name: str) -> tuple[str, ...]:
    info = find_info(dataset_node(library, name), Path("local_data"))
    factors = [f"{factor} {size}" for factor, size in zip(info.factor_names, info.factor_sizes, strict=True)]
    many = f"{len(factors)}: {', '.join(factors[:3])}, …" if len(factors) > 12 else ", ".join(factors)
    return (
        f"`{name}`",
        info.title,
        "×".join(map(str, info.shape)) or "as in the files",
        "as in the files" if info.count is None else f"{info.count:,}",
        many or "–",
        format_bytes(info.disk) if info.disk else "–",
        info.licence or "–",
    )


def _sources() -> list[Any]:
    return list(index.all_published().values())


def _source_row(source: Any) -> tuple[str, ...]:
    files = [file.name for file in source.files]
    shown = f"{len(files)} files" if len(files) > 3 else ", ".join(files)
    size = format_bytes(sum(file.planned for file in source.files))
    return (
        f"`fig download-dataset {source.call}`",
        source.title,
        shown,
        size,
        source.licence,
        source.citation,
    )


def splits_and_views(library: ConfigStore) -> str:
    """What is trained on, and items of several images."""
    splits = [name for name in library.groups() if name == "ex" or name.partition("/")[0] == "split"]
    return page(
        "Splits and views",
        "A split says which images are trained on, validated on, tested on and held out; a view makes "
        "items of several images. Both are configs that stack with any dataset of the factors that they "
        "name.",
        "## Splits",
        config_table(library, *splits),
        components("split"),
        "## Views",
        config_table(library, "view"),
        components("view", "dataset"),
    )


def metrics(library: ConfigStore) -> str:
    """Metrics with scores, points and formulas."""
    return page(
        "Metrics",
        "`fig eval-metrics eval/3ds --load RUN` computes those of a config, `--metrics mig,dci` others, "
        "`--metrics all` all. `--metrics.mig.bins 10` gives an option. In Python each is a function of "
        "arrays: `from disentcli.metrics import mig`.",
        "## Scores",
        score_table(),
        "## What metrics are computed on",
        "P is `--points`, T `--test-points`; everything is drawn by `--seed`. With another `--mode` than "
        "`all` a grid is treated as other data are.",
        points_table(),
        "## Configs",
        config_table(library, "eval", "eval/preset"),
        "## Formulas and sources",
        components("metric", *GIVEN),
    )


def figures(_: ConfigStore) -> str:
    """What `fig figures` draws."""
    rows = [(f"`{entry.name}`", entry.summary) for entry in own("figure")]
    return page(
        "Figures",
        "`fig figures --load RUN` draws all that the run supports, `--only NAME,NAME` these.",
        table(("--only", "what it shows"), rows),
    )


def loggers(_: ConfigStore) -> str:
    """Where losses and images are logged."""
    return page(
        "Loggers",
        "`--logger NAME,NAME` chooses them, `--logger none` leaves `records/scalars.jsonl` alone. "
        "Arguments are given in a config: `logger: [tensorboard, {_type: mlflow, experiment: mine}]`.",
        components("logger", "run"),
    )


def executors(_: ConfigStore) -> str:
    """Where the runs of a sweep are made."""
    return page(
        "Executors",
        "`fig sweep … --executor NAME` chooses where the runs are made. Arguments are given under its name, "
        "`--local.jobs 4`, or in a config: `local: {jobs: 4}`.",
        components("executor"),
    )


def configs(library: ConfigStore) -> str:
    """All configs with what they stack."""
    parts = []
    for group, names in library.groups().items():
        rows = [(f"`{name}`", summary(library.paths[name]), _bases(library, name)) for name in names]
        parts += [f"## {group or 'config'}/", table(("config", "what it says", "stacks"), rows)]
    return page(
        "Configs",
        f"{len(library.paths)} files, each with its first line and the configs that it stacks. `fig show "
        "CONFIG …` prints what a call of them comes to.",
        *parts,
    )


def _bases(library: ConfigStore, name: str) -> str:
    bases = read(library.paths[name], name).get("_base") or []
    return ", ".join(f"`{base}`" for base in ([bases] if isinstance(bases, str) else bases)) or "–"


def settings(_: ConfigStore) -> str:
    """Every root setting."""
    return page(
        "Settings",
        "Root keys, given as `--KEY VALUE` or in a config. `-` and `_` are one. Arguments of components "
        "are given in their own node: `--model.optim.lr`, `--dataset.size`, `--metrics.mig.bins`.",
        settings_table(),
    )


def scripts(_: ConfigStore) -> str:
    """Each command with its settings."""
    parts = []
    for entry in own("script"):
        takes = "config" if entry.script.takes == "configs" else "name"
        usage = f"fig {entry.name} [<{takes}> …] [--key value …]"
        about = docstring(catalog.resolve("script", entry.name))
        parts += [f"## {entry.name}", text_block(f"{usage}\n\n{about}"), script_table(entry)]
    return page(
        "Scripts",
        "Each is a command after `fig`, or after `python main.py` in a checkout that is not installed. "
        "`fig train -h` prints a page with its settings and the configs.",
        *parts,
    )


PAGES: dict[str, Callable[[ConfigStore], str]] = {
    "methods": methods,
    "architectures": architectures,
    "latents": latents,
    "datasets": datasets,
    "splits-and-views": splits_and_views,
    "metrics": metrics,
    "figures": figures,
    "loggers": loggers,
    "executors": executors,
    "configs": configs,
    "settings": settings,
    "scripts": scripts,
}
