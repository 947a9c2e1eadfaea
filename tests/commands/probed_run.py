"""A place with one short run, in which calls are refused."""

from __future__ import annotations

import shlex

from .in_process import Place

SMALL = "m/vae d/vec --dataset.count 300 --dataset.test-count 50 --dataset.batch-size 16 --logger none"
TRAIN = f"train {SMALL} --budget 3"
RUN = "probed"


def check_refused(place: Place, words: list[str], *names: str) -> None:
    """Exit code 2, a short message that names these, and nothing new in the folder of runs."""
    before = sorted(place.runs.rglob("*"))
    answer = place.fig(*words)
    assert answer.refused(*names), f"{shlex.join(words)}\n{answer}"
    assert sorted(place.runs.rglob("*")) == before
