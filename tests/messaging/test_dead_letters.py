"""What the bot gave up on: seen with its reason by those who steer the sending, and sent again under its own key."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.core.database import in_unit_of_work
from backend.messaging import deliveries, spread
from backend.messaging.dead_letters import service
from backend.messaging.dead_letters.models import DeadLetter
from backend.messaging.deliveries import BACK_OFF
from backend.messaging.fan_outs.due import count_fan_outs
from backend.messaging.fan_outs.models import FanOut, FanOutLog, FanOutRange
from backend.messaging.fan_outs.ranges import open_fan_outs
from backend.messaging.models import Delivery, DeliveryState, InboxMessage, OutboxEvent
from backend.messaging.readers import Moment
from tests.cast import World
from tests.conftest import SHANGHAI, Answer, Api, FakeClock
from tests.messaging.makers import claimed, group, happen, spread_all
from tests.messaging.test_fan_outs import SIZE
from tests.messaging.test_fan_outs import large as large

CLIENT = Callable[..., Api]
PATH = "/dead-letters"
WRONG_FIELDS, NO_ANSWER = "subscribe/send: 47003", "subscribe/send: no answer"


@pytest.fixture
def dead(world: World, clock: FakeClock) -> list[int]:
    """Three posts to the branch's group that died of two reasons."""
    group(world.branch, clock())
    for number in range(3):
        happen("activity.cancelled", clock(), at=world.branch, title=f"第 {number} 次")
    spread_all(clock())
    parcels = claimed(clock())
    for parcel, reason in zip(parcels, (WRONG_FIELDS, WRONG_FIELDS, NO_ANSWER), strict=True):
        deliveries.mark_dead(parcel, reason, now=clock())
    return [parcel.id for parcel in parcels]


def items(api: CLIENT, world: World, part: str = "secretary", **query: str) -> list[dict[str, Any]]:
    """What one part of the cast is shown."""
    found: list[dict[str, Any]] = api(world.people[part]).get(PATH, **query).data["items"]
    return found


def retry_all(api: CLIENT, world: World, reason: str, kind: str = "delivery") -> Answer:
    """The secretary's one tap for a whole reason."""
    body = {"organization": world.branch.code, "kind": kind, "reason": reason}
    return api(world.secretary).post(f"{PATH}/retry", body)


def states(ids: list[int]) -> list[str]:
    """What is owed by now."""
    return [Delivery.get_by_id(one).state for one in ids]


def test_what_died_is_listed_newest_first_with_what_to_do(api: CLIENT, dead: list[int], world: World) -> None:
    found = items(api, world)
    assert [(one["title"], one["reason"]) for one in found] == [
        ("第 2 次", NO_ANSWER),
        ("第 1 次", WRONG_FIELDS),
        ("第 0 次", WRONG_FIELDS),
    ]
    first = found[0]
    assert (first["kind_label"], first["channel_label"], first["attempts"]) == ("一条消息", "企业微信群", 1)
    assert first["recipient"] == f"{world.branch.name}群"
    assert first["organization"]["code"] == world.branch.code
    assert (first["retryable"], first["retried_at"]) == (True, None)
    assert "可能已经收到过一次" in first["advice"]
    assert [one["title"] for one in items(api, world, reason=NO_ANSWER)] == ["第 2 次"]
    assert items(api, world, kind="range") == items(api, world, state="retried") == []


def test_reasons_are_counted_the_most_frequent_first(api: CLIENT, dead: list[int], world: World) -> None:
    found = api(world.secretary).get(f"{PATH}/reasons").data
    assert [(one["reason"], one["count"]) for one in found] == [(WRONG_FIELDS, 2), (NO_ANSWER, 1)]
    assert "核对模板字段" in found[0]["advice"]
    assert found[0]["first_at"] == found[0]["last_at"] == "2026-11-23T09:00:00+08:00"
    assert api(world.secretary).get(f"{PATH}/reasons", organization=world.branch.code).data == found


def test_one_is_sent_again_as_the_same_delivery_and_it_is_written_down_who_did_it(
    api: CLIENT, dead: list[int], world: World, clock: FakeClock
) -> None:
    Delivery.update(maybe_twice=True).where(Delivery.id == dead[2]).execute()
    one = items(api, world)[0]
    before = Delivery.select().count()
    clock.advance(hours=1)
    answer = api(world.secretary).post(f"{PATH}/{one['id']}/retry")
    assert (answer.status, answer.data["retryable"]) == (200, False)
    row = Delivery.get_by_id(dead[2])
    assert (row.state, row.attempts, row.available_at, row.maybe_twice) == (DeliveryState.PENDING, 0, clock(), True)
    assert Delivery.select().count() == before
    assert [parcel.id for parcel in claimed(clock())] == [dead[2]]
    entry = AuditEntry.get(AuditEntry.action == "dead_letter.retry")
    assert (entry.actor_id, entry.organization_id) == (world.secretary.account.id, world.branch.id)
    assert [one["title"] for one in items(api, world)] == ["第 1 次", "第 0 次"]
    assert [one["title"] for one in items(api, world, state="retried")] == ["第 2 次"]


def test_two_taps_send_it_once(api: CLIENT, dead: list[int], world: World, clock: FakeClock) -> None:
    one = items(api, world)[0]
    path = f"{PATH}/{one['id']}/retry"
    assert api(world.secretary).post(path).status == 200
    again = api(world.county_officer).post(path)
    assert (again.status, again.body["code"]) == (409, "dead_letter_conflict")
    assert AuditEntry.select().where(AuditEntry.action == "dead_letter.retry").count() == 1


def test_what_dies_again_is_open_again_in_the_same_row(
    api: CLIENT, dead: list[int], world: World, clock: FakeClock
) -> None:
    one = items(api, world)[0]
    api(world.secretary).post(f"{PATH}/{one['id']}/retry")
    (parcel,) = claimed(clock())
    deliveries.mark_dead(parcel, WRONG_FIELDS, now=clock())
    again = items(api, world)[0]
    assert (again["id"], again["reason"], again["retryable"]) == (one["id"], WRONG_FIELDS, True)
    assert DeadLetter.select().count() == 3


def test_all_of_a_reason_go_out_again_and_no_others(
    api: CLIENT, dead: list[int], world: World, clock: FakeClock
) -> None:
    assert retry_all(api, world, WRONG_FIELDS).data == {"retried": 2, "left": 0}
    assert states(dead) == ["pending", "pending", "dead"]
    assert retry_all(api, world, WRONG_FIELDS).data == {"retried": 0, "left": 0}
    entry = AuditEntry.get(AuditEntry.action == "dead_letter.retry_all")
    assert ("2 条" in entry.purpose, WRONG_FIELDS in entry.purpose) == (True, True)


def test_very_many_go_in_portions(api: CLIENT, dead: list[int], world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RETRIED_AT_ONCE", 1)
    assert [retry_all(api, world, WRONG_FIELDS).data["left"] for _ in range(2)] == [1, 0]
    assert states(dead) == ["pending", "pending", "dead"]


def test_the_platforms_later_word_is_a_death_and_its_echo_kills_nothing_that_was_retried(
    api: CLIENT, world: World, clock: FakeClock
) -> None:
    group(world.branch, clock())
    happen("activity.cancelled", clock(), at=world.branch)
    spread_all(clock())
    (parcel,) = claimed(clock())
    in_unit_of_work(lambda: deliveries.mark_sent([(parcel, "m1")], now=clock()))
    deliveries.record_platform_failure("m1", 43107, "banned", now=clock())
    (one,) = items(api, world)
    assert one["reason"] == "43107 banned"
    assert "封禁" in one["advice"]
    api(world.secretary).post(f"{PATH}/{one['id']}/retry")
    deliveries.record_platform_failure("m1", 43107, "banned", now=clock())
    assert states([parcel.id]) == ["pending"]


# ---------------------------------------------------------------- ranges and events


def fail_until_dead(large: FanOut, clock: FakeClock) -> list[int]:
    """Let bots try the ranges of a sending whose text cannot be written; how many were tried at each beat."""
    OutboxEvent.update(facts={}).where(OutboxEvent.id == large.event_id).execute()
    tried = []
    for pause in (*BACK_OFF, BACK_OFF[0]):
        tried.append(spread.spread_ranges(Moment(clock(), SHANGHAI)))
        assert spread.spread_ranges(Moment(clock(), SHANGHAI)) == 0  # not before its pause is over
        clock.at += pause
    return tried


def test_a_range_that_cannot_be_written_waits_ever_longer_and_ends_here(
    api: CLIENT, large: FanOut, world: World, clock: FakeClock
) -> None:
    assert fail_until_dead(large, clock) == [2] * (len(BACK_OFF) + 1)
    assert [one.fault for one in FanOutRange.select()] == ["KeyError"] * 2
    found = items(api, world)
    assert [(one["kind"], one["reason"], one["attempts"]) for one in found] == [("range", "KeyError", 7)] * 2
    count_fan_outs(now=clock())
    shown = api(world.secretary).get(f"/fan-outs/{large.public_id}").data
    assert (shown["ranges"], shown["ranges_done"], shown["ranges_dead"], shown["state"]) == (2, 0, 2, "done")
    assert InboxMessage.select().count() == 0


def test_a_range_that_fails_holds_up_no_other(large: FanOut, clock: FakeClock) -> None:
    first, second = FanOutRange.select().order_by(FanOutRange.id)
    # its readers are asked for by a rule whose text needs what this event does not say
    FanOutRange.update(rule="order.refused/requester").where(FanOutRange.id == first.id).execute()
    spread_all(clock())
    kept = [FanOutRange.get_by_id(one.id) for one in (first, second)]
    assert [(one.done_at is None, one.attempts) for one in kept] == [(True, 1), (False, 0)]


def test_a_dead_range_is_written_when_it_is_retried_and_everybody_is_told_once(
    api: CLIENT, large: FanOut, world: World, clock: FakeClock
) -> None:
    facts = OutboxEvent.get_by_id(large.event_id).facts
    fail_until_dead(large, clock)
    count_fan_outs(now=clock())
    OutboxEvent.update(facts=facts).where(OutboxEvent.id == large.event_id).execute()
    assert open_fan_outs() == []
    assert retry_all(api, world, "KeyError", "range").data == {"retried": 2, "left": 0}
    assert open_fan_outs() == [large.id]
    assert FanOutLog.select().order_by(FanOutLog.id.desc()).get().step == "reopen"
    spread_all(clock())
    assert InboxMessage.select().count() == SIZE
    assert items(api, world) == []


def test_what_belongs_to_a_cancelled_sending_is_shown_and_not_sent_again(
    api: CLIENT, large: FanOut, world: World, clock: FakeClock
) -> None:
    fail_until_dead(large, clock)
    assert api(world.secretary).post(f"/fan-outs/{large.public_id}/cancel").status == 200
    one = items(api, world)[0]
    assert not one["retryable"]
    assert api(world.secretary).post(f"{PATH}/{one['id']}/retry").body["code"] == "dead_letter_conflict"
    assert retry_all(api, world, "KeyError", "range").data == {"retried": 0, "left": 0}
    assert open_fan_outs() == []


def test_an_event_that_nobody_could_be_told_is_shown_and_leaves_when_it_is_told_after_all(
    api: CLIENT, world: World, clock: FakeClock
) -> None:
    people = {"requester": [world.resident.account.id]}
    poison = happen("order.accepted", clock(), at=world.branch, people=people)
    facts = poison.facts
    OutboxEvent.update(facts={}).where(OutboxEvent.id == poison.id).execute()
    for pause in BACK_OFF:
        spread_all(clock())
        assert items(api, world) == []
        clock.at += pause
    spread_all(clock())
    (one,) = items(api, world)
    assert (one["kind"], one["topic"], one["reason"]) == ("event", "order.accepted", "KeyError")
    OutboxEvent.update(facts=facts).where(OutboxEvent.id == poison.id).execute()
    api(world.secretary).post(f"{PATH}/{one['id']}/retry")
    spread_all(clock())
    assert InboxMessage.select().count() == 1
    assert items(api, world) == []


def test_an_event_that_comes_right_by_itself_is_no_longer_open(api: CLIENT, world: World, clock: FakeClock) -> None:
    people = {"requester": [world.resident.account.id]}
    poison = happen("order.accepted", clock(), at=world.branch, people=people)
    facts = poison.facts
    OutboxEvent.update(facts={}).where(OutboxEvent.id == poison.id).execute()
    for pause in (*BACK_OFF, BACK_OFF[-1]):
        spread_all(clock())
        clock.at += pause
    assert len(items(api, world)) == 1
    OutboxEvent.update(facts=facts).where(OutboxEvent.id == poison.id).execute()
    spread_all(clock())
    assert (items(api, world), InboxMessage.select().count()) == ([], 1)


# ---------------------------------------------------------------- who may


def test_it_is_for_those_who_steer_the_sending(api: CLIENT, dead: list[int], world: World) -> None:
    one = items(api, world)[0]
    assert items(api, world, "county_officer")[0] == one
    assert items(api, world, "county_officer", organization=world.county.code)[0] == one
    assert items(api, world, "host_secretary") == []
    for part, status in (("member", 403), ("resident", 403)):
        assert api(world.people[part]).get(PATH).status == status
        assert api(world.people[part]).get(f"{PATH}/reasons").status == status
    for part in ("member", "resident", "host_secretary", "stranger"):
        refused = api(world.people[part]).post(f"{PATH}/{one['id']}/retry")
        assert (refused.status, refused.body["code"]) == (404, "dead_letter_not_found")
    body = {"organization": world.branch.code, "kind": "delivery", "reason": WRONG_FIELDS}
    assert [api(world.people[part]).post(f"{PATH}/retry", body).status for part in ("member", "stranger")] == [403, 404]
    assert api(None).get(PATH).status == 401
    assert states(dead) == ["dead"] * 3


def test_what_belongs_to_no_organisation_is_for_the_top_alone(api: CLIENT, world: World, clock: FakeClock) -> None:
    event = happen("order.accepted", clock())
    about = {"subject": f"event:{event.id}", "kind": "event", "event": event.id}
    DeadLetter.insert(public_id="nobodys", reason="KeyError", died_at=clock(), **about).execute()
    on_top = world.county.path.count(".") == 1
    assert [one["id"] for one in items(api, world, "county_officer")] == (["nobodys"] if on_top else [])
    assert items(api, world) == []
    assert api(world.secretary).post(f"{PATH}/nobodys/retry").status == 404


def test_the_list_is_paged_and_costs_the_same_however_long(
    api: CLIENT, dead: list[int], world: World, statements: Callable[..., Any]
) -> None:
    first = api(world.secretary).get(PATH, limit=2).data
    assert [one["title"] for one in first["items"]] == ["第 2 次", "第 1 次"]
    rest = api(world.secretary).get(PATH, limit=2, cursor=first["next_cursor"]).data
    assert ([one["title"] for one in rest["items"]], rest["next_cursor"]) == (["第 0 次"], None)

    def cost(limit: int) -> int:
        with statements() as sql:
            api(world.secretary).get(PATH, limit=limit)
        return len(sql)

    assert cost(1) == cost(3) <= 3
