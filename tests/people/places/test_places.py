"""Places over HTTP: who opens them, who learns their codes, and what becomes of a code that was replaced."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from backend.core.audit import AuditEntry
from backend.core.errors import NotFound
from backend.people.places.codes import SIGNS, find_place, new_place_code
from backend.people.places.models import ServiceCentre
from tests.cast import World
from tests.conftest import Api

Calls = Callable[[Any], Api]
CENTRE = {"name": "大河社区党群服务中心", "address": "大河路 8 号", "lat": 30.4561234, "lng": 106.6312345}


@pytest.fixture
def centre(api: Calls, world: World) -> dict[str, Any]:
    """The service centre of the branch, as its secretary sees it."""
    opened = api(world.secretary).post("/organizations/DH-01-01/places", CENTRE)
    assert opened.status == 201, opened.body
    found: dict[str, Any] = opened.data
    return found


def test_a_place_is_opened_with_a_code_of_its_own(api: Calls, world: World, centre: dict[str, Any]) -> None:
    assert centre["organization"] == {"code": "DH-01-01", "name": "大河社区第一党支部"}
    assert (centre["kind"], centre["kind_label"]) == ("service_centre", "党群服务中心")
    assert (centre["lat"], centre["lng"], centre["datum"]) == (30.45612, 106.63123, "gcj02")
    assert set(centre["code"]) <= set(SIGNS)
    assert centre["scene"] == "place." + centre["code"]
    assert centre["closed_at"] is None
    other = api(world.county_officer).post("/organizations/NS-01/places", {"name": "驻深", "address": "福田"}).data
    assert other["code"] != centre["code"]
    assert (other["lat"], other["datum"]) == (None, None)


def test_codes_never_look_alike_and_differ() -> None:
    codes = {new_place_code() for _ in range(500)}
    assert len(codes) == 500
    assert {len(code) for code in codes} == {8}
    assert not set("".join(codes)) & set("01ilo")


OPENS = {
    "secretary": (201, 404),
    "county_officer": (201, 201),
    "host_secretary": (404, 201),
    "member": (403, 404),
    "volunteer": (403, 404),
    "resident": (404, 404),
    "stranger": (404, 404),
}


@pytest.mark.parametrize("part", OPENS)
def test_places_are_opened_by_those_who_keep_them(api: Calls, world: World, part: str) -> None:
    person = api(world.people[part])
    body = {"name": "中心", "address": "某路"}
    found = [person.post(f"/organizations/{code}/places", body).status for code in ("DH-01-01", "NS-01")]
    assert tuple(found) == OPENS[part]


@pytest.mark.parametrize(
    ("part", "keeps"),
    [("secretary", True), ("county_officer", True), ("member", False), ("stranger", False), ("host_secretary", False)],
)
def test_everybody_sees_a_place_and_only_its_keepers_its_code(
    api: Calls, world: World, centre: dict[str, Any], part: str, keeps: bool
) -> None:
    person = api(world.people[part])
    shown = person.get(f"/places/{centre['id']}").data
    assert (shown["name"], shown["code"] is not None, shown["scene"] is not None) == (CENTRE["name"], keeps, keeps)
    assert person.get("/organizations/DH-01-01/places").data["items"] == [shown]
    refused = 404 if part in {"stranger", "host_secretary"} else 403
    for act in ("renew-code", "close"):
        if not keeps:
            assert person.post(f"/places/{centre['id']}/{act}").status == refused
    for kind in ("svg", "png"):
        assert keeps or person.get(f"/places/{centre['id']}/poster.{kind}").status == refused


@pytest.mark.parametrize("way", [str, str.upper, lambda code: f"place.{code}", lambda code: f" {code[:4]}-{code[4:]} "])
def test_a_code_is_found_however_it_is_given(
    api: Calls, world: World, centre: dict[str, Any], way: Callable[[str], str]
) -> None:
    assert find_place(way(centre["code"])).public_id == centre["id"]
    seen = api(world.stranger).get(f"/place-codes/{way(centre['code'])}").data
    assert (seen["id"], seen["code"]) == (centre["id"], None)


@pytest.mark.parametrize("code", ["", "place.", "zzzzzzzz", "０", "%", "' OR 1=1 --", "a" * 300])
def test_a_code_of_no_place_is_said_to_be_none(world: World, centre: dict[str, Any], code: str) -> None:
    with pytest.raises(NotFound) as refusal:
        find_place(code)
    assert (refusal.value.code, "场所码" in refusal.value.message) == ("place_not_found", True)


def test_a_renewed_code_ends_the_old_one_at_once(api: Calls, world: World, centre: dict[str, Any]) -> None:
    renewed = api(world.secretary).post(f"/places/{centre['id']}/renew-code").data
    assert renewed["code"] != centre["code"]
    assert api(world.member).get(f"/place-codes/{centre['code']}").code == "place_not_found"
    assert api(world.member).get(f"/place-codes/{renewed['code']}").data["id"] == centre["id"]
    noted = AuditEntry.get(AuditEntry.action == "place.renew_code")
    assert (noted.actor_id, noted.subject) == (world.secretary.account.id, f"place:{centre['id']}")


def test_a_closed_place_keeps_its_page_and_loses_its_code(api: Calls, world: World, centre: dict[str, Any]) -> None:
    closed = api(world.secretary).post(f"/places/{centre['id']}/close").data
    assert closed["closed_at"] == "2026-11-23T09:00:00+08:00"
    assert api(world.member).get(f"/place-codes/{centre['code']}").code == "place_not_found"
    assert api(world.member).get(f"/places/{centre['id']}").data["closed_at"] == closed["closed_at"]
    for act in ("close", "renew-code"):
        refused = api(world.secretary).post(f"/places/{centre['id']}/{act}")
        assert (refused.status, refused.code) == (409, "place_changed")
    assert api(world.member).get("/organizations/DH-01-01/places").data["items"] == []
    listed = api(world.member).get("/organizations/DH-01-01/places", closed="true").data["items"]
    assert [one["id"] for one in listed] == [centre["id"]]


def test_places_are_paged(api: Calls, world: World) -> None:
    for number in range(5):
        api(world.secretary).post("/organizations/DH-01-01/places", {**CENTRE, "name": f"中心{number}"})
    first = api(world.member).get("/organizations/DH-01-01/places", limit=3).data
    rest = api(world.member).get("/organizations/DH-01-01/places", limit=3, cursor=first["next_cursor"]).data
    names = [one["name"] for one in first["items"] + rest["items"]]
    assert names == [f"中心{number}" for number in range(5)]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "x"}, "name"),
        ({"address": ""}, "address"),
        ({"lat": 91}, "lat"),
        ({"lng": None}, ""),
        ({"kind": "bar"}, "kind"),
        ({"datum": "bd09"}, "datum"),
        ({"code": "chosen"}, "code"),
    ],
)
def test_a_place_that_cannot_be_is_refused(api: Calls, world: World, changed: dict[str, Any], field: str) -> None:
    refused = api(world.secretary).post("/organizations/DH-01-01/places", {**CENTRE, **changed})
    assert (refused.status, [one["field"] for one in refused.body["errors"]]) == (422, [field])
    assert ServiceCentre.select().count() == 0


def test_an_unknown_place_or_organisation_is_404(api: Calls, world: World) -> None:
    assert api(world.secretary).get("/places/nothing").status == 404
    assert api(world.secretary).get("/organizations/XX/places").code == "organization_not_found"
    assert api(world.secretary).post("/organizations/XX/places", CENTRE).code == "organization_not_found"


def test_the_poster_is_a_picture_of_the_scene(app: Flask, world: World, centre: dict[str, Any]) -> None:
    heads = {"svg": b"<?xml", "png": b"\x89PNG"}
    for kind, head in heads.items():
        answer = app.test_client().get(
            f"/api/v1/places/{centre['id']}/poster.{kind}",
            headers={"Authorization": f"Bearer {world.secretary.token}"},
        )
        assert answer.status_code == 200
        assert answer.data.startswith(head)
        assert answer.headers["Cache-Control"] == "no-store"
