"""The rating link: one order, without log-in, until it closes; and orders that may be the same matter."""

import threading
from typing import Any

import pytest
from flask import Flask

from backend.core.database import database
from backend.messaging.models import OutboxEvent
from backend.service.models import OrderRating
from tests.service.conftest import RATING, Desk


def link(desk: Desk, number: str) -> str:
    """What the message about the completion carries."""
    event = OutboxEvent.select().where(OutboxEvent.topic == "order.completed").order_by(OutboxEvent.id.desc()).get()
    code: str = event.facts["rate"]
    assert code.startswith(f"{number}.")
    return code


def test_the_link_shows_the_reply_and_rates_once(desk: Desk) -> None:
    number = desk.completed()
    path = f"/rate/{link(desk, number)}"
    shown = desk.api(None).get(path).data
    assert (shown["number"], shown["open"], shown["reply"]) == (number, True, "已更换灯泡，感谢监督。")
    assert set(shown) == {
        *("number", "service_type_name", "organization_name", "state", "state_label"),
        *("open", "reply", "completed_at"),
    }
    rated = desk.api(None).post(path, RATING)
    assert (rated.status, rated.data["state"], rated.data["open"], rated.data["reply"]) == (200, "closed", False, None)
    assert OrderRating.select().count() == 1
    again = desk.api(None).post(path, RATING)
    assert (again.status, again.code) == (409, "illegal_transition")
    assert OrderRating.select().count() == 1
    assert desk.row(number).resolution == "resolved"


def test_a_link_sent_before_a_rework_counts_again_when_it_is_done(desk: Desk) -> None:
    number = desk.completed()
    path = f"/rate/{link(desk, number)}"
    desk.must(desk.world.secretary, number, "rework", note="还闪")
    assert desk.api(None).get(path).data["open"] is False
    assert desk.api(None).post(path, RATING).code == "illegal_transition"


@pytest.mark.parametrize("wrong", ["x", "261123-000000.abc", "{number}.", "{number}.AAAAAAAAAAAAAAAAAAAAAA", "{other}"])
def test_a_link_of_nobodys_making_is_404(desk: Desk, wrong: str) -> None:
    number = desk.completed()
    signature = link(desk, number).partition(".")[2]
    path = "/rate/" + wrong.format(number=number, other=f"261123-000000.{signature}")
    for answer in (desk.api(None).get(path), desk.api(None).post(path, RATING)):
        assert (answer.status, answer.code) == (404, "rating_link_unknown")
    assert desk.row(number).state == "completed"


def test_a_faulty_rating_is_422(desk: Desk) -> None:
    path = f"/rate/{link(desk, desk.completed())}"
    for body in ({}, RATING | {"satisfaction": "great"}, RATING | {"stars": 5}):
        assert desk.api(None).post(path, body).status == 422


def test_the_page_rates_with_one_tap(desk: Desk, app: Flask) -> None:
    number = desk.completed()
    path = f"/rate/{link(desk, number)}"
    client = app.test_client()
    drawn = client.get(path)
    assert drawn.content_type.startswith("text/html")
    text = drawn.get_data(as_text=True)
    assert text.count("<button") == 4
    assert "三号楼" not in text
    assert client.post(path, data={"rating": "2:satisfied"}).status_code == 404
    done = client.post(path, data={"rating": "0:dissatisfied"})
    database.connect(reuse_if_open=True)
    assert "不需要评价" in done.get_data(as_text=True)
    assert (desk.row(number).state, desk.row(number).resolution) == ("closed", "unresolved")


def test_two_taps_at_once_are_one_rating(desk: Desk, app: Flask) -> None:
    path = f"/api/v1/rate/{link(desk, desk.completed())}"
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(app.test_client().post(path, json=RATING).status_code))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]
    assert OrderRating.select().count() == 1


# ---------------------------------------------------------------- duplicates


def duplicates(desk: Desk, number: str, part: str = "secretary") -> list[str]:
    """What an order's answer proposes."""
    return [one["number"] for one in desk.api(getattr(desk.world, part)).get(f"/orders/{number}").data["duplicates"]]


def test_the_same_place_and_kind_within_thirty_days_is_proposed_to_the_dispatcher_only(desk: Desk) -> None:
    first = desk.submitted()
    second = desk.submitted(by=desk.world.neighbour)
    assert duplicates(desk, second) == [first]
    assert duplicates(desk, first) == [second]
    assert duplicates(desk, second, "neighbour") == []
    desk.must(desk.world.secretary, second, "merge", parent=first)
    assert duplicates(desk, first) == []


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"place": {"text": "3号楼3单元门口"}}, True),
        ({"place": {"text": "四号楼"}}, False),
        ({"place": {"text": "别处", "lat": 30.1236, "lng": 104.5}}, True),
        ({"place": {"text": "三号楼三单元", "lat": 30.133, "lng": 104.5}}, False),
        ({"service_type": "other"}, False),
        ({"organization": "NS-01"}, False),
    ],
)
def test_what_counts_as_the_same(desk: Desk, changed: dict[str, Any], same: bool) -> None:
    first = desk.submitted()
    second = desk.submitted(**changed)
    if changed.get("organization"):
        assert duplicates(desk, second, "host_secretary") == []
    else:
        assert (duplicates(desk, second) == [first]) is same


def test_what_is_old_done_or_no_longer_to_be_merged_is_not_proposed(desk: Desk) -> None:
    old = desk.submitted()
    closed = desk.closed()
    desk.clock.advance(days=31)
    fresh = desk.submitted()
    assert duplicates(desk, fresh) == []
    taken = desk.claimed()
    assert duplicates(desk, taken) == []
    assert set(duplicates(desk, fresh)) == {taken}
    assert {old, closed}.isdisjoint(duplicates(desk, fresh))
