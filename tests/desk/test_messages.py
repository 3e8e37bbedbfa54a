"""The pages about messages: groups, rules and their simulator, large sendings, limits."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest

from backend.branch_life.duties.due import generate_duties
from backend.messaging import customer_posts
from backend.messaging.fan_outs.due import count_fan_outs
from backend.messaging.fan_outs.models import FanOut
from backend.messaging.models import Channel, Delivery, GroupChat, MessageLimitSetting, OutboxEvent
from backend.messaging.readers import CHUNK, Moment
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.reminders.models import ReminderSetting
from backend.messaging.rules import Purpose
from backend.messaging.spread import spread_due
from backend.people.models import OrganizationPost, Role
from tests.cast import SINCE, Person, World
from tests.conftest import SHANGHAI, FakeClock
from tests.desk.conftest import Seat, text_of
from tests.messaging.makers import claimed, grant, happen, spread_all, template
from tests.messaging.test_dead_letters import dead as dead
from tests.messaging.test_group_chats import ADDRESS, KEY
from tests.messaging.test_spread import crowd

Sit = Callable[[Person | None], Seat]
Statements = Callable[[], Any]
HERE = {"organization": "DH-01-01"}


@pytest.fixture
def sun(sit: Sit, world: World) -> Seat:
    """The secretary's seat."""
    return sit(world.secretary)


# ---------------------------------------------------------------- groups


@pytest.fixture
def chat(sun: Seat) -> GroupChat:
    """A group with a robot, added by the form."""
    form = {**HERE, "name": "工作群", "kind": "robot", "robot_key": ADDRESS}
    assert sun.post("/messages/groups", form).status_code == 204
    found: GroupChat = GroupChat.get()
    return found


def test_a_robots_key_goes_in_and_is_never_shown(sun: Seat, chat: GroupChat) -> None:
    shown = sun.get("/messages/groups").text
    assert "工作群" in shown
    assert KEY not in shown


def test_a_group_is_tried_muted_switched_off_and_on(sun: Seat, chat: GroupChat) -> None:
    path = f"/messages/groups/{chat.public_id}"
    assert sun.post(f"{path}/test", HERE).status_code == 204
    assert OutboxEvent.select().where(OutboxEvent.topic == "group.test").count() == 1
    assert sun.post(f"{path}/mute", {**HERE, "until": "2026-11-25T08:00"}).status_code == 204
    assert "静音到 11-25 08:00" in text_of(sun.get("/messages/groups"))
    assert sun.post(f"{path}/mute", HERE).status_code == 204
    assert sun.post(f"{path}/disable", HERE).status_code == 204
    assert "由人停用" in text_of(sun.get("/messages/groups"))
    assert sun.post(f"{path}/test", HERE).status_code == 409
    assert sun.post(f"{path}/enable", {**HERE, "robot_key": "x"}).status_code == 422
    assert sun.post(f"{path}/enable", HERE).status_code == 204
    assert sun.post(f"{path}/explode", HERE).status_code == 404
    assert GroupChat.get().disabled_at is None


def test_a_robot_that_was_removed_says_what_to_do(sun: Seat, chat: GroupChat, clock: FakeClock) -> None:
    GroupChat.update(disabled_at=clock(), disabled_reason="93000").execute()
    assert "重新添加机器人" in text_of(sun.get("/messages/groups"))


def test_a_customer_group_is_linked_and_shows_how_far_its_owner_is(sun: Seat, world: World, clock: FakeClock) -> None:
    form = {**HERE, "name": "便民群", "kind": "customer", "chat_id": "wrSomeCustomerGroup", "owner": "sun-lixin"}
    assert sun.post("/messages/groups", form).status_code == 204
    (chat,) = GroupChat.select()
    happen("activity.cancelled", clock(), at=world.branch)
    spread_all(clock())
    (parcel,) = [one for one in claimed(clock()) if one.channel == Channel.CUSTOMER_GROUP]
    post = customer_posts.begin(parcel, chat.owner_user, SHANGHAI, now=clock())
    assert post is not None
    assert "正在交给群主" in sun.get("/messages/groups").text
    customer_posts.keep_task(post, "msg1", now=clock())
    shown = sun.get("/messages/groups").text
    assert "已交给群主确认" in shown
    assert "sun-lixin" not in shown
    text = customer_posts.text_of(Delivery.get_by_id(parcel.id))
    customer_posts.hand_over(post, chat, text, reason="not_confirmed", now=clock())
    assert "群主没有发，改由人转发" in sun.get("/messages/groups").text
    assert "群主两天内没有发" in sun.get("/forwards").text
    path = f"/messages/groups/{chat.public_id}/owner"
    assert sun.post(path, {**HERE, "owner": "zhou-min"}).status_code == 422
    assert sun.post(path, HERE).status_code == 204
    assert "没有接通企业微信" in sun.get("/messages/groups").text


def test_a_group_of_another_branch_is_not_there(sit: Sit, world: World, chat: GroupChat) -> None:
    seat = sit(world.host_secretary)
    assert "工作群" not in seat.get("/messages/groups").text
    assert seat.post(f"/messages/groups/{chat.public_id}/disable", HERE).status_code == 404
    assert seat.post("/messages/groups", {**HERE, "name": "群", "kind": "wechat"}).status_code == 404
    assert sit(world.county_officer).get("/messages/groups").status_code == 403


# ---------------------------------------------------------------- rules


@pytest.fixture
def owing(world: World, clock: FakeClock) -> None:
    """The rules of an installation, and what this period asks of the branch."""
    seed_reminder_rules()
    generate_duties(timezone=SHANGHAI, now=clock())


@pytest.mark.usefixtures("owing")
def test_a_day_is_played_through_without_anything_being_sent(sun: Seat) -> None:
    events = OutboxEvent.select().count()
    today = text_of(sun.get("/messages/rules"))
    assert "接下来 7 天会发什么" in today
    assert "本季度党员大会未开 2026" not in today
    later = sun.get("/messages/rules?on=2026-12-15")
    runs = text_of(later).partition("接下来 7 天会发什么")[2]
    assert "12-17 09:00 本季度党员大会未开" in runs
    assert OutboxEvent.select().count() == events
    assert sun.get("/messages/rules?on=2026-13-45").status_code == 422
    assert sun.get("/messages/rules?on=2099-01-01").status_code == 422


@pytest.mark.usefixtures("owing")
def test_a_rule_is_switched_tuned_skipped_snoozed_and_handed_on(sun: Seat, world: World) -> None:
    path = "/messages/rules/committee_missing"
    answer = sun.post(f"{path}/change", {**HERE, "at": "10:30", "offsets": "5，3"})
    assert answer.headers["HX-Redirect"].endswith("#committee_missing")
    assert sun.post(f"{path}/skip", HERE).status_code == 204
    assert sun.post(f"{path}/snooze", {**HERE, "until": "2026-12-01"}).status_code == 204
    deputy = world.member.account.public_id
    assert f'value="{deputy}"' in sun.get("/messages/rules").text
    assert sun.post(f"{path}/deputy", {**HERE, "account": deputy}).status_code == 204
    assert sun.post(f"{path}/change", {**HERE, "enabled": "false"}).status_code == 204
    row = ReminderSetting.get()
    assert (row.at, row.offsets, row.snoozed_until, row.deputy_id, row.enabled) == (
        "10:30",
        "5,3",
        date(2026, 12, 1),
        world.member.account.id,
        False,
    )
    assert sun.post(f"{path}/change", {**HERE, "at": "23:30"}).status_code == 422
    assert sun.post("/messages/rules/order.supervised/change", {**HERE, "enabled": "false"}).status_code == 409
    assert sun.post(f"{path}/forget", HERE).status_code == 404


@pytest.mark.usefixtures("owing")
def test_rules_of_another_branch_are_not_there(sit: Sit, world: World) -> None:
    seat = sit(world.host_secretary)
    assert seat.get("/messages/rules?organization=DH-01-01").status_code == 404
    assert seat.post("/messages/rules/weekly_digest/skip", HERE).status_code == 404


# ---------------------------------------------------------------- sendings


@pytest.fixture
def sending(world: World, clock: FakeClock) -> FanOut:
    """A lesson on its way to more than five hundred."""
    crowd(world, clock, CHUNK + 100)
    happen("lesson.published", clock(), at=world.branch, title="党章里的组织生活")
    spread_due(10, Moment(clock(), SHANGHAI))
    found: FanOut = FanOut.get()
    return found


def test_a_sending_shows_its_bar_and_is_paused_resumed_and_cancelled(
    sun: Seat, sending: FanOut, clock: FakeClock
) -> None:
    page = sun.get("/messages/sendings")
    assert "党章里的组织生活" in page.text
    assert 'hx-trigger="every 5s"' in page.text
    assert "hx-confirm" in page.text.split("取消发送")[0]
    path = f"/messages/sendings/{sending.public_id}"
    paused = sun.post(f"{path}/pause")
    assert "已暂停" in text_of(paused)
    assert "every 5s" not in paused.text
    assert sun.post(f"{path}/pause").status_code == 409
    assert "发送中" in text_of(sun.post(f"{path}/resume"))
    spread_all(clock())
    count_fan_outs(now=clock())
    percent = re.search(r'<progress max="100" value="(\d+)"', sun.get(path, part=True).text)
    assert percent
    assert int(percent[1]) > 0
    assert sun.post(f"{path}/finish").status_code == 404


def test_a_cancelled_sending_stays_cancelled(sun: Seat, sending: FanOut) -> None:
    path = f"/messages/sendings/{sending.public_id}"
    cancelled = sun.post(f"{path}/cancel")
    assert "已取消" in text_of(cancelled)
    assert "hx-post" not in cancelled.text
    assert sun.post(f"{path}/resume").status_code == 409


def test_sendings_of_another_branch_are_not_there(sit: Sit, world: World, sending: FanOut) -> None:
    seat = sit(world.host_secretary)
    assert sending.title not in seat.get("/messages/sendings").text
    assert seat.get(f"/messages/sendings/{sending.public_id}", part=True).status_code == 404
    assert seat.post(f"/messages/sendings/{sending.public_id}/cancel").status_code == 404
    assert sending.title in sit(world.county_officer).get("/messages/sendings").text


# ---------------------------------------------------------------- limits and what is left


def test_limits_are_set_stricter_and_taken_back(sun: Seat, sit: Sit, world: World) -> None:
    assert "以上级为准" in text_of(sun.get("/messages/limits"))
    given = {**HERE, "quiet_from": "20:00", "daily_cap": "2", "quiet_until": "", "digest_at": ""}
    assert sun.post("/messages/limits", given).status_code == 204
    assert {row.code: row.value for row in MessageLimitSetting.select()} == {"quiet_from": "20:00", "daily_cap": "2"}
    assert "20:00" in text_of(sun.get("/messages/limits"))
    assert sun.post("/messages/limits", {**given, "daily_cap": "99"}).status_code == 422
    assert sun.post("/messages/limits", {**given, "quiet_from": "", "daily_cap": ""}).status_code == 204
    assert MessageLimitSetting.select().count() == 0
    assert sit(world.host_secretary).post("/messages/limits", given).status_code == 404


def test_what_is_left_is_a_sum_and_few_readers_are_not_told_apart(sun: Seat, world: World, clock: FakeClock) -> None:
    card = template(Purpose.ORDER_PROGRESS)
    for part in ("resident", "neighbour"):
        grant(getattr(world, part).account, card, 4, clock())
    assert f"{card.title} 8 条 不足 3 人" in text_of(sun.get("/messages/limits"))
    grant(world.member.account, card, 1, clock())
    shown = text_of(sun.get("/messages/limits"))
    assert f"{card.title} 9 条 3 人" in shown
    assert "李桂芳" not in shown


# ---------------------------------------------------------------- dead letters


def test_dead_letters_say_why_and_go_out_again(sun: Seat, sit: Sit, world: World, dead: list[int]) -> None:
    page = sun.get("/messages/dead")
    reasons = re.findall(r'name="kind" value="(\w+)"><input type="hidden" name="reason" value="([^"]+)"', page.text)
    letters = re.findall(r'hx-post="/desk/messages/dead/(\w+)/retry"', page.text)
    assert reasons
    assert len(letters) == len(dead)
    assert all(
        "hx-confirm" in form for form in re.findall(r'<form hx-post="/desk/messages/dead/retry"[^>]*>', page.text)
    )
    stranger = sit(world.host_secretary)
    assert letters[0] not in stranger.get("/messages/dead").text
    assert stranger.post(f"/messages/dead/{letters[0]}/retry").status_code == 404
    assert sun.post(f"/messages/dead/{letters[0]}/retry").status_code == 204
    assert sun.post(f"/messages/dead/{letters[0]}/retry").status_code == 409
    assert "重发" in text_of(sun.get("/messages/dead?state=retried"))
    kind, reason = reasons[0]
    again = sun.post("/messages/dead/retry", {**HERE, "kind": kind, "reason": unescape(reason)})
    assert again.status_code == 204
    assert reason not in sun.get("/messages/dead").text.partition("原因</h2>")[2].partition("</table>")[0]
    assert stranger.post("/messages/dead/retry", {**HERE, "kind": kind, "reason": reason}).status_code == 404


def test_an_officer_sees_what_died_below_and_an_auditor_nothing(sit: Sit, world: World, dead: list[int]) -> None:
    assert "/retry" in sit(world.county_officer).get("/messages/dead").text
    OrganizationPost.create(organization=world.county, account=world.member.account, role=Role.AUDITOR, starts_on=SINCE)
    assert sit(world.member).get("/messages/dead").status_code == 403
