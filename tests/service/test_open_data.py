"""What everybody may see of orders: the ledger and Open311, and what never stands there."""

from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask

from backend.core.database import database
from tests.service.conftest import LAMP, Desk
from tests.service.test_order_routing import grid

SECRETS = (LAMP["title"], LAMP["description"], "三单元", "李桂芳", "13812345678", "已更换灯泡")


def ledger(desk: Desk, code: str = "DH-01-01", **query: Any) -> Any:
    """The ledger as anybody reads it."""
    answer = desk.api(None).get(f"/organizations/{code}/ledger", **query)
    assert answer.status == 200, answer.body
    return answer.data


def fetch(app: Flask, path: str, **query: str) -> Any:
    """An Open311 address as any client reads it."""
    answer = app.test_client().get(f"/open311/v2/{path}", query_string=query)
    database.connect(reuse_if_open=True)
    return answer


def parsed(answer: Any) -> ElementTree.Element:
    """An answer in XML, read."""
    return ElementTree.fromstring(answer.get_data())  # noqa: S314 - we wrote it ourselves


@pytest.fixture
def published(desk: Desk) -> str:
    """A closed order in a grid, more than a week old, with an approved reply."""
    grid(desk, addresses=[])
    number = desk.closed()
    path = f"/orders/{number}/ledger-reply"
    assert desk.api(desk.world.secretary).post(path, {"text": "楼道灯已修好"}).status == 200
    desk.clock.advance(days=8)
    return number


def test_the_ledger_is_a_week_behind_and_says_nothing_of_anybody(desk: Desk, published: str) -> None:
    fresh = desk.submitted()
    (entry,) = ledger(desk)["items"]
    assert entry["number"] == published != fresh
    assert (entry["grid"], entry["state"], entry["resolution"]) == ("第三网格", "closed", "resolved")
    assert (entry["service_type"], entry["reply"]) == ("repair", "楼道灯已修好")
    assert not any(secret in str(entry) for secret in SECRETS)
    assert ledger(desk, "NS-01")["items"] == []
    assert desk.api(None).get("/organizations/nowhere/ledger").status == 404


def test_what_was_withdrawn_or_not_checked_never_stands_there(desk: Desk) -> None:
    desk.cancelled()
    desk.submitted(checked=False)
    refused = desk.not_accepted()
    desk.clock.advance(days=8)
    assert [one["number"] for one in ledger(desk)["items"]] == [refused]


def test_the_ledger_is_paged_newest_first(desk: Desk) -> None:
    numbers = [desk.submitted() for _ in range(3)]
    desk.clock.advance(days=8)
    first = ledger(desk, limit=2)
    rest = ledger(desk, limit=2, cursor=first["next_cursor"])
    assert [one["number"] for one in first["items"] + rest["items"]] == numbers[::-1]


def test_only_the_branch_approves_a_reply_and_only_of_what_is_done(desk: Desk) -> None:
    done, working = desk.completed(), desk.in_progress()
    for part, person in desk.world.people.items():
        status = desk.api(person).post(f"/orders/{done}/ledger-reply", {"text": "已修好"}).status
        assert status == {"secretary": 200, "county_officer": 403}.get(part, 404), part
    refused = desk.api(desk.world.secretary).post(f"/orders/{working}/ledger-reply", {"text": "在修"})
    assert (refused.status, refused.code) == (409, "still_in_hand")
    assert desk.api(desk.world.secretary).post(f"/orders/{done}/ledger-reply", {"text": None}).status == 200
    assert desk.row(done).ledger_reply is None
    assert desk.api(desk.world.secretary).post(f"/orders/{done}/ledger-reply", {}).status == 422
    assert desk.api(desk.world.secretary).post("/orders/261123-000000/ledger-reply", {"text": "x"}).status == 404


def test_a_client_finds_its_way_from_discovery_to_a_request(desk: Desk, app: Flask, published: str) -> None:
    found = fetch(app, "discovery.json").get_json()
    (place,) = found["endpoints"]
    assert place["url"].endswith("/open311/v2")
    listed = fetch(app, "services.json").get_json()
    assert {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"} == set(listed[0])
    (request,) = fetch(app, "requests.json", jurisdiction_id="DH-01-01", api_key="any").get_json()
    assert (request["service_request_id"], request["status"]) == (published, "closed")
    assert request["status_notes"] == "楼道灯已修好"
    assert (request["service_code"], request["address"]) == ("repair", "第三网格")
    assert (request["lat"], request["long"]) == (30.125, 104.5)  # the middle of the grid, not the door
    assert request["requested_datetime"] == "2026-11-23T09:00:00+08:00"
    assert fetch(app, f"requests/{published}.json").get_json() == [request]
    assert not any(secret in str(request) for secret in SECRETS)


def test_the_same_as_xml(desk: Desk, app: Flask, published: str) -> None:
    answer = fetch(app, "requests.xml", jurisdiction_id="DH-01-01")
    assert answer.content_type == "text/xml; charset=utf-8"
    root = parsed(answer)
    assert root.tag == "service_requests"
    (request,) = root
    assert request.tag == "request"
    assert request.findtext("service_request_id") == published
    assert request.findtext("description") == ""
    services = parsed(fetch(app, "services.xml"))
    assert (services.tag, services[0].tag, services[0].findtext("metadata")) == ("services", "service", "true")
    found = parsed(fetch(app, "discovery.xml"))
    assert found.findtext("endpoints/endpoint/formats/format") == "application/json"


def test_requests_are_chosen_by_status_kind_time_and_number(desk: Desk, app: Flask) -> None:
    opened, done = desk.submitted(service_type="other"), desk.closed()
    desk.clock.advance(days=8)

    def chosen(**query: str) -> set[str]:
        rows = fetch(app, "requests.json", jurisdiction_id="DH-01-01", **query).get_json()
        return {row["service_request_id"] for row in rows}

    assert chosen() == {opened, done}
    assert chosen(status="open") == {opened}
    assert chosen(status="closed") == {done}
    assert chosen(status="open,closed") == {opened, done}
    assert chosen(service_code="repair") == {done}
    assert chosen(service_request_id=f"{opened},x") == {opened}
    assert chosen(start_date="2026-11-24T00:00:00Z") == set()
    assert chosen(end_date="2026-11-22T00:00:00Z") == set()
    desk.clock.advance(days=90)
    assert chosen() == set()
    assert chosen(start_date="2026-11-01T00:00:00Z") == {opened, done}


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("requests.json", {}, 400),
        ("requests.json", {"jurisdiction_id": "nowhere"}, 404),
        ("requests.json", {"jurisdiction_id": "DH-01-01", "status": "half"}, 400),
        ("requests.json", {"jurisdiction_id": "DH-01-01", "start_date": "yesterday"}, 400),
        ("requests/261123-000000.json", {}, 404),
        ("requests/261123-000000.xml", {}, 404),
    ],
)
def test_errors_are_those_of_the_specification(
    desk: Desk, app: Flask, path: str, query: dict[str, str], status: int
) -> None:
    answer = fetch(app, path, **query)
    assert answer.status_code == status
    if path.endswith("xml"):
        error = parsed(answer)
        assert (error.tag, error[0].tag, error[0].findtext("code")) == ("errors", "error", str(status))
    else:
        (fault,) = answer.get_json()
        assert fault["code"] == status
        assert fault["description"]


def test_another_format_is_no_address(desk: Desk, app: Flask) -> None:
    assert fetch(app, "services.csv").status_code == 404
