"""Rendering in groups: in order, taken up after an interruption or a kill, silent without a terminal."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from disentcli.data.dataset_folder import StoreSpec
from disentcli.data.rendered.rendering import open_or_render, render_groups
from disentcli.errors import DisentError

SPEC = StoreSpec("toy", (1, 2, 2), count=10)
FACTORS = np.arange(10, dtype=np.float32)[:, None] / 8


def images_of(k: int) -> np.ndarray:
    """Groups of four: image i is full of i."""
    places = np.arange(4 * k, min(4 * k + 4, 10), dtype=np.uint8)
    return np.broadcast_to(places[:, None, None, None], (len(places), 2, 2, 1))


def render(folder: Path) -> None:
    render_groups(folder, SPEC, 4, images_of, factors=FACTORS)


def test_groups_come_in_order_and_the_last_may_be_smaller(tmp_path: Path) -> None:
    store = open_or_render(tmp_path, "toy", SPEC, render)
    assert store.images[:, 0, 0, 0].tolist() == list(range(10))
    assert store.factors is not None
    assert np.array_equal(store.factors, FACTORS)


def test_what_is_there_is_opened_and_not_rendered_again(tmp_path: Path) -> None:
    first = open_or_render(tmp_path, "toy", SPEC, render)
    again = open_or_render(tmp_path, "toy", SPEC, lambda folder: pytest.fail("rendered again"))
    assert again.sha256 == first.sha256


def test_an_interrupted_rendering_goes_on_after_its_last_whole_group(tmp_path: Path) -> None:
    asked: list[int] = []

    def interrupted(k: int) -> np.ndarray:
        asked.append(k)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return images_of(k)

    def render_interrupted(folder: Path) -> None:
        render_groups(folder, SPEC, 4, interrupted, factors=FACTORS)

    with pytest.raises(KeyboardInterrupt):
        open_or_render(tmp_path / "cut", "toy", SPEC, render_interrupted)
    store = open_or_render(tmp_path / "cut", "toy", SPEC, render_interrupted)
    assert asked == [0, 1, 1, 2]
    assert store.sha256 == open_or_render(tmp_path / "whole", "toy", SPEC, render).sha256


def render_and_die(folder: Path) -> None:
    render_groups(folder, SPEC, 4, lambda k: images_of(k) if k < 1 else os.kill(os.getpid(), signal.SIGKILL))


def test_after_a_kill_the_next_call_renders_the_same(tmp_path: Path) -> None:
    child = multiprocessing.get_context("fork").Process(
        target=open_or_render, args=(tmp_path, "toy", SPEC, render_and_die)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert open_or_render(tmp_path, "toy", SPEC, render).images[:, 0, 0, 0].tolist() == list(range(10))
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_a_folder_of_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    open_or_render(tmp_path, "toy", SPEC, render)
    newer = StoreSpec("toy", (1, 2, 2), count=10, source="geometry 2")
    with pytest.raises(DisentError, match=r"another version .* delete the folder .* call again to render"):
        open_or_render(tmp_path, "toy", newer, render)


def test_rendering_says_nothing_where_there_is_no_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    open_or_render(tmp_path, "toy", SPEC, render)
    assert capfd.readouterr() == ("", "")
