"""Everything about me, and about nobody else."""

import json
from collections.abc import Callable
from decimal import Decimal

from backend.card.ledger import Entry, add_record
from backend.core.audit import AuditEntry
from backend.core.database import in_unit_of_work
from backend.messaging import outbox
from backend.messaging.models import InboxMessage, OutboxEvent
from backend.people.identity import identity_index, tail_index
from backend.people.login import bind_phone
from backend.people.models import Member
from backend.rooms import PERSONAL_DATA
from tests.cast import Person, World
from tests.conftest import Api, FakeClock

Client = Callable[[Person | None], Api]
IDENTITY = "51162219900307123X"


def live(api: Client, world: World, clock: FakeClock, person: Person, phone: str) -> None:
    """Leave a trace in every room."""
    bind_phone(person.account.id, phone)
    assert person.member is not None
    number = IDENTITY[:-2] + phone[-2:]
    Member.update(identity=number, identity_index=identity_index(number), identity_tail_index=tail_index(number)).where(
        Member.id == person.member.id
    ).execute()
    entry = Entry(clock(), f"会议室{phone}", "组织生活", "meeting", Decimal(2), f"test:{phone}", None)
    in_unit_of_work(lambda: add_record(person.member.id if person.member else 0, entry, now=clock()))
    in_unit_of_work(lambda: outbox.enqueue("x.y", {}, key=phone, organization_id=None, now=clock()))
    event = OutboxEvent.get(OutboxEvent.key == phone)
    InboxMessage.create(account=person.account, event=event, title="通知", body=f"写给{phone}", created_at=clock())


def test_the_export_has_all_of_me_and_nothing_of_others(api: Client, world: World, clock: FakeClock) -> None:
    live(api, world, clock, world.member, "13800000001")
    live(api, world, clock, world.second_member, "13900000002")
    answer = api(world.member).get("/me/export")
    rooms = answer.data["rooms"]
    assert set(rooms) == set(PERSONAL_DATA) >= {"people", "membership", "messaging", "card"}
    assert rooms["people"]["account"]["phone"] == "13800000001"
    assert rooms["people"]["member"]["identity_number"] == IDENTITY[:-2] + "01"
    assert rooms["people"]["member"]["memberships"][0]["organization"] == "大河社区第一党支部"
    assert len(rooms["people"]["consents"]) == 4
    assert [row["body"] for row in rooms["messaging"]["inbox"]] == ["写给13800000001"]
    assert [row["place"] for row in rooms["card"]["records"]] == ["会议室13800000001"]
    text = json.dumps(answer.data, ensure_ascii=False)
    assert "13900000002" not in text
    assert "冯磊" not in text


def test_secrets_are_not_part_of_it(api: Client, world: World) -> None:
    text = json.dumps(api(world.member).get("/me/export").data)
    assert "token-of" not in text
    assert "digest" not in text
    assert "session_key" not in text


def test_a_claim_is_in_the_export_of_its_asker(api: Client, world: World) -> None:
    bind_phone(world.resident.account.id, "13800000001")
    claim = {"name": "李桂芳", "branch": "DH-01-01", "id_tail": "123X"}
    api(world.resident).post("/me/membership-claims", claim)
    rooms = api(world.resident).get("/me/export").data["rooms"]
    assert [(row["name"], row["id_tail"], row["state"]) for row in rooms["membership"]["claims"]] == [
        ("李桂芳", "123X", "submitted")
    ]
    assert rooms["people"]["member"] is None
    assert not any(rooms["card"].values())


def test_each_export_is_logged_and_needs_a_log_in(api: Client, world: World) -> None:
    assert api(None).get("/me/export").status == 401
    api(world.secretary).get("/me/export")
    (entry,) = AuditEntry.select()
    assert (entry.action, entry.actor_id) == ("me.export", world.secretary.account.id)
    assert entry.subject == f"account:{world.secretary.account.public_id}"
