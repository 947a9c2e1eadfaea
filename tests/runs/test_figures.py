"""The pictures in a folder are all of the step that is noted."""

from __future__ import annotations

from pathlib import Path

from disentcli.runs.figures import begin_pictures, read_note


def draw(folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_pictures_of_another_step_go_before_new_ones_are_drawn(tmp_path: Path) -> None:
    folder = tmp_path / "figures" / "figures-val"
    assert begin_pictures(folder, {"step": 20}) == 0
    draw(folder, "scatter.png")
    draw(folder, "notes.txt")
    assert begin_pictures(folder, {"step": 20}) == 0
    draw(folder, "traversals.gif")
    assert (names(folder), read_note(folder)) == (
        ["notes.txt", "scatter.png", "traversals.gif"],
        {"step": 20},
    )
    assert begin_pictures(folder, {"step": 60}) == 2
    assert (names(folder), read_note(folder)) == (["notes.txt"], {"step": 60})


def test_pictures_without_a_note_may_be_of_any_step(tmp_path: Path) -> None:
    folder = tmp_path / "figures" / "figures-val"
    draw(folder, "scatter.png")
    assert read_note(folder) == {}
    assert begin_pictures(folder, {"step": 60}) == 1
