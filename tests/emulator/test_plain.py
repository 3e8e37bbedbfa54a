"""Dataclasses from plain values: what fits, and what the refusal says."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from emulator.plain import ShapeError, from_plain, to_plain
from emulator.state import Sent, State, Token


@dataclass
class Leaf:
    name: str
    size: float = 1.0


@dataclass
class Tree:
    kind: Literal["oak", "elm"]
    leaves: list[Leaf]
    by_name: dict[str, Leaf] = field(default_factory=dict)
    height: int | None = None
    anything: Any = None
    count: int = field(default=7, init=False)


def test_values_come_back_the_same() -> None:
    tree = Tree("oak", [Leaf("a"), Leaf("b", 2.5)], {"c": Leaf("c")}, 3, {"x": [1, None]})
    plain = to_plain(tree)
    assert json.loads(json.dumps(plain)) == plain
    assert from_plain(Tree, plain) == tree


def test_names_made_later_are_not_written() -> None:
    assert "count" not in to_plain(Tree("oak", []))


def test_whole_number_serves_as_a_fraction() -> None:
    assert from_plain(Leaf, {"name": "a", "size": 2}).size == 2.0


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "Tree: expected an object"),
        ({"kind": "oak"}, "Tree: missing leaves"),
        ({"kind": "oak", "leaves": [], "colour": 1}, "Tree: unknown colour"),
        ({"kind": "fir", "leaves": []}, "Tree.kind: expected one of"),
        ({"kind": "oak", "leaves": {}}, "Tree.leaves: expected a list"),
        ({"kind": "oak", "leaves": [{"name": 1}]}, r"Tree.leaves\[0\].name: expected str, got 1"),
        ({"kind": "oak", "leaves": [], "by_name": []}, "Tree.by_name: expected an object"),
        ({"kind": "oak", "leaves": [], "by_name": {"x": 1}}, "Tree.by_name.x: expected an object"),
        ({"kind": "oak", "leaves": [], "height": "3"}, "Tree.height: expected int"),
        ({"kind": "oak", "leaves": [], "height": True}, "Tree.height: expected int"),
    ],
)
def test_wrong_shape_names_the_place(value: Any, said: str) -> None:
    with pytest.raises(ShapeError, match=said):
        from_plain(Tree, value)


def test_state_comes_back_the_same() -> None:
    state = State(seq=3, tokens={"t": Token("t", "stable", "wx", 1.5, 2.0)}, visits={"o": 1.0})
    state.sent.append(Sent(1, 1.0, "wecom_robot", "t", "x", {"a": 1}, lines=[["a", "b"]]))
    assert from_plain(State, json.loads(json.dumps(to_plain(state)))) == state
