"""`fig compare --by …` on nine trained runs; its numbers are computed again from the JSON files by scipy."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.errors import CallError
from disentcli.plots import metric_arrays
from disentcli.runs.run import Run
from disentcli.scripts.compare import compare
from disentcli.scripts.eval_metrics import eval_metrics
from disentcli.tables.display_names import value_words

from ..configs import trained

METHODS = {"ae": "m/ae", "vae": "m/vae", "wae": "m/wae"}
FEW = {"points": 150, "test-points": 50, "metrics": "irs,sap_continuous,factorised_support", "quiet": True}
IRS, SUPPORT = ("irs", "irs"), ("factorised_support", "factorised_support")  # higher, lower is better


def called(metric: str, score: str) -> str:
    return metric if metric == score else f"{metric}.{score}"


def call(script: Callable[[Settings], int], root: Path, *words: str, **values: Any) -> int:
    """The script with these values as on its command line."""
    given = {"saveroot": str(root / "runs"), **{key.replace("_", "-"): one for key, one in values.items()}}
    sheet = ConfigLayer({key.replace("-", "_"): one for key, one in given.items()}, COMMAND_LINE)
    return script(Settings([sheet], script=script.__name__, words=words))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three methods, three seeds each, with losses and metrics."""
    root = tmp_path_factory.mktemp("grouped")
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(metric_arrays, "save_matrices", lambda *_: [])  # nobody looks at the pictures
    for method, config in METHODS.items():
        for seed in range(3):
            call_of_training = {"budget": 2 + 10 * seed, "seed": seed, "name": f"{method}-{seed}"}
            small = {"dataset.count": 1000, "model.optim.lr": 1e-2, "latent-dim": 4}
            run = trained(
                config, "d/vec", data=root / "data", runs=root / "runs", **call_of_training, **small
            )
            assert call(eval_metrics, root, load=run.name, dataroot=str(root / "data"), **FEW) == 0
            finish(run, budget=30)
    monkeypatch.undo()
    return root


def finish(run: Run, budget: int) -> None:
    """Make the runs alike but for their seed: the trainings differ in length so that their scores do."""
    run.write_config({**run.config(), "budget": budget})
    for path in run.results.glob("*.json"):
        found = json.loads(path.read_text())
        found["settings"]["step"] = budget
        del found["crc32"]  # it is of what was written
        path.write_text(json.dumps(found))


def stored(root: Path, method: str, metric: str, score: str) -> np.ndarray:
    """The score of the three seeds, from the files."""
    values = []
    for path in sorted((root / "runs").glob(f"{method}-*/results/*.json")):
        scores = json.loads(path.read_text())["scores"]
        if metric in scores:
            values.append(scores[metric][score])
    assert len(values) == 3
    return np.array(values)


def rows_of(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    with path.open() as file:
        return {(row["method"], row["score"]): row for row in csv.DictReader(file)}


@pytest.mark.parametrize("interval", ["t", "bootstrap", "std"])
def test_means_and_intervals_are_those_of_scipy(root: Path, tmp_path: Path, interval: str) -> None:
    out = tmp_path / "table.csv"
    assert call(compare, root, "*", by="method", interval=interval, confidence=0.9, out=str(out)) == 0
    rows = rows_of(out)
    for method in METHODS:
        for metric, score in (IRS, SUPPORT, ("sap_continuous", "sap")):
            values = stored(root, method, metric, score)
            row = rows[method, called(metric, score)]
            assert (row["seeds"], row["runs"]) == ("3", "3")
            assert float(row["mean"]) == pytest.approx(np.mean(values), rel=1e-12)
            assert float(row["std"]) == pytest.approx(np.std(values, ddof=1), rel=1e-12)
            low, high = expected(values, interval)
            wide = 0.05 * (high - low) if interval == "bootstrap" else 0.0
            assert float(row["low"]) == pytest.approx(low, rel=1e-9, abs=wide)
            assert float(row["high"]) == pytest.approx(high, rel=1e-9, abs=wide)


def expected(values: np.ndarray, interval: str) -> tuple[float, float]:
    if interval == "std":
        return np.mean(values) - np.std(values, ddof=1), np.mean(values) + np.std(values, ddof=1)
    if interval == "t":
        return stats.t.interval(0.9, 2, np.mean(values), stats.sem(values))
    every = np.array(np.meshgrid(*[values] * 3)).reshape(3, -1).mean(axis=0)  # all 27 resamples
    return np.quantile(every, 0.05, method="inverted_cdf"), np.quantile(every, 0.95, method="inverted_cdf")


@pytest.mark.parametrize("test", ["welch", "paired"])
def test_the_best_and_what_ties_with_it_are_marked(root: Path, tmp_path: Path, test: str) -> None:
    out = tmp_path / "table.csv"
    assert call(compare, root, "*", by="method", test=test, out=str(out)) == 0
    rows = rows_of(out)
    for metric, score, sign in ((*IRS, 1), ("sap_continuous", "sap", 1), (*SUPPORT, -1)):
        values = {method: stored(root, method, metric, score) for method in METHODS}
        best = max(METHODS, key=lambda method: sign * values[method].mean())
        for method in METHODS:
            row = rows[method, called(metric, score)]
            assert row["better"] == ("higher" if sign > 0 else "lower")
            ties = method == best or p_value(values[method], values[best], test) >= 0.05
            assert row["best"] == str(ties).lower()
    assert {row["best"] for row in rows.values() if not row["better"]} == {"false"}


def p_value(a: np.ndarray, b: np.ndarray, test: str) -> float:
    return float(
        (stats.ttest_rel(a, b) if test == "paired" else stats.ttest_ind(a, b, equal_var=False)).pvalue
    )


def test_correlations_are_spearmans(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "table.csv"
    metrics = "irs.irs,sap_continuous,factorised_support"
    assert call(compare, root, "*", by="method", metrics=metrics, correlations=True, out=str(out)) == 0
    lines = list(csv.reader((tmp_path / "table-correlations.csv").open()))
    assert lines[0][1:] == ["irs", "sap_continuous.sap", "factorised_support"]
    irs, support = (
        np.concatenate([stored(root, method, *score) for method in METHODS]) for score in (IRS, SUPPORT)
    )
    assert lines[1][3] == lines[3][1] == f"{stats.spearmanr(irs, support).statistic:.2f}"
    assert "over at most 9 runs" in capsys.readouterr().out


def test_a_latex_table_is_booktabs_with_the_best_in_bold(root: Path, tmp_path: Path) -> None:
    tex, table = tmp_path / "table.tex", tmp_path / "table.csv"
    scores = "irs.irs,factorised_support"
    for out in (tex, table):
        assert call(compare, root, "*", by="method", metrics=scores, out=str(out)) == 0
    text = tex.read_text()
    for word in ("toprule", "midrule", "bottomrule"):
        assert text.count(f"\\{word}") == 1
    assert text.count(r"\begin{") == text.count(r"\end{") == 2
    assert text.replace(r"\{", "").count("{") == text.replace(r"\}", "").count("}")
    assert not re.search(r"(?<!\\)[_%&#](?![^\n]*\\\\)", re.sub(r"(?m)^%.*\n", "", text))
    assert r"Method & Seeds & IRS $\uparrow$ & \shortstack[r]{Factorised\\support $\downarrow$} \\" in text
    (caption,) = re.findall(r"\\caption{(.*)}", text)
    assert caption == r"Mean $\pm$ 95 \% t interval of the mean, over seeds."
    below = text.partition(r"\end{tabular}")[2]
    assert "two-sided Welch t-test" in below
    assert r"IRS is irs, Factorised support is factorised\_support.\par" in below
    (columns,) = re.findall(r"\\begin{tabular}{(.*)}", text)
    body = text.partition("\\midrule\n")[2].partition("\\bottomrule")[0]
    lines = [line.removesuffix(r" \\").split(" & ") for line in body.splitlines()]
    rows = rows_of(table)
    short = {value_words("method", method): method for method in METHODS}
    for named, _seeds, *cells in lines:
        method = short[named]
        assert len(cells) + 2 == len(columns)
        for cell, score in zip(cells, ("irs", "factorised_support"), strict=True):
            assert (r"\mathbf" in cell) == (rows[method, score]["best"] == "true")
            mean, half = (float(one) for one in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", cell))
            row = rows[method, score]
            assert mean == pytest.approx(float(row["mean"]), abs=0.06 * half)
            assert half == pytest.approx(float(row["high"]) - float(row["mean"]), rel=0.06)


def test_pictures_are_the_same_bytes_every_time(root: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        plots = str(tmp_path / folder)
        assert call(compare, root, "*", by="method", metrics="irs", plots=plots, correlations=True) == 0
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["correlations.png", "scores.pdf", "scores.png"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_table_of_single_runs_is_in_words_in_latex(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs.tex"
    assert call(compare, root, "ae-*", metrics="irs.irs,factorised_support", out=str(out)) == 0
    text = out.read_text()
    assert r"IRS $\uparrow$ & $" in text
    assert r"Factorised support is factorised\_support.\par" in text


def test_groups_are_sorted_by_a_score_best_first(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    means = {name: stored(root, name, *SUPPORT).mean() for name in METHODS}
    call(compare, root, "*", by="method", metrics="irs", sort="factorised-support")
    lines = capsys.readouterr().out.splitlines()[1:4]
    assert [line.split()[0] for line in lines] == sorted(METHODS, key=lambda name: means[name])


def test_what_cannot_be_compared_is_left_out_and_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed = Run.create(root / "runs", "failed", {"seed": 0, "model": {"_type": "vae"}})
    failed.update(status="failed")
    failed.lock.release()
    bare = Run.create(root / "runs", "bare", {"seed": 0, "model": {"_type": "vae"}})
    bare.update(status="completed")
    bare.lock.release()
    try:
        call(compare, root, "*", by="dataset,seed", metrics="irs")
        printed = capsys.readouterr().out
        assert f"note: left out {failed.name}: failed; --unfinished takes it in" in printed
        assert f"note: left out {bare.name}: no results" in printed
        assert "vec 0: its runs have different data" not in printed
        assert "vec 0: its runs differ in more than the seed: model " in printed
        with pytest.raises(CallError, match="none of these runs can be compared"):
            call(compare, root, "failed*", "bare*", by="method")
    finally:
        for run in (failed, bare):
            (run.path / "run.json").unlink()


def test_one_seed_has_no_interval(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(compare, root, "*-0_*", by="method", metrics="irs.irs")
    lines = capsys.readouterr().out.splitlines()
    assert not any("±" in line for line in lines[1:4])
    assert sum("*" in line for line in lines[1:4]) == 1


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"by": "methd"}, "did you mean method"),
        ({"by": "model.optim.lrr"}, "model.optim.lr"),
        ({"by": "method", "metrics": "irss"}, "did you mean irs"),
        ({"by": "method", "sort": "irs.num_active_dim"}, "did you mean irs.num_active_dims"),
        ({"by": "method", "interval": "se"}, "one of t, bootstrap, std"),
        ({"by": "method", "confidence": 95}, "0.95"),
        ({"by": "method", "out": "table.txt"}, ".md, .csv or .tex"),
        ({"plots": "there"}, "--by"),
        ({"metrics": "irss"}, "did you mean irs"),
    ],
)
def test_wrong_calls_are_told_what_to_write(root: Path, values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CallError, match=re.escape(complaint)):
        call(compare, root, "*", **values)


def test_titles_and_published_scores_are_in_the_table(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = tmp_path / "paper.csv"
    header = "dataset,split,method,seeds,irs,factorised_support"
    published.write_text(f"# A paper, 2020\n{header}\nvec,standard,vae,5,0.75,\nother,standard,vae,5,0.5,\n")
    out = tmp_path / "table.tex"
    call_of_table = {"metrics": "irs.irs,factorised_support", "titles": "robust,support", "out": str(out)}
    assert call(compare, root, "*", by="method", published=str(published), **call_of_table) == 0
    text = out.read_text()
    assert r"robust $\uparrow$ & support $\downarrow$ \\" in text
    assert r"robust is irs" in text
    above, below = text.partition("\\midrule\n")[2].partition("\\bottomrule")[0].split("\\midrule\n")
    assert above.count("\\\\") == len(METHODS)
    assert below == "VAE & $5$ & $0.75$ & -- \\\\\n"
    assert "Below the rule, published: A paper, 2020." in text
    printed = capsys.readouterr().out
    assert re.search(r"vae +5 +0\.75 +–\npublished: A paper, 2020\n", printed)
    call(compare, root, "*", by="method", published="role-2021", metrics="irs")
    assert "no published scores are of the data and the split of these runs" in capsys.readouterr().out


def test_a_pattern_means_every_score_that_fits_it(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "table.csv"
    assert call(compare, root, "*", by="method", metrics="irs.num*,*_support", out=str(out)) == 0
    assert {score for _, score in rows_of(out)} == {"irs.num_active_dims", "factorised_support"}
    with pytest.raises(CallError, match="2 titles for 1 scores"):
        call(compare, root, "*", by="method", metrics="irs.irs", titles="a,b")
