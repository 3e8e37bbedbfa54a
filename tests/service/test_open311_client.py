"""A stock Open311 client (`georeport` of PyPI, untouched) reads a running server, in both formats."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from georeport import GeoReport

from backend.core.database import database
from tests.emulated import served
from tests.service.conftest import LAMP, Desk
from tests.service.test_order_routing import grid

SECRETS = (LAMP["title"], LAMP["description"], "三单元", "李桂芳", "13812345678", "已更换灯泡")
# GeoReport v2, GET Service Requests: every field, and those without which an answer is not valid
FIELDS = {
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
}


@pytest.fixture
def published(desk: Desk) -> list[str]:
    """A closed order with an approved reply and an open one, both older than the delay."""
    grid(desk, addresses=[])
    closed, opened = desk.closed(), desk.submitted(service_type="other")
    path = f"/orders/{closed}/ledger-reply"
    assert desk.api(desk.world.secretary).post(path, {"text": "楼道灯已修好"}).status == 200
    desk.clock.advance(days=8)
    return [closed, opened]


@pytest.fixture(params=["json", "xml"])
def client(request: pytest.FixtureRequest, app: Flask, published: list[str]) -> Iterator[GeoReport]:
    """The client, pointed at the running server and told nothing but jurisdiction and format."""
    with served(app) as url:
        yield GeoReport(f"{url}/open311/v2/", jurisdiction="DH-01-01", output_format=request.param)
    database.connect(reuse_if_open=True)


def as_list(found: Any) -> list[dict[str, Any]]:
    """The client's XML reader makes a single element of a list of one."""
    return found if isinstance(found, list) else [found]


def test_it_lists_the_services_and_what_each_asks(client: GeoReport) -> None:
    services = {one["service_code"]: one for one in client.get_service_list()}
    assert {"repair", "other"} <= set(services)
    asking = [code for code, one in services.items() if str(one["metadata"]).lower() == "true"]
    assert asking
    for code in asking:
        found = client.get_service_definition(code)
        attributes = found["attributes"]
        questions = as_list(attributes["attribute"] if isinstance(attributes, dict) else attributes)
        assert found["service_code"] == code
        assert all(one["description"] and one["datatype"] and one["code"] for one in questions)


def test_it_finds_the_requests_by_everything_that_it_can_ask_for(client: GeoReport, published: list[str]) -> None:
    closed, opened = published

    def numbers(**query: str) -> set[str]:
        return {one["service_request_id"] for one in as_list(client.get_service_requests(**query))}

    assert numbers() == {closed, opened}
    assert numbers(status="open") == {opened}
    assert numbers(status="closed") == {closed}
    assert numbers(status="open,closed") == {closed, opened}
    assert numbers(service_code="repair") == {closed}
    assert numbers(service_request_id=f"{closed},{opened}") == {closed, opened}
    assert numbers(start_date="2026-11-23T00:00:00Z", end_date="2026-11-24T00:00:00Z") == {closed, opened}


def test_one_request_has_every_field_and_nothing_of_anybody(client: GeoReport, published: list[str]) -> None:
    found = client.get_service_request(published[0])
    assert set(found) == FIELDS
    assert (found["service_request_id"], found["status"]) == (published[0], "closed")
    assert (found["status_notes"], found["service_code"]) == ("楼道灯已修好", "repair")
    assert found["requested_datetime"] == "2026-11-23T09:00:00+08:00"
    assert (float(found["lat"]), float(found["long"]), found["address"]) == (30.125, 104.5, "第三网格")
    assert not found["description"]
    assert not any(secret in str(found) for secret in SECRETS)
