"""Nothing that is kept of a person is forgotten: every foreign key to an account or a member is declared."""

from collections.abc import Callable

import peewee as pw

from backend.people.held import table_labels
from backend.people.models import Account, Member
from backend.people.own_data.labels import LABELS
from backend.rooms import ERASURE, PERSONAL_DATA, TABLES
from tests.cast import Person, World
from tests.conftest import Api

Client = Callable[[Person | None], Api]

STAMP = "who dealt with somebody else's matter: part of that person's or the organisation's record"
TWICE = "the row is the person's over another column, which is declared"
# foreign keys that neither the export nor an erasure goes through, each with its ground
NOT_HELD = {
    "forward.done_by": STAMP,
    "leave_request.decided_by": STAMP,
    "make_up_request.decided_by": STAMP,
    "make_up_request.asked_by": TWICE,
    "membership_claim.decided_by": STAMP,
    "membership_claim.member": TWICE,
    "schedule_slot.skipped_by": STAMP,
    "dues_record.recorded_by": STAMP,
    "dues_record.voided_by": STAMP,
    "reminder_setting.deputy": STAMP,
    "study_review_step.actor": STAMP,
    "check_in_step.actor": STAMP,
    "lesson.reviewer": STAMP,
    "lesson_log.actor": STAMP,
    "fan_out_log.actor": STAMP,
    "dead_letter.retried_by": STAMP,
    "organization_change.account": STAMP,
    "affiliation_transfer.asked_by": STAMP,
    "affiliation_transfer.decided_by": STAMP,
    "card_batch.issued_by": STAMP,
    "lost_card.voided_by": STAMP,
    "follow_up_task.done_by": STAMP,
    "member_exemption.asked_by": STAMP,
    "member_exemption.decided_by": STAMP,
    "report_in.decided_by": STAMP,
    "correction_request.decided_by": STAMP,
    "correction_request.member": TWICE,
    "member_flow.contact": STAMP,
    "member_flow.host_contact": STAMP,
    "member_flow_step.actor": STAMP,
    "flow_watch.assignee": STAMP,
    "flow_watch.settled_by": STAMP,
    "household_member.added_by": STAMP,
    "dispatch_policy.changed_by": STAMP,
    "erasure_request.account": "shown by GET /me/erasure-requests; stays as the proof that it was asked for",
}


def foreign_keys() -> set[str]:
    """Every column that leads to an account or a member."""
    return {
        f"{table._meta.table_name}.{field.name}"
        for table in TABLES
        for field in table._meta.sorted_fields
        if isinstance(field, pw.ForeignKeyField) and field.rel_model in {Account, Member}
    }


def test_every_foreign_key_to_a_person_is_held_or_excepted_with_a_ground() -> None:
    direct = {f"{one.by.model._meta.table_name}.{one.by.name}" for one in ERASURE.held if one.through is None}
    assert not direct & set(NOT_HELD)
    assert direct | set(NOT_HELD) == foreign_keys()
    assert all(NOT_HELD.values())


BY_HAND = ("people", "membership.claims", "messaging", "card", "service.teams", "service.grids")


def test_what_is_held_is_exported_or_its_room_writes_an_export_by_hand() -> None:
    silent = [one for one in ERASURE.held if not one.columns]
    assert [
        one.label
        for one in silent
        if not one.by.model.__module__.startswith(tuple("backend." + room for room in BY_HAND))
    ] == []


def names_in(part: object) -> set[str]:
    """Every name that an export uses."""
    if isinstance(part, dict):
        return set(part).union(*(names_in(one) for one in part.values()))
    return set().union(*(names_in(one) for one in part)) if isinstance(part, list) else set()


def test_everything_in_an_export_has_a_chinese_name(api: Client, world: World) -> None:
    tables = table_labels(ERASURE.held)
    assert len(tables) == len(ERASURE.held)
    columns = {column for one in ERASURE.held for column in one.columns}
    used = names_in(api(world.member).get("/me/export").data["rooms"])
    assert (columns | used | set(PERSONAL_DATA)) - set(LABELS) - set(tables) == set()


def test_the_page_is_whole_readable_and_safe(api: Client, world: World) -> None:
    Account.update(display_name="<script>钱").where(Account.id == world.member.account.id).execute()
    answer = api(world.member)._client.get(
        "/api/v1/me/export.html", headers={"Authorization": f"Bearer {world.member.token}"}
    )
    text = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Cache-Control"] == "no-store"
    for words in (
        "我的个人信息",
        "账号与党员身份",
        "大河社区第一党支部",
        "我的工单",
        "&lt;script&gt;钱",
        "2026-11-23 09:00:00",
    ):
        assert words in text
    assert "<script" not in text
    assert "http" not in text.replace("https://", "http").split("</style>")[0]
    assert api(None)._client.get("/api/v1/me/export.html").status_code == 401
