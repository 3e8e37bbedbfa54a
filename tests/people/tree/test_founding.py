"""Founding organisations and editing what is said of them, with the rows that the history keeps."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.people.models import BODIES, Organization, OrganizationKind
from backend.people.tree.models import OrganizationChange, OrganizationGram
from backend.people.tree.rules import BRANCHES, KIND_LABELS, ROOTS, STANDING, may_stand
from tests.cast import World
from tests.conftest import Api

Calls = Callable[[Any], Api]
NEW = {"code": "DH-02", "name": "大河机关党委", "kind": "committee"}
CONTACT = {"name": "王小明", "phone": "13800001234"}


def test_an_organisation_is_founded_where_it_belongs(api: Calls, world: World) -> None:
    traits = {"level": "township", "sector": "organ", "division": "511602", "contact": CONTACT, "reason": "批复"}
    founded = api(world.county_officer).post("/organizations/DH/children", {**NEW, **traits})
    assert founded.status == 201, founded.body
    assert founded.data["organization"] == {
        "code": "DH-02",
        "name": "大河机关党委",
        "kind": "committee",
        "parent": {"code": "DH", "name": "大河县委"},
        "level": "township",
        "sector": "organ",
        "division": "511602",
        "units": None,
        "closed_on": None,
        "contact": {"name": "王**", "phone": "138****1234"},
    }
    row = Organization.get(Organization.code == "DH-02")
    assert row.path == f"{world.county.path}{row.id}."
    assert b"13800001234" not in bytes(row.contact_phone.raw)
    assert api(world.stranger).get("/organizations", under="DH-02").data["items"][0]["contact"] is None


FOUNDERS = {
    "secretary": (201, 404),
    "county_officer": (201, 201),
    "member": (403, 404),
    "volunteer": (403, 404),
    "host_secretary": (404, 404),
    "resident": (404, 404),
    "stranger": (404, 404),
}


@pytest.mark.parametrize("part", FOUNDERS)
def test_organisations_are_founded_by_those_who_keep_them(api: Calls, world: World, part: str) -> None:
    person = api(world.people[part])
    places = (("DH-01-01", "cell"), ("DH", "branch"))
    found = [
        person.post(f"/organizations/{code}/children", {"code": f"N{kind}", "name": "新设组织", "kind": kind}).status
        for code, kind in places
    ]
    assert tuple(found) == FOUNDERS[part]


def test_every_kind_says_below_what_it_may_stand_and_why() -> None:
    assert set(STANDING) == set(KIND_LABELS) == set(OrganizationKind)
    assert all(rule.source for rule in STANDING.values())
    allowed = {(kind, above) for kind, above in product(OrganizationKind, OrganizationKind) if may_stand(kind, above)}
    committees = ("committee", "working_committee")
    branches = sorted(BRANCHES)
    expected = {(kind, above) for kind in (*committees, "general_branch") for above in committees}
    expected |= {(kind, above) for kind in branches for above in (*committees, "general_branch")}
    expected |= {("cell", above) for above in branches}
    expected |= {(kind, above) for kind in BODIES for above in (*committees, "general_branch", *branches)}
    assert allowed == expected
    assert {kind for kind in OrganizationKind if may_stand(kind, None)} == set(ROOTS) == set(committees)


@pytest.mark.parametrize(
    ("above", "changed", "field", "code"),
    [
        ("DH", {"kind": "cell"}, "kind", "kind_not_below"),
        ("DH-01-01", {"kind": "branch"}, "kind", "kind_not_below"),
        ("DH-01-01", {"kind": "committee"}, "kind", "kind_not_below"),
        ("DH", {"kind": "party"}, "kind", "enum"),
        ("DH", {"code": "with space"}, "code", "string_pattern_mismatch"),
        ("DH", {"code": "1.2."}, "code", "string_pattern_mismatch"),
        ("DH", {"code": ""}, "code", "string_pattern_mismatch"),
        ("DH", {"name": "短"}, "name", "string_too_short"),
        ("DH", {"division": "51160"}, "division", "string_pattern_mismatch"),
        ("DH", {"division": "5116021234567"}, "division", "string_pattern_mismatch"),
        ("DH", {"sector": "bank"}, "sector", "enum"),
        ("DH", {"level": "nation"}, "level", "enum"),
        ("DH", {"units": 0}, "units", "greater_than_equal"),
        ("DH", {"contact": {"name": "王"}}, "contact.phone", "missing"),
        ("DH", {"contact": {"name": "王", "phone": "123"}}, "contact.phone", "string_pattern_mismatch"),
        ("DH", {"path": "1."}, "path", "extra_forbidden"),
    ],
)
def test_what_cannot_be_founded_is_refused(
    api: Calls, world: World, above: str, changed: dict[str, Any], field: str, code: str
) -> None:
    refused = api(world.county_officer).post(f"/organizations/{above}/children", {**NEW, **changed})
    assert refused.status == 422
    assert [(one["field"], one["code"]) for one in refused.body["errors"]] == [(field, code)]
    assert OrganizationChange.select().count() == 0


def test_a_taken_code_is_409(api: Calls, world: World) -> None:
    refused = api(world.county_officer).post("/organizations/DH/children", {**NEW, "code": "NS-01"})
    assert (refused.status, refused.code) == (409, "code_taken")


def test_a_level_is_never_above_the_one_it_stands_below(api: Calls, world: World) -> None:
    officer = api(world.county_officer)
    assert officer.post("/organizations/DH/edit", {"level": "county", "reason": "登记层级"}).status == 200
    refused = officer.post("/organizations/DH/children", {**NEW, "level": "city"})
    assert refused.body["errors"][0]["code"] == "level_too_high"
    assert officer.post("/organizations/DH/children", {**NEW, "level": "county"}).status == 201


def test_an_edit_changes_what_it_names_and_empties_what_it_says_is_null(api: Calls, world: World) -> None:
    secretary = api(world.secretary)
    first = {"sector": "community", "contact": CONTACT, "reason": "补充信息"}
    shown = secretary.post("/organizations/DH-01-01/edit", first).data["organization"]
    assert (shown["sector"], shown["contact"], shown["name"]) == (
        "community",
        {"name": "王**", "phone": "138****1234"},
        "大河社区第一党支部",
    )
    second = {"sector": None, "name": "大河社区第二党支部", "reason": "更名"}
    shown = secretary.post("/organizations/DH-01-01/edit", second).data["organization"]
    assert (shown["sector"], shown["name"]) == (None, "大河社区第二党支部")
    assert shown["contact"] is not None
    history = secretary.get("/organizations/DH-01-01/history").data["items"]
    assert history == [
        {
            "kind": "edited",
            "kind_label": "变更信息",
            "from": {"name": "大河社区第一党支部", "sector": "community"},
            "to": {"name": "大河社区第二党支部", "sector": None},
            "by": "孙立新",
            "at": "2026-11-23T09:00:00+08:00",
            "reason": "更名",
        },
        {
            "kind": "edited",
            "kind_label": "变更信息",
            "from": {"sector": None, "contact": None},
            "to": {"sector": "community", "contact": "王** 138****1234"},
            "by": "孙立新",
            "at": "2026-11-23T09:00:00+08:00",
            "reason": "补充信息",
        },
    ]


def test_a_number_that_looks_the_same_when_masked_is_still_a_change(api: Calls, world: World) -> None:
    secretary = api(world.secretary)
    secretary.post("/organizations/DH-01-01/edit", {"contact": CONTACT, "reason": "登记"})
    other = {**CONTACT, "phone": "13855551234"}
    assert secretary.post("/organizations/DH-01-01/edit", {"contact": other, "reason": "换号"}).status == 200
    again = secretary.post("/organizations/DH-01-01/edit", {"contact": other, "reason": "换号"})
    assert (again.status, again.code) == (409, "nothing_changed")


def test_a_renamed_organisation_is_found_by_its_new_name_only(api: Calls, world: World) -> None:
    api(world.secretary).post("/organizations/DH-01-01/edit", {"name": "清水党支部", "reason": "更名"})
    found = {q: api(world.stranger).get("/organizations", q=q).data["items"] for q in ("清水", "第一党支部")}
    assert [one["code"] for one in found["清水"]] == ["DH-01-01"]
    assert found["第一党支部"] == []


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("DH-01-01", {"kind": "cell"}),
        ("DH-01", {"kind": "branch"}),
        ("DH", {"kind": "branch"}),
        ("DH-01-01", {"kind": None}),
        ("DH-01-01", {"name": None}),
    ],
)
def test_an_edit_must_fit_what_stands_above_and_below(
    api: Calls, world: World, code: str, body: dict[str, Any]
) -> None:
    refused = api(world.county_officer).post(f"/organizations/{code}/edit", {**body, "reason": "试试"})
    assert (refused.status, len(refused.body["errors"])) == (422, 1)
    assert Organization.get(Organization.code == code).kind != body.get("kind")


def test_a_branch_may_grow_into_a_general_branch(api: Calls, world: World) -> None:
    body = {"kind": "general_branch", "reason": "党员超过50名"}
    assert api(world.county_officer).post("/organizations/DH-01-01/edit", body).status == 200


def test_the_history_is_for_those_who_see_the_organisation(api: Calls, world: World) -> None:
    statuses = {
        part: api(world.people[part]).get("/organizations/DH-01-01/history").status
        for part in ("secretary", "county_officer", "member", "host_secretary", "stranger")
    }
    assert statuses == {
        "secretary": 200,
        "county_officer": 200,
        "member": 403,
        "host_secretary": 404,
        "stranger": 404,
    }


def test_history_is_paged_from_the_newest(api: Calls, world: World) -> None:
    secretary = api(world.secretary)
    for number in range(4):
        secretary.post("/organizations/DH-01-01/edit", {"units": number + 1, "reason": f"第{number}次"})
    first = secretary.get("/organizations/DH-01-01/history", limit=3).data
    rest = secretary.get("/organizations/DH-01-01/history", limit=3, cursor=first["next_cursor"]).data
    reasons = [one["reason"] for one in first["items"] + rest["items"]]
    assert reasons == ["第3次", "第2次", "第1次", "第0次"]
    assert rest["next_cursor"] is None


def test_a_contact_is_revealed_to_members_with_a_purpose(api: Calls, world: World) -> None:
    api(world.secretary).post("/organizations/DH-01-01/edit", {"contact": CONTACT, "reason": "登记"})
    shown = api(world.member).get("/organizations/DH-01-01").data["contact"]
    assert shown == {"name": "王**", "phone": "138****1234"}
    revealed = api(world.member).post("/organizations/DH-01-01/contact", {"purpose": "联系支部"})
    assert revealed.data == CONTACT
    entry = AuditEntry.get(AuditEntry.action == "organization.contact")
    assert (entry.purpose, entry.actor_id) == ("联系支部", world.member.account.id)
    assert api(world.stranger).post("/organizations/DH-01-01/contact", {"purpose": "好奇"}).status == 403
    assert api(world.county_officer).post("/organizations/DH/contact", {"purpose": "联系"}).code == "no_contact"


def test_advice_names_the_clause_and_refuses_nothing(api: Calls, world: World) -> None:
    officer = api(world.county_officer)
    founded = officer.post("/organizations/DH/children", {**NEW, "code": "B9", "kind": "branch"})
    assert founded.status == 201
    assert [("不足 3 名" in one["message"], "第四条" in one["source"]) for one in founded.data["advice"]] == [
        (True, True)
    ]
    joint = {**NEW, "code": "B8", "kind": "joint_branch", "units": 6}
    advice = officer.post("/organizations/DH/children", joint).data["advice"]
    assert ["第五条" in one["source"] for one in advice] == [True]
    assert officer.get("/organizations/DH-01-01/advice").data == []
    assert api(world.stranger).get("/organizations/DH-01-01/advice").status == 404


def test_every_organisation_of_the_cast_can_be_found(world: World) -> None:
    assert OrganizationGram.select().where(OrganizationGram.gram == "大河").count() == 3
