"""What `eval`, `eval-metrics` and `encode` share: which run, which of its images, where results go."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ..console.terminal import echo_next
from ..errors import CallError, DisentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from ..config.settings import Settings
    from ..methods.inference import Inference
    from ..metrics.context import MetricContext
    from ..metrics.entity_images import EntityImages
    from ..metrics.evaluate import EvaluationResult
    from ..metrics.split_parts import SplitParts
    from ..runs.data_check import DataCheck
    from ..runs.run import Run
    from .plan import EvaluationPlan


@dataclass(frozen=True)
class EvalSession:
    """A run's model and data, loaded to be evaluated.

    step: that of the checkpoint. trained_batch_size: the size of the batches that it was trained on.
    data: whether the data are still those of the training, which results record.
    """

    run: Run
    splits: Any
    inference: Inference
    step: int
    trained_batch_size: int
    data: DataCheck

    def indices(self, part: str, limit: int | None = None) -> tuple[np.ndarray, str]:
        """The dataset indices of a part, at most `limit`, evenly spread over it; and how many, in words.

        Raises:
            CallError: the part is empty.
        """
        from ..data.parts import share_of
        from ..data.splits.splits import subsample_evenly

        found = self.splits.part(part, len(self.inference.dataset))
        used = found if limit is None else subsample_evenly(found, limit)
        how = ", evenly spread" if len(used) < len(found) else ""
        if part == "held-out" and self.splits.held_out_is_trained:
            how += ", which an update stage trained on"
        return used, share_of(part, len(used), len(found)) + how

    def metric_context(self, plan: EvaluationPlan, mode: str | None) -> MetricContext:
        """What metrics may ask for, of the part `mode`; nothing is computed yet.

        Without a mode, points come from all of the data, and what learns from the training part tests on
        `val`.
        """
        from ..metrics.context import MetricContext
        from .representation_encoder import RepresentationEncoder

        splits, part = self.splits, mode or "all"
        split, _ = self.indices(part)
        return MetricContext(
            dataset=self.inference.dataset,
            model=self.inference.model,
            split=split,
            encode=self.inference.encode,
            respond=self.inference.respond,
            draw_latents=self.inference.sample_latents,
            draw_parts=partial(self._draw_parts, mode),
            entity_images_of=partial(self._entity_images, mode),
            part=part,
            points=plan.points,
            test_points=plan.test_points,
            seed=plan.seed,
            quiet=plan.quiet,
            represent=RepresentationEncoder(
                self.inference,
                splits.train,
                split if mode else splits.val,
                tested=mode or "val",
                shown=splits.trainable,
                quiet=plan.quiet,
            ),
        )

    def _draw_parts(
        self,
        mode: str | None,
        encode: Callable[[np.ndarray], np.ndarray],
        points: int,
        other_points: int,
        seed: int,
    ) -> SplitParts:
        """The parts of the split; `mode` val or test leaves the other one out of the in-distribution part."""
        from ..methods.composition_error import CompositionErrors
        from ..methods.decoding_error import DecodingErrors
        from ..metrics.split_parts import SplitParts

        return SplitParts(
            self.inference.dataset,
            self.splits.generalisation_parts(len(self.inference.dataset), mode),
            encode,
            DecodingErrors(self.inference),
            CompositionErrors(self.inference),
            self.splits.held_out_factors,
            points,
            other_points,
            seed,
            ordered=getattr(getattr(self.inference.model, "latent", None), "ordered", True),
        )

    def _entity_images(
        self, mode: str | None, encode: Callable[[np.ndarray], np.ndarray], seed: int
    ) -> EntityImages:
        """Images of the part by entity, for a model with regions."""
        from ..methods.relational_inference import RelationalInference
        from ..metrics.entity_images import EntityImages

        part = mode or "val"
        model = RelationalInference(self.inference)
        indices = self.splits.val if mode is None else self.indices(mode)[0]
        return EntityImages(self.inference.dataset, model, self.splits.train, indices, encode, part, seed)


def find_run(settings: Settings) -> Run:
    """The run that --load names."""
    from ..runs.run import Run

    name = settings.get("load")
    if name is None:
        raise no_run_named(settings)
    return Run.find(settings.get("saveroot"), name)


def no_run_named(settings: Settings) -> CallError:
    """The error of a call that evaluates a run and names none."""
    return CallError(
        f"fig {settings.script} needs a run: --load RUN (a name, a unique prefix, a path, or last); "
        "`fig list runs` shows them"
    )


def results_path(run: Run, ident: str) -> Path:
    """The file of the results of this ident; raises DisentError if the run's folder cannot be written."""
    from ..runs.naming import validate_name

    if not os.access(run.path, os.W_OK):
        raise DisentError(f"the results belong into {run.path}, which you may not write")
    return run.results / f"{validate_name(ident)}.json"


def open_run(settings: Settings, run: Run, representation: str | None = None) -> EvalSession:
    """Load the run's model and data, to evaluate its only representation or the one of this name.

    With --download, what is missing of the data is fetched before.
    """
    checkpoint, device = settings.get("checkpoint"), settings.get("device")
    batch_size, dataroot = settings.get("dataset.batch-size"), settings.get("dataroot")
    data_changed = settings.get("data-changed")
    from ..data.download.missing import missing_sources, prepare_datasets
    from ..methods.inference import Inference
    from ..runs.load import dataset_of, load_run
    from ..training.malloc_tuning import disable_malloc_trim

    disable_malloc_trim()
    if settings.get("download"):
        sources = missing_sources(dataset_of(run), dataroot)
        prepare_datasets(sources, dataroot, quiet=settings.get("quiet"))
    loaded = load_run(
        run.path,
        checkpoint=checkpoint,
        device=device,
        dataroot=dataroot,
        path=settings.get("path"),
        data_changed=data_changed,
    )
    inference = Inference(loaded.model, loaded.items, batch_size, representation=representation)
    return EvalSession(run, loaded.splits, inference, loaded.step, loaded.batch_size, loaded.data)


def show(
    title: str,
    evaluation: EvaluationResult,
    results: Path | None,
    figures: Sequence[Path] = (),
    *,
    only_computed: bool = False,
) -> None:
    """Print the scores as a table, why some are null, what to know of others, and where everything lies.

    Of repeated measurements, deviation and interval stand beside each mean. With `only_computed`, metrics of
    which nothing could be computed stand in one line below the table, not in it.
    """
    from ..tables.score_tables import score_lines, warning_lines
    from ..tables.table import show_table

    scores, reasons = evaluation.scores, dict(evaluation.reasons)
    left_out = [name for name, found in scores.items() if name in reasons and not any_number(found)]
    if only_computed and len(left_out) < len(scores):
        scores = {name: found for name, found in scores.items() if name not in left_out}
    header, *rows = score_lines(scores, evaluation.stats)
    show_table(header, rows, title)
    if only_computed and left_out:
        echo_next(f"not computed: {by_reason({name: reasons.pop(name) for name in left_out})}")
    for name, reason in reasons.items():
        echo_next(f"no {name}: {reason}")
    for line in warning_lines(evaluation.warnings):
        print(line)
    if results:
        print(f"results: {results}")
    if figures:
        print(f"figures: {figures[0].parent} ({', '.join(path.name for path in figures)})")


def any_number(scores: Mapping[str, float | None]) -> bool:
    """Whether one of the scores of a metric could be computed."""
    return any(value is not None for value in scores.values())


def by_reason(reasons: Mapping[str, str]) -> str:
    """The reasons of several metrics as one line, each once.

    >>> by_reason({"irs": "it needs a model", "fid": "it needs a model", "mig": "the file has no factors"})
    'irs, fid (it needs a model); mig (the file has no factors)'
    """
    names: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        names.setdefault(reason, []).append(name)
    return "; ".join(f"{', '.join(found)} ({reason})" for reason, found in names.items())
