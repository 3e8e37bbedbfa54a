"""Erasure: asked for, thought over, done; what stays is named with its ground."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.membership.erasures.due import erase_due_accounts
from backend.membership.erasures.models import ErasureRequest
from backend.membership.erasures.service import ERASED_NAME
from backend.messaging.models import OutboxEvent
from backend.people import login
from backend.people.login import bind_phone
from backend.people.models import AccessToken, Account, Member, OrganizationPost, Role, WeChatIdentity
from backend.rooms import ERASURE, PERSONAL_DATA
from backend.service.models import ServiceOrder
from backend.wechat.visitor import Visitor
from tests.cast import APPID, SINCE, Person, World
from tests.conftest import Answer, Api, FakeClock
from tests.service.conftest import catalogue as catalogue

Client = Callable[[Person | None], Api]
YES = {"understood": True}
PHONE = "13800001111"


def ask(api: Client, person: Person) -> Answer:
    """Ask over HTTP."""
    return api(person).post("/me/erasure-requests", YES)


def week_later(clock: FakeClock) -> int:
    """The bot's beat after the week."""
    clock.advance(days=7)
    return erase_due_accounts(reach=ERASURE, now=clock())


def test_the_outlook_names_what_goes_and_what_stays_with_its_ground(api: Client, world: World) -> None:
    shown = api(world.member).get("/me/erasure-requests").data
    assert {"微信身份", "登录凭证", "消息", "收听党课"} <= set(shown["erased"])
    kept = {row["what"]: row["ground"] for row in shown["kept"]}
    assert {"党员名册", "我的工单", "党费", "审计记录"} <= set(kept)
    assert all(len(ground) > 5 for ground in kept.values())
    assert (shown["grace_days"], shown["requests"]) == (7, [])


def test_after_a_week_the_account_is_nobodys(api: Client, world: World, clock: FakeClock) -> None:
    person = world.member
    bind_phone(person.account.id, PHONE)
    answer = ask(api, person)
    assert (answer.status, answer.data["state"]) == (201, "asked")
    clock.advance(days=6)
    assert erase_due_accounts(reach=ERASURE, now=clock()) == 0
    assert api(person).get("/me").status == 200
    clock.advance(days=1)
    assert erase_due_accounts(reach=ERASURE, now=clock()) == 1
    assert erase_due_accounts(reach=ERASURE, now=clock()) == 0
    account = Account.get_by_id(person.account.id)
    assert (account.display_name, account.phone, account.phone_index) == (ERASED_NAME, None, None)
    assert account.organization_id is None
    assert api(person).get("/me").status == 401
    assert AccessToken.select().where(AccessToken.account == account).count() == 0
    member = Member.get_by_id(person.member.id if person.member else 0)
    assert (member.name, member.account_id) == ("钱晓梅", None)  # the roster is the organisation's
    exported = [PERSONAL_DATA[room](account.id) for room in PERSONAL_DATA]
    assert PHONE not in str(exported)
    assert "钱晓梅" not in str(exported)
    entry = AuditEntry.get(AuditEntry.action == "account.erased")
    assert (entry.about_id, entry.actor_id) == (account.id, None)


def test_whoever_logs_in_again_is_a_new_resident(world: World, api: Client, clock: FakeClock) -> None:
    ask(api, world.member)
    week_later(clock)
    again, token, _ = login.log_in(Visitor(APPID, "o-member", None, "key"), "miniprogram", now=clock())
    assert again.id != world.member.account.id
    mine = api(Person("", again, token)).get("/me").data
    assert (mine["member"], mine["roles"], mine["phone"]) == (None, [], None)


def test_nobody_elses_data_is_touched(api: Client, world: World, clock: FakeClock) -> None:
    ask(api, world.member)
    others = Account.id != world.member.account.id
    before = sorted(map(repr, Account.select().where(others).tuples()))
    counts = WeChatIdentity.select().count(), AccessToken.select().count()
    week_later(clock)
    assert sorted(map(repr, Account.select().where(others).tuples())) == before
    assert (WeChatIdentity.select().count(), AccessToken.select().count()) == (counts[0] - 1, counts[1] - 1)


def test_one_may_change_ones_mind(api: Client, world: World, clock: FakeClock) -> None:
    asked = ask(api, world.resident).data["id"]
    assert api(world.neighbour).post(f"/me/erasure-requests/{asked}/cancel").status == 404
    cancelled = api(world.resident).post(f"/me/erasure-requests/{asked}/cancel")
    assert (cancelled.status, cancelled.data["state"]) == (200, "cancelled")
    assert api(world.resident).post(f"/me/erasure-requests/{asked}/cancel").code == "erasure_over"
    assert week_later(clock) == 0
    assert api(world.resident).get("/me").status == 200
    assert ask(api, world.resident).status == 201
    assert [row["state"] for row in api(world.resident).get("/me/erasure-requests").data["requests"]] == [
        "asked",
        "cancelled",
    ]
    assert [row.topic for row in OutboxEvent.select().order_by(OutboxEvent.id)] == [
        "erasure.asked",
        "erasure.cancelled",
        "erasure.asked",
    ]


@pytest.mark.parametrize("body", [{}, {"understood": False}, {"understood": None}, {"understood": True, "now": True}])
def test_it_has_to_be_understood(api: Client, world: World, body: dict[str, Any]) -> None:
    assert api(world.resident).post("/me/erasure-requests", body).status == 422
    assert ErasureRequest.select().count() == 0


def test_one_request_at_a_time_and_only_with_a_log_in(api: Client, world: World) -> None:
    assert ask(api, world.resident).status == 201
    assert ask(api, world.resident).code == "erasure_under_way"
    assert api(None).post("/me/erasure-requests", YES).status == 401
    assert api(None).get("/me/erasure-requests").status == 401


def test_who_holds_a_post_lays_it_down_first(api: Client, world: World, clock: FakeClock) -> None:
    assert ask(api, world.secretary).code == "holds_post"
    OrganizationPost.update(ends_on=clock().date() - timedelta(days=1)).where(
        OrganizationPost.account == world.secretary.account
    ).execute()
    assert ask(api, world.secretary).status == 201
    OrganizationPost.create(
        organization=world.branch, account=world.secretary.account, role=Role.DISPATCHER, starts_on=SINCE
    )
    assert week_later(clock) == 0  # appointed meanwhile: put off
    OrganizationPost.update(ends_on=clock().date() - timedelta(days=1)).execute()
    clock.advance(days=1)
    assert erase_due_accounts(reach=ERASURE, now=clock()) == 1


@pytest.mark.usefixtures("catalogue")
def test_an_open_order_first_has_to_come_to_its_end(api: Client, world: World, clock: FakeClock) -> None:
    body = {
        "service_type": "repair",
        "title": "楼道灯不亮",
        "description": "三楼",
        "place": {"text": "三号楼"},
        "contact": {"name": "李桂芳", "phone": PHONE},
    }
    ordered = api(world.resident).post("/orders", body)
    assert ordered.status == 201, ordered.body
    assert ask(api, world.resident).code == "open_orders"
    number = ordered.data["number"]
    assert api(world.resident).post(f"/orders/{number}/cancel", {"note": "不用了"}).status == 200
    assert ask(api, world.resident).status == 201
    assert week_later(clock) == 1
    order = ServiceOrder.get(ServiceOrder.number == number)
    assert (order.contact_name, order.contact_phone, order.lat) == (None, None, None)
    assert order.title == "楼道灯不亮"
    shown = api(world.secretary).get(f"/orders/{number}").data
    assert shown["requester"]["name"] == ERASED_NAME
    assert "李桂芳" not in str(shown["requester"]) + str(shown["contact"])
