"""What no branch can help with in time is said before the order and once more with it."""

import pytest

from tests.service.conftest import LAMP, Desk


def test_every_kind_of_service_names_the_three_numbers(desk: Desk) -> None:
    for kind in desk.api(desk.world.resident).get("/service-types").data:
        assert all(number in kind["emergency"] for number in ("110", "119", "120"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("隔壁一直在喊，好像有人持刀", "110"),
        ("二楼厨房着火了", "119"),
        ("楼道里有煤气泄漏的味道", "119"),
        ("老人在家里昏迷了", "120"),
    ],
)
def test_an_order_that_names_a_danger_is_taken_and_answered_with_whom_to_call(
    desk: Desk, text: str, number: str
) -> None:
    answer = desk.api(desk.world.resident).post("/orders", LAMP | {"description": text})

    assert answer.status == 201
    assert f"请立即拨打{number}。" in answer.data["emergency"]
    assert desk.api(desk.world.resident).get(f"/orders/{answer.data['number']}").data["emergency"] is None


def test_an_ordinary_order_is_answered_without_it(desk: Desk) -> None:
    assert desk.api(desk.world.resident).post("/orders", LAMP).data["emergency"] is None
