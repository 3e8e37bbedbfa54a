"""Whoever may handle no more is told so, and the order goes visibly back to the dispatchers."""

from datetime import timedelta
from typing import Any

import pytest

from backend.core.idempotency import IdempotencyKey
from backend.messaging.models import OutboxEvent
from backend.people.models import Membership, OrganizationPost, Role
from backend.service.models import OrderLog
from backend.service.orders.due import release_abandoned
from tests.cast import SINCE
from tests.service.conftest import Desk
from tests.service.readings import running, told
from tests.service.test_order_teams import sent, team


def held_by_stranger(desk: Desk, state: str) -> tuple[str, OrganizationPost]:
    """An order in the hand of a volunteer who is no member, and his post."""
    person = desk.world.stranger
    post = OrganizationPost.create(
        organization=desk.world.branch, account=person.account, role=Role.VOLUNTEER, starts_on=SINCE
    )
    number = desk.pooled()
    desk.must(person, number, "claim")
    if state != "claimed":
        desk.must(person, number, "first-contact", way="phone")
    if state == "on_hold":
        desk.must(person, number, "hold", until="2026-11-30T09:00:00+08:00", note="等灯管")
        desk.must(desk.world.secretary, number, "approve")
    return number, post


def end(desk: Desk, post: OrganizationPost) -> None:
    """The secretary ends the post, at once."""
    assert desk.api(desk.world.secretary).post(f"/posts/{post.public_id}/end", {}).status == 200


def returned(desk: Desk) -> list[str]:
    """What lies in the dispatchers' box of returned orders."""
    items: list[dict[str, Any]] = desk.api(desk.world.secretary).get("/orders", box="returned").data["items"]
    return [one["number"] for one in items]


@pytest.mark.parametrize("state", ["claimed", "in_progress", "on_hold"])
def test_the_bot_brings_it_back_once(desk: Desk, state: str) -> None:
    number, post = held_by_stranger(desk, state)
    resolve = desk.row(number).due_at
    assert release_abandoned(now=desk.clock()) == 0
    end(desk, post)
    assert [release_abandoned(now=desk.clock()) for _ in range(2)] == [1, 0]
    row = desk.row(number)
    assert (row.state, row.handler, row.hold_until, row.return_count) == ("accepted", None, None, 0)
    assert running(number) == {"dispatch", "resolve"}
    assert (returned(desk), told("order.released")) == ([number], 1)
    assert state == "on_hold" or resolve is not None
    event = OutboxEvent.get(OutboxEvent.topic == "order.released")
    assert event.people["former_handler"] == [desk.world.stranger.account.id]
    entry = OrderLog.select().order_by(OrderLog.id.desc()).get()
    assert (entry.action, entry.actor, entry.part) == ("release", None, "system")
    assert desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})["state"] == "dispatched"
    assert returned(desk) == []


def test_his_own_attempt_is_refused_clearly_and_brings_it_back_at_once(desk: Desk) -> None:
    number, post = held_by_stranger(desk, "in_progress")
    end(desk, post)
    refused = desk.act(desk.world.stranger, number, "progress", note="在路上")
    assert (refused.status, refused.code) == (403, "post_ended")
    assert "任职或党员身份已经结束" in refused.message
    assert returned(desk) == [number]
    assert desk.act(desk.world.stranger, number, "progress", note="在路上").status == 404


def test_a_refusal_that_brought_it_back_leaves_no_key_behind(desk: Desk) -> None:
    number, post = held_by_stranger(desk, "in_progress")
    end(desk, post)
    stranger = desk.api(desk.world.stranger)
    sent = [stranger.post(f"/orders/{number}/progress", {"note": "在路上"}, key="same") for _ in range(2)]
    assert [answer.status for answer in sent] == [403, 404]
    assert not IdempotencyKey.select().where(IdempotencyKey.key == "same").exists()


def test_a_membership_that_ended_counts_like_a_post(desk: Desk) -> None:
    guest = desk.world.host_secretary
    stay = Membership.create(
        member=guest.member, organization=desk.world.branch, kind="residential", since_on=SINCE, until_on=None
    )
    number = desk.pooled()
    desk.must(guest, number, "claim")
    stay.until_on = desk.clock().date()
    stay.save()
    assert release_abandoned(now=desk.clock()) == 0  # the last day counts
    desk.clock.advance(days=1)
    assert release_abandoned(now=desk.clock()) == 1
    assert returned(desk) == [number]


def test_who_left_the_team_that_let_him_take_it_gives_it_back(desk: Desk) -> None:
    made = team(desk, "stranger")
    number = sent(desk, made)
    desk.must(desk.world.stranger, number, "claim")
    assert release_abandoned(now=desk.clock()) == 0
    gone = desk.api(desk.world.stranger).delete(f"/teams/{made['id']}/members/{desk.world.stranger.account.public_id}")
    assert gone.status == 200
    assert release_abandoned(now=desk.clock()) == 1
    assert returned(desk) == [number]


def test_what_ended_in_one_branch_takes_nothing_away_in_another(desk: Desk) -> None:
    number, _ = held_by_stranger(desk, "claimed")
    elsewhere = OrganizationPost.create(
        organization=desk.world.host_branch, account=desk.world.stranger.account, role=Role.VOLUNTEER, starts_on=SINCE
    )
    OrganizationPost.update(ends_on=desk.clock().date() - timedelta(days=1)).where(
        OrganizationPost.id == elsewhere.id
    ).execute()
    assert release_abandoned(now=desk.clock()) == 0
    assert desk.row(number).state == "claimed"


def test_whoever_holds_another_part_there_keeps_it(desk: Desk) -> None:
    number = desk.in_progress()
    post = OrganizationPost.get(OrganizationPost.account == desk.world.volunteer.account)
    end(desk, post)
    assert release_abandoned(now=desk.clock()) == 0  # he is a member of the branch, too
    assert desk.row(number).state == "in_progress"
    assert desk.must(desk.world.volunteer, number, "progress", note="在路上")


def test_what_ended_long_ago_is_not_looked_at_again(desk: Desk) -> None:
    number, post = held_by_stranger(desk, "claimed")
    OrganizationPost.update(ends_on=SINCE).where(OrganizationPost.id == post.id).execute()
    assert release_abandoned(now=desk.clock()) == 0
    assert desk.act(desk.world.stranger, number, "first-contact", way="phone").code == "post_ended"
    assert returned(desk) == [number]
