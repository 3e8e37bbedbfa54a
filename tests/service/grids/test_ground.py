"""Where points and addresses lie."""

import pytest

from backend.service.grids.ground import (
    TILE_DEGREES,
    address_line,
    holds,
    middle_of,
    prefixes_of,
    tile_of,
    tile_rows_around,
    tiles_under,
)

SQUARE = [(30.0, 104.0), (30.0, 104.01), (30.01, 104.01), (30.01, 104.0)]
HOOK = [(0.0, 0.0), (0.0, 3.0), (3.0, 3.0), (3.0, 2.0), (1.0, 2.0), (1.0, 1.0), (3.0, 1.0), (3.0, 0.0)]


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        ((30.005, 104.005), True),
        ((30.005, 104.011), False),
        ((29.999, 104.005), False),
        ((30.011, 104.005), False),
        ((30.005, 103.999), False),
    ],
)
def test_a_point_lies_in_a_square_or_not(point: tuple[float, float], inside: bool) -> None:
    assert holds(SQUARE, point) is inside
    assert holds(SQUARE[::-1], point) is inside


def test_a_hook_holds_its_arms_and_not_the_gap_between() -> None:
    assert holds(HOOK, (2.0, 0.5))
    assert holds(HOOK, (2.0, 2.5))
    assert holds(HOOK, (0.5, 1.5))
    assert not holds(HOOK, (2.0, 1.5))


def test_every_point_of_a_border_lies_on_one_of_its_tiles() -> None:
    border = [(30.0 + row * 0.013, 104.0 + column * 0.017) for row in range(5) for column in range(5)]
    tiles = tiles_under(border)
    assert len(tiles) == len(set(tiles))
    assert {tile_of(point) for point in border} <= set(tiles)
    assert tile_of((-0.001, -0.001)) != tile_of((0.001, 0.001))


def test_rings_around_a_point_hold_its_neighbours() -> None:
    here = (30.111, 104.111)
    assert tile_rows_around(here, 0) == [(tile_of(here), tile_of(here))]
    rows = tile_rows_around(here, 2)
    assert len(rows) == 5
    assert all(last - first == 4 for first, last in rows)
    corner = tile_of((here[0] + 2 * TILE_DEGREES, here[1] - 2 * TILE_DEGREES))
    outside = tile_of((here[0] + 2 * TILE_DEGREES, here[1] - 3 * TILE_DEGREES))
    assert any(first <= corner <= last for first, last in rows)
    assert not any(first <= outside <= last for first, last in rows)
    assert middle_of(SQUARE) == pytest.approx((30.005, 104.005))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("三号楼 3 单元", "3号楼3单元"),
        ("３号楼-三单元", "3号楼3单元"),
        ("十二栋", "12栋"),
        ("二十号", "20号"),
        ("二十一号", "21号"),
        ("十号楼", "10号楼"),
        ("一二号楼", "12号楼"),
        ("三里屯（东）", "三里屯东"),
        ("A座", "a座"),
        ("——", ""),
    ],
)
def test_addresses_are_compared_alike(text: str, line: str) -> None:
    assert address_line(text) == line


def test_the_beginnings_of_an_address() -> None:
    assert prefixes_of("大河社区3号楼") == ["大河社区", "大河社区3", "大河社区3号", "大河社区3号楼"]
    assert prefixes_of("3号楼") == []
    assert len(prefixes_of("字" * 200)) == 37
