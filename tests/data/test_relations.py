"""Relations: all published entries, stated here entity by entity; boundaries, inverses, and a user's own."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from disentcli.data.entities import Entities
from disentcli.data.public.published_grids import SHAPES3D
from disentcli.data.relations import Relations
from disentcli.data.rendered.sprites import SpriteGrid
from disentcli.errors import CallError

from ..configs import sheets

SPRITES = SpriteGrid().space
LINE = Entities({"x": 4, "shape": 3}, ("shape", "x"), (3, 4))


def configured(name: str, names: tuple[str, ...], sizes: tuple[int, ...]) -> Relations:
    (model,) = [layer["model"] for layer in sheets(f"relations/{name}")]
    return Relations.from_config(model["relations"], Entities(model["entities"], names, sizes))


def of_line(**spec: dict) -> Relations:
    return Relations.from_config(spec, LINE)


def test_all_135_entries_of_dsprites() -> None:
    """Entities are named by three characters, x, y and shape, and numbered 9·shape + 3·x + y."""
    names = [x + y + shape for shape, x, y in product("SEH", "<x>", "^xv")]
    before = {"<": ">", "x": "<", ">": "x", "^": "v", "v": "x"}
    moves = {
        "left": lambda x, y, shape: before[x] + y + shape,
        "right": lambda x, y, shape: {"<": "x", "x": ">", ">": "<"}[x] + y + shape,
        "up": lambda x, y, shape: x + {"^": "v", "x": "^", "v": "x"}[y] + shape,
        "down": lambda x, y, shape: x + {"^": "x", "x": "v", "v": "^"}[y] + shape,
        "shape": lambda x, y, shape: x + y + {"S": "E", "E": "H", "H": "S"}[shape],
    }
    relations = configured("dsprites", SPRITES.names, SPRITES.sizes)
    assert relations.names == tuple(moves)
    for name, move in moves.items():
        expected = [names.index(move(*entity)) for entity in names]
        assert relations.named(name).table.tolist() == expected, name


def test_all_600_entries_of_3d_shapes() -> None:
    """Entities are named HUh,SHs,SCc and numbered 12·hue + 3·shape + scale; only shapes go round."""
    names = [f"HU{hue},SH{shape},SC{scale}" for hue in range(10) for shape in range(4) for scale in range(3)]
    relations = configured("3ds", SHAPES3D.names, SHAPES3D.sizes)
    expected: dict[str, list[str]] = {name: [] for name in relations.names}
    for hue, shape, scale in product(range(10), range(4), range(3)):
        expected["more_hue"].append(f"HU{hue + (hue < 9)},SH{shape},SC{scale}")
        expected["less_hue"].append(f"HU{hue - (hue > 0)},SH{shape},SC{scale}")
        expected["bigger"].append(f"HU{hue},SH{shape},SC{scale + (scale < 2)}")
        expected["smaller"].append(f"HU{hue},SH{shape},SC{scale - (scale > 0)}")
        expected["shape"].append(f"HU{hue},SH{0 if shape == 3 else shape + 1},SC{scale}")
    for one in relations:
        assert [names[target] for target in one.table.tolist()] == expected[one.name], one.name


def test_all_300_entries_of_symbols() -> None:
    """The last digit of sums and products; differences below 0 begin again from 9."""
    relations = configured("hwf", ("symbol",), (13,))
    add, subtract, multiply = relations
    for a, b in product(range(10), range(10)):
        assert add.table[a, b] == int(str(a + b)[-1])
        assert multiply.table[a, b] == int(str(a * b)[-1])
        assert subtract.table[a, b] == (a - b if a >= b else a - b + 10)
    assert [one.operator for one in relations] == [10, 11, 12]
    for one in relations:
        assert one.arity == 2
        assert len(relations.sources(one)) == 100
        assert (one.table[10:] == -1).all()
        assert (one.table[:, 10:] == -1).all()


def test_boundaries() -> None:
    relations = of_line(
        wrap={"factor": "x", "step": 3},
        clamp={"factor": "x", "step": 3, "boundary": "clamp"},
        undefined={"factor": "x", "step": 3, "boundary": "undefined"},
    )
    wrapped, clamped, undefined = (one.table[::3].tolist() for one in relations)
    assert (wrapped, clamped, undefined) == ([9, 0, 3, 6], [9, 9, 9, 9], [9, -1, -1, -1])
    assert relations.sources(relations.named("undefined")).tolist() == [0, 1, 2]


def test_listed_targets() -> None:
    (heart,) = of_line(heart={"factor": "shape", "to": [2, 2, -1]})
    assert heart.table[:3].tolist() == [2, 2, -1]


def test_composed_relations_apply_the_first_first() -> None:
    written = {"right": {"factor": "x", "step": 1, "boundary": "undefined"}}
    written["first"] = {"factor": "x", "to": [0, 0, 0, 0]}
    relations = of_line(**written, both={"compose": ["right", "first"]})
    assert relations.named("both").table[::3].tolist() == [0, 0, 0, -1]
    assert relations.compose(["first", "right"]).table[::3].tolist() == [3, 3, 3, 3]
    assert relations.compose(["right", "right"]).table[::3].tolist() == [6, 9, -1, -1]


def test_inverses_of_published_relations() -> None:
    sprites = configured("dsprites", SPRITES.names, SPRITES.sizes)
    assert {name: sprites.inverse(name) for name in sprites.names} == {
        "left": "right",
        "right": "left",
        "up": "down",
        "down": "up",
        "shape": None,
    }
    shapes = configured("3ds", SHAPES3D.names, SHAPES3D.sizes)
    assert (shapes.inverse("more_hue"), shapes.inverse("smaller")) == ("less_hue", "bigger")
    assert configured("hwf", ("symbol",), (13,)).inverse("add") is None


def test_a_relation_of_its_own_leads_back() -> None:
    relations = of_line(shape={"factor": "shape", "step": 1}, back={"inverse": "shape"})
    assert relations.inverse("shape") == "back"
    assert torch.equal(relations.compose(["shape", "back"]).table, torch.arange(12))
    assert torch.equal(relations.compose(["shape", "shape"]).table, relations.named("back").table)


def test_relations_are_found_by_number_and_name_and_can_be_left_out() -> None:
    relations = Relations.from_config({"more-x": {"factor": "x", "step": 1}, "gone": None}, LINE)
    assert len(relations) == 1
    assert relations[0] is relations.named("more_x")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"factor": "z", "step": 1}, "relations.r.factor: unknown factor of the entities 'z'"),
        ({"factor": "x", "step": 0}, "relations.r.step: expected a whole number of bins other than 0, not 0"),
        ({"factor": "x", "step": 0.5}, "relations.r.step: expected a whole number of bins"),
        ({"factor": "x", "step": 4}, "relations.r: it changes nothing of 4 bins"),
        ({"factor": "x", "step": 1, "boundary": "stop"}, "relations.r.boundary: unknown boundary 'stop'"),
        (
            {"factor": "x", "step": 1, "border": "wrap"},
            "relations.r: unknown key 'border'",
        ),
        ({"factor": "x"}, "relations.r: expected one of step, to, operation"),
        ({"factor": "x", "to": [0, 1]}, "relations.r.to: expected a new bin for each of 4 bins"),
        ({"factor": "x", "to": [0, 1, 2, 4]}, "relations.r.to: there is no bin 4; the bins are 0 to 3"),
        (
            {"operation": "add", "modulo": 4, "operator": 5},
            "relations.r: entities of one factor stand for numbers",
        ),
        ({"compose": []}, "only those of one entity can be composed"),
        ({"compose": ["rihgt"]}, "unknown relation 'rihgt'; did you mean right"),
        ({"inverse": "stay"}, "relations.r: stay has no inverse"),
    ],
)
def test_wrong_relations_are_refused(written: dict, message: str) -> None:
    known = {"right": {"factor": "x", "step": 1}, "stay": {"factor": "x", "step": 1, "boundary": "clamp"}}
    with pytest.raises(CallError) as refused:
        of_line(**known, r=written)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"operation": "divide", "modulo": 10, "operator": 10}, "relations.r: unknown operation 'divide'"),
        (
            {"operation": "add", "operator": 10},
            "relations.r.modulo: expected a number from 1 to 13, not None",
        ),
        (
            {"operation": "add", "modulo": 10, "operator": 13},
            "relations.r.operator: expected a number from 0",
        ),
    ],
)
def test_wrong_operations_are_refused(written: dict, message: str) -> None:
    with pytest.raises(CallError) as refused:
        Relations.from_config({"r": written}, Entities({"symbol": 13}, ("symbol",), (13,)))
    assert message in str(refused.value)
