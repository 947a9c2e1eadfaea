"""Tables as text: aligned on the screen, as Markdown, CSV and LaTeX, and written where --out says."""

from __future__ import annotations

import csv
import doctest
import shutil
import subprocess
from pathlib import Path

import pytest

from disentcli.errors import CallError
from disentcli.tables import table


def test_the_examples_hold() -> None:
    assert doctest.testmod(table).attempted
    assert not doctest.testmod(table).failed


def test_a_wide_table_has_a_line_for_each_column() -> None:
    lines = [["run", *map(str, range(20))], ["a", *"abcdefghijklmnopqrst"]]
    assert table.narrow(lines) == [
        ["run", "a"],
        *([str(at), letter] for at, letter in enumerate(lines[1][1:])),
    ]
    assert table.narrow([line[:14] for line in lines]) == [line[:14] for line in lines]


def test_up_to_four_runs_are_columns_and_more_are_rows() -> None:
    lines = [["score", *"abcd"], ["mig", *"1234"]]
    assert table.runs_as_columns(lines) == lines
    five = [["score", *"abcde"], ["mig", *"12345"]]
    assert table.runs_as_columns(five) == [["run", "mig"], *map(list, ["a1", "b2", "c3", "d4", "e5"])]
    assert five[0][0] == "score"  # what was given is as it was


def test_columns_of_names_are_to_the_left_and_those_of_numbers_to_the_right() -> None:
    lines = [["run", "method", "mig"], ["a", "vae", "0.25"], ["long", "", "1"]]
    assert table.plain_table(lines, left=2).splitlines() == [
        "run   method   mig",
        "a     vae     0.25",
        "long             1",
    ]
    assert table.markdown_table(lines[0], lines[1:], left=2).splitlines()[1] == "| --- | --- | ---: |"
    assert r"\begin{tabular}{llr}" in table.latex_table(lines[0], lines[1:], left=2)


@pytest.mark.parametrize("cell", ["a|b", "100 % of x_y & more", "{~^\\}", "say \"it\", 'so'"])
def test_signs_that_a_format_reads_otherwise_are_escaped(cell: str) -> None:
    head = ["score", "note"]
    line = table.markdown_table(head, [["mig", cell]]).splitlines()[2]
    assert line == f"| mig | {cell.replace('|', chr(92) + '|')} |"
    assert list(csv.reader(table.csv_table(head, [["mig", cell]]).splitlines())) == [head, ["mig", cell]]
    latex = table.latex_table(head, [["mig", cell]])
    (row,) = [one for one in latex.splitlines() if one.startswith("mig & ")]
    kept = row.removeprefix("mig & ").removesuffix(r" \\")
    for plain, escaped in table.LATEX.items():
        kept = kept.replace(escaped, "") if plain in cell else kept
    assert not set(kept) & set("\\~^&%$#_{}|"), row


@pytest.mark.parametrize(
    ("cell", "bold", "expected"),
    [
        ("0.146 ± 0.021", False, r"$0.146 \pm 0.021$"),
        ("0.146 ± 0.021 (3)", True, r"$\mathbf{0.146} \pm 0.021 (3)$"),
        ("-1.5e-07", False, r"$-1.5 \times 10^{-7}$"),
        ("0.3 ± 4.4e-16", False, r"$0.3 \pm 4.4 \times 10^{-16}$"),
        ("0.1 [0.05, 0.2]", True, r"$\mathbf{0.1} [0.05, 0.2]$"),
        ("–", False, "--"),
        ("my_run", True, r"\textbf{my\_run}"),
    ],
)
def test_numbers_are_mathematics_in_latex_and_the_best_are_bold(cell: str, bold: bool, expected: str) -> None:
    text = table.latex_table(["a", "b"], [["x", cell]], bold=[[False, bold]])
    assert rf"x & {expected} \\" in text.splitlines()


def test_a_caption_stands_above_a_latex_table() -> None:
    text = table.latex_table(["a"], [["x"]], caption="95 % t interval")
    assert text.splitlines()[3] == r"\caption{95 \% t interval}"
    assert r"\caption" not in table.latex_table(["a"], [["x"]])


def test_long_names_are_broken_notes_stand_below_and_a_wide_table_is_set_smaller() -> None:
    header, row = ["Method", "DCI disentanglement ↑", "MIG ↑"], ["β-VAE", "0.5", "0.1"]
    text = table.latex_table(header, [row], notes=["50 % of x_y", "second"])
    assert r"Method & \shortstack[r]{DCI\\disentanglement $\uparrow$} & MIG $\uparrow$ \\" in text
    below = text.partition(r"\end{tabular}")[2]
    assert below.index(r"50 \% of x\_y\par") < below.index(r"second\par") < below.index(r"\end{table}")
    assert r"\footnotesize" not in text.partition(r"\begin{tabular}")[0]
    wide = table.latex_table([f"score {n}" for n in range(9)], [["0.123 ± 0.045"] * 9])
    assert wide.startswith("% \\usepackage{booktabs,graphicx}\n")
    assert r"\resizebox{\linewidth}{!}{%" in wide
    assert r"\end{tabular}}" in wide


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX on this machine")
def test_latex_compiles_whatever_stands_in_it(tmp_path: Path) -> None:
    evil = "".join(table.LATEX) + r" \input{x} $_{ #1 ^^41"
    cells = ["0.146 ± 0.021", "0.1 [0.05, 0.2]", "–", "1.5e-07", evil]
    body = table.latex_table([evil, *"abcd"], [cells], caption=evil, below=[cells], notes=[evil])
    packages = r"\usepackage{booktabs,graphicx}"
    (tmp_path / "a.tex").write_text(
        rf"\documentclass{{article}}{packages}\begin{{document}}{body}\end{{document}}"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("suffix", [".md", ".csv", ".tex"])
def test_a_table_is_written_in_the_format_of_its_name(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = table.table_path(str(tmp_path / f"t{suffix}"), overwrite=False)
    assert out is not None
    lines = [["score", "a"], ["mig", "0.5"]]
    table.show_and_write(lines, out)
    written = {".md": table.markdown_table, ".csv": table.csv_table, ".tex": table.latex_table}[suffix]
    assert out.read_text() == written(lines[0], lines[1:])
    assert capsys.readouterr().out == f"score    a\nmig    0.5\ntable: {out}\n"
    assert table.correlations_path(out).name == f"t-correlations{suffix}"
    with pytest.raises(CallError, match="exists; choose another name with --out, or replace it with --over"):
        table.table_path(str(out), overwrite=False)
    assert table.table_path(str(out), overwrite=True) == out


def test_a_table_of_another_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(CallError, match=r"--out t\.xlsx: a table is written as \.md, \.csv or \.tex"):
        table.table_path("t.xlsx", overwrite=False)
    assert table.table_path(None, overwrite=False) is None
