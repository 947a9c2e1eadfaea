"""Config files of anybody: data of bounded size that name no code and no file elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from disentcli.config.config_store import ConfigStore, summary
from disentcli.config.file_policy import data_only
from disentcli.config.yaml12 import DEEPEST, LONGEST_NUMBER, MOST_VALUES, load, parse, read
from disentcli.errors import CallError

TENS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(8)
)


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"model": {"_type": "/evil:x"}}, ("model._type", "/evil:x")),
        ({"model": {"encoder": {"_type": "evil:x"}}}, ("model.encoder._type",)),
        ({"model.encoder._type": "evil:x"}, ("model.encoder._type",)),
        ({"views": [{"_type": "evil:x"}]}, ("evil:x",)),
        ({"model": {"_mod": ["ae", "evil:x"]}}, ("model._mod", "evil:x")),
        ({"model": {"_creator": "anything"}}, ("model._creator",)),
        ({"_base": ["evil:m/vae"]}, ("_base", "evil:m/vae")),
        ({"_base": ["../secret.yaml"]}, ("_base", "../secret.yaml")),
        ({"_base": "/etc/secret.yml"}, ("_base", "/etc/secret.yml")),
        ({"_meta": {"quiet": {"_type": "vae"}}}, ("_meta",)),
        ({"verbose": [{"_type": "vae"}]}, ("verbose",)),
        ({"a" + ".a" * DEEPEST: 1}, ("inside each other",)),
    ],
)
def test_files_name_no_code_and_no_file_elsewhere(values: dict[str, object], names: tuple[str, ...]) -> None:
    with pytest.raises(CallError) as refused:
        data_only(values, "c.yaml")
    assert all(name in str(refused.value) for name in ("c.yaml", *names))


def test_settings_with_colons_and_local_bases_are_data() -> None:
    values = {
        "name": "at 4:00",
        "_base": ["m/vae", "mine/own.yaml"],
        "logger": {"url": "http://host:80"},
        "_meta": {"quiet": True},
    }
    assert data_only(values, "c.yaml") is values


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (TENS, "more than 200,000 values"),
        ("a: &a [*a]\n", r"\*a stands inside of &a"),
        ("a: &a {b: [*a]}\n", r"\*a stands inside of &a"),
        ("a: " + "[" * 20_000 + "]" * 20_000, "inside each other"),
        ("a:\n" + "".join("  " * n + "a:\n" for n in range(1, 60)), "inside each other"),
        ("budget: " + "9" * 6000, "6,000 digits"),
    ],
)
def test_documents_without_bounds_are_refused_before_they_are_built(
    tmp_path: Path, text: str, problem: str
) -> None:
    with pytest.raises(yaml.YAMLError, match=problem):
        load(text)
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(CallError, match=rf"c\.yaml, line \d+: .*{problem}"):
        read(tmp_path / "c.yaml")


def test_what_people_write_is_within_bounds() -> None:
    shared = "\n".join(["a: &a {x: 1, y: [2, 3]}", *(f"k{n}: *a" for n in range(1000))])
    assert len(load(shared)) == 1001
    assert load("9" * LONGEST_NUMBER) == int("9" * LONGEST_NUMBER)
    assert len(load("[" + "1," * (MOST_VALUES - 10) + "]")) == MOST_VALUES - 10
    deep = "[" * DEEPEST + "]" * DEEPEST
    assert load(deep) == parse(deep)


def test_a_typed_number_of_thousands_of_digits_is_no_number() -> None:
    assert parse("9" * 6000) == "9" * 6000


def test_files_that_are_no_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "link.yaml").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"a: \xff\xfe\n")
    (tmp_path / "good.yaml").write_text("# A good one\na: 1\n")
    store = ConfigStore({path.stem: path for path in tmp_path.iterdir()}, tmp_path)
    for name in ("folder", "link", "pipe", "bytes"):
        with pytest.raises(CallError, match=rf"{name}\.yaml"):
            store.read(store.find(name))
        summary(store.paths[name])
    assert store.read(store.find("good"))["a"] == 1
    assert summary(store.paths["good"]) == "A good one"
