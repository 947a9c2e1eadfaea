"""The config rules of docs/guides/stacking-configs.md, each through the real command."""

from __future__ import annotations

from pathlib import Path

from ..console.conftest import Command


def test_the_leftmost_config_wins_and_arguments_win_over_all(fig: Command) -> None:
    assert fig("probe", "nine", "m/pair").json["used"]["model"]["encoder"]["widths"] == [9]
    assert fig("probe", "a/wide", "m/pair").json["used"]["model"]["encoder"]["_type"] == "wide"
    assert fig("probe", "m/pair", "a/wide").json["used"]["model"]["encoder"]["_type"] == "small"
    assert fig("probe", "m/pair", "--budget", "5").json["values"]["budget"] == 5


def test_a_base_comes_right_after_its_config_unless_a_later_one_shares_it(fig: Command) -> None:
    """omnifig's order is C3's, as among Python's classes."""
    assert fig("probe", "m/pair", "nine").json["used"]["model"]["encoder"]["widths"] == [4, 5, 6]
    assert fig("probe", "m/pair", "later").json["used"]["model"]["encoder"]["widths"] == [9]


def test_a_list_replaces_a_list_and_an_index_sets_one_element(fig: Command) -> None:
    widths = fig("probe", "m/pair", "--model.encoder.widths.1", "9").json["used"]["model"]["encoder"][
        "widths"
    ]
    assert widths == [4, 9, 6]
    widths = fig("probe", "m/pair", "--model.encoder.widths", "[8]").json["used"]["model"]["encoder"][
        "widths"
    ]
    assert widths == [8]


def test_an_index_changes_an_element_of_a_default_too(fig: Command, own_project: Path) -> None:
    (own_project / "config/base.yaml").write_text("latent-dim: 6\n")
    answer = fig("probe", "m/pair", "--model.encoder.widths.0", "9", cwd=own_project)
    assert answer.json["used"]["model"]["encoder"]["widths"] == [9, 2, 3]


def test_an_index_beyond_the_list_is_an_error(fig: Command) -> None:
    answer = fig("probe", "m/pair", "--model.encoder.widths.5", "9")
    assert answer.code == 2
    assert "model.encoder.widths.5" in answer.err
    assert "3 elements" in answer.err


def test_dash_and_underscore_are_one_key_everywhere(fig: Command) -> None:
    assert fig("probe", "m/pair", "--reg_wt", "3").json["used"]["reg_wt"] == 3.0
    assert fig("probe", "m/pair", "--reg-wt=3").json["used"]["model"]["reg_wt"] == 3.0
    assert fig("probe", "m/pair", "--model.reg-wt", "4").json["used"]["model"]["reg_wt"] == 4.0
    answer = fig("probe", "twice", "m/pair")
    assert answer.code == 2
    assert "config/twice.yaml" in answer.err
    assert "reg_wt" in answer.err


def test_scalars_follow_yaml_1_2(fig: Command) -> None:
    extra = fig("probe", "scalars", "m/pair").json["used"]["model"]["extra"]
    assert extra == {
        "small": 0.001,
        "no": "no",
        "time": "4:00",
        "answer": True,
        "octal": 15,
        "plain": 17,
        "none": None,
        "deep": {"key_of_mine": 1},
    }


def test_numbers_fit_the_type_that_is_wanted(fig: Command) -> None:
    answer = fig("probe", "m/pair", "--budget", "1e5", "--model.encoder.lr", "1")
    assert answer.json["values"]["budget"] == 100_000
    assert isinstance(answer.json["values"]["budget"], int)
    assert isinstance(answer.json["used"]["model"]["encoder"]["lr"], float)


def test_text_is_kept_as_typed_where_text_is_wanted(fig: Command) -> None:
    for typed in ("007", "1e3"):
        answer = fig("probe", "m/pair", "--model.encoder.label", typed)
        assert answer.json["used"]["model"]["encoder"]["label"] == typed


def test_yes_and_no_are_answers_where_true_or_false_is_wanted(fig: Command) -> None:
    for typed, value in (("yes", True), ("False", False)):
        answer = fig("probe", "m/pair", "--model.encoder.flag", typed)
        assert answer.json["used"]["model"]["encoder"]["flag"] is value
    assert fig("probe", "m/pair", "--model.encoder.flag").json["used"]["model"]["encoder"]["flag"] is True
    assert "true or false" in fig("probe", "m/pair", "--model.encoder.flag", "maybe").err


def test_an_alias_stands_for_the_merged_value(fig: Command) -> None:
    model = fig("probe", "alias", "m/pair", "--reg-wt", "5").json["used"]["model"]
    assert model["beta"] == 5.0
    assert model["encoder"]["label"] == "shared"
    model = fig("probe", "m/pair", "--model.beta", "<>seed", "--seed", "8").json["used"]["model"]
    assert model["beta"] == 8.0


def test_an_alias_that_leads_nowhere_or_back_is_an_error(fig: Command) -> None:
    answer = fig("probe", "m/pair", "--model.beta", "<>nothing")
    assert (answer.code, "<>nothing" in answer.err) == (2, True)
    answer = fig("probe", "m/pair", "--seed", "<>budget", "--budget", "<>seed")
    assert (answer.code, "back to itself" in answer.err) == (2, True)


def test_of_the_root_only_four_keys_reach_a_component(fig: Command) -> None:
    model = fig("probe", "m/pair", "--seed", "4", "--latent-dim", "10").json["used"]["model"]
    assert model["latent"]["latent_dim"] == 10
    assert model["encoder"]["seed"] == 4
    assert model["encoder"]["label"] == "x"
    answer = fig("probe", "m/pair", "--name", "run", "--label", "y")
    assert answer.code == 2
    assert "--label" in answer.err
    assert "model.encoder.label" in answer.err


def test_an_argument_without_a_default_comes_from_the_part_built_before(fig: Command) -> None:
    model = fig("probe", "m/pair").json["used"]["model"]
    assert model["encoder"]["feature_dim"] == 2 * model["latent"]["latent_dim"] == 12


def test_keys_of_parts_not_in_use_are_allowed_in_files(fig: Command) -> None:
    encoder = fig("probe", "a/wide", "m/pair").json["used"]["model"]["encoder"]
    assert encoder == {"_type": "wide", "feature_dim": 12, "breadth": 9}


def test_a_metrics_mapping_holds_names_and_arguments(fig: Command) -> None:
    assert fig("probe", "scored", "m/pair").json["values"]["metrics"] == {"beta_vae": {"votes": 20}}


def test_files_of_the_current_folder_never_shadow_a_config(fig: Command, own_project: Path) -> None:
    (own_project / "m").mkdir()
    (own_project / "m/pair").write_text("not a config")
    (own_project / "base").mkdir()
    assert fig("probe", "m/pair", cwd=own_project).json["values"]["budget"] == 100


def test_a_path_with_its_extension_is_a_config_too(fig: Command, own_project: Path) -> None:
    folder = own_project / "elsewhere"
    folder.mkdir()
    (folder / "mine.yaml").write_text("budget: 3\n")
    assert fig("probe", "mine.yaml", "m/pair", cwd=folder).json["values"]["budget"] == 3


def test_omnifigs_own_flags_still_work(fig: Command, own_project: Path) -> None:
    """-d stacks the config `debug` leftmost, -q is --quiet."""
    (own_project / "config/debug.yaml").write_text("budget: 1\n")
    assert fig("-d", "-q", "probe", "m/pair", cwd=own_project).json["values"]["budget"] == 1


def test_a_config_may_name_its_script(fig: Command) -> None:
    assert fig("_", "preset").json["values"]["budget"] == 100
    assert "no script" in fig("_", "m/pair").err


def test_a_stored_run_lies_beneath_the_configs_of_the_call(fig: Command) -> None:
    answer = fig("stored")
    assert (answer.json["budget"], answer.json["model"]["beta"]) == (7, 2.0)
    assert "retired-key" in answer.err  # an unknown key of a stored run only warns
    assert fig("stored", "--model.beta", "3").json["model"]["beta"] == 3.0
    assert fig("stored", "--reg-wt", "3").json["model"]["reg_wt"] == 3.0


def test_bare_words_of_a_script_that_takes_names_are_no_configs(own_project: Path, fig: Command) -> None:
    (own_project / "words.py").write_text(
        "from disentcli.registry import script\n\nTAKES = 'names'\n\n\n"
        "@script('words')\ndef words(settings):\n    print(settings.words, settings.configs)\n"
    )
    answer = fig("words", "m/pair", "anything", "--module", "words", cwd=own_project)
    assert answer.out == "['m/pair', 'anything'] []\n"


def test_a_config_of_the_folder_default_gives_way_to_all_others(fig: Command, own_project: Path) -> None:
    default = own_project / "config/default/wide.yaml"
    default.parent.mkdir()
    default.write_text("model.encoder: {widths: [1, 1]}\n")
    (own_project / "config/data.yaml").write_text("_base: default/wide\n")
    for words in (("data", "nine", "m/pair"), ("nine", "m/pair", "data")):
        assert fig("probe", *words, cwd=own_project).json["used"]["model"]["encoder"]["widths"] == [9]
