"""Reading the audit log: auditors below their post, everybody what concerns himself."""

from collections.abc import Callable

import pytest

from backend.core import audit
from backend.people.audits.labels import LABELS
from backend.people.models import OrganizationPost, Role
from tests.cast import SINCE, Person, World
from tests.conftest import Api, FakeClock

Client = Callable[[Person | None], Api]


@pytest.fixture
def auditor(world: World) -> Person:
    """The stranger is sent to audit the street."""
    OrganizationPost.create(
        organization=world.street, account=world.stranger.account, role=Role.AUDITOR, starts_on=SINCE
    )
    found: Person = world.stranger
    return found


def note(
    world: World, clock: FakeClock, *, place: str = "branch", action: str = "roster.export", about: str = ""
) -> None:
    """An entry by the secretary."""
    account = world.people[about].account.id if about else None
    subject = audit.Subject("organization:X", world.organizations[place].id, account)
    audit.record(action, subject, actor_id=world.secretary.account.id, purpose="核对", now=clock())


def test_an_auditor_reads_what_lies_below_his_post(
    api: Client, world: World, clock: FakeClock, auditor: Person
) -> None:
    note(world, clock, place="branch")
    note(world, clock, place="street")
    note(world, clock, place="host_branch")
    note(world, clock, place="county")
    rows = api(auditor).get("/audit").data["items"]
    assert [row["organization"]["code"] for row in rows] == ["DH-01", "DH-01-01"]
    assert rows[0]["label"] == LABELS["roster.export"]
    assert (rows[0]["actor"], rows[0]["actor_name"]) == (world.secretary.account.public_id, "孙立新")


def test_nobody_else_reads_it(api: Client, world: World, clock: FakeClock) -> None:
    note(world, clock)
    for part in ("resident", "member", "volunteer", "secretary", "host_secretary", "county_officer", "stranger"):
        assert api(world.people[part]).get("/audit").status == 403
    assert api(None).get("/audit").status == 401


def test_entries_are_found_by_action_person_and_day(
    api: Client, world: World, clock: FakeClock, auditor: Person
) -> None:
    note(world, clock, about="member")
    clock.advance(days=1)
    note(world, clock, action="order.contact_opened", about="resident")
    listed = api(auditor).get

    def subjects(**query: str) -> list[str]:
        return [row["action"] for row in listed("/audit", **query).data["items"]]

    both = ["order.contact_opened", "roster.export"]
    assert subjects() == both[:1]
    assert subjects(day="2026-11-23") == both[1:]
    assert subjects(day="2026-11-22") == []
    assert subjects(actor=world.secretary.account.public_id) == both
    assert subjects(actor=world.secretary.account.public_id, action="roster.export") == both[1:]
    assert subjects(actor=world.member.account.public_id) == []
    assert subjects(about=world.member.account.public_id) == both[1:]
    assert subjects(about="nobody") == []
    assert listed("/audit", day="gestern").status == 422


def test_the_log_is_paged_and_asks_once_a_page(
    api: Client, world: World, clock: FakeClock, auditor: Person, statements: Callable[[], object]
) -> None:
    for _ in range(5):
        note(world, clock)
    first = api(auditor).get("/audit", limit=3).data
    second = api(auditor).get("/audit", limit=3, cursor=first["next_cursor"]).data
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (3, 2, None)
    with statements() as few:
        api(auditor).get("/audit", limit=1)
    with statements() as many:
        api(auditor).get("/audit", limit=5)
    assert len(few) == len(many)


def test_everybody_reads_who_looked_at_his_own_data(api: Client, world: World, clock: FakeClock) -> None:
    note(world, clock, about="member", action="order.contact_opened")
    note(world, clock, about="resident")
    audit.record("member.reveal", f"member:{world.member.member.public_id}", actor_id=None, purpose="核对", now=clock())
    api(world.member).get("/me/export")
    rows = api(world.member).get("/me/audit").data["items"]
    assert [(row["label"], row["actor_name"], row["by_me"]) for row in rows] == [
        ("导出个人信息", "钱晓梅", True),
        ("查看名册字段", None, False),
        ("查看工单联系方式", "孙立新", False),
    ]
    assert rows[2]["organization"]["code"] == "DH-01-01"
    assert api(world.stranger).get("/me/audit").data["items"] == []
    assert api(None).get("/me/audit").status == 401
