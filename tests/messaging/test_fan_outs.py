"""Sendings to very many: ranges that many bots share, progress that adds up, a hand on the brake."""

import threading
from collections.abc import Callable

import pytest

from backend.core.database import connected, in_unit_of_work
from backend.messaging import deliveries, pacing, spread
from backend.messaging.fan_outs.due import count_fan_outs, wake_paused
from backend.messaging.fan_outs.models import FanOut, FanOutLog, FanOutRange, ToldOnce
from backend.messaging.fan_outs.ranges import open_fan_outs
from backend.messaging.fan_outs.workflow import NOBODYS, TABLE, FanOutState, FanOutStep, next_state, steps_from
from backend.messaging.models import (
    Channel,
    Delivery,
    DeliveryState,
    InboxMessage,
    NotificationOptOut,
    OutboxEvent,
    SubscriptionGrant,
)
from backend.messaging.pacing import Pace
from backend.messaging.readers import CHUNK, Moment
from backend.messaging.rules import Purpose
from backend.messaging.spread import spread_range
from backend.people.models import Account, Membership
from tests.cast import World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.messaging.makers import grant, group, happen, readers, spread_all, targets, template
from tests.messaging.test_spread import BRANCH, crowd, insert

CLIENT = Callable[..., Api]
SIZE = CHUNK + 100 + len(BRANCH)


@pytest.fixture
def large(world: World, clock: FakeClock) -> FanOut:
    """A lesson for the branch and its crowd of CHUNK + 100, all of whom have a grant: cut, and nobody told yet."""
    ids = crowd(world, clock, CHUNK + 100)
    card = template(Purpose.LESSON_PUBLISHED)
    granted = {"template": card.id, "credits": 3, "changed_at": clock()}
    insert(SubscriptionGrant, [{"account": one, **granted} for one in ids])
    happen("lesson.published", clock(), at=world.branch, title="党章里的组织生活")
    spread.spread_due(10, Moment(clock(), SHANGHAI))
    found: FanOut = FanOut.get()
    return found


def let_out(now: FakeClock, limit: int = 20) -> list[deliveries.Parcel]:
    """What a bot would send now."""
    return pacing.let_out(deliveries.claim(limit, now=now()), Pace(SHANGHAI, {}), now=now())


def states() -> dict[str, int]:
    """How many deliveries are in which state."""
    found: dict[str, int] = {}
    for row in Delivery.select():
        found[row.state] = found.get(row.state, 0) + 1
    return found


# ---------------------------------------------------------------- ranges


def test_a_large_event_is_cut_and_shown_before_anybody_is_told(large: FanOut, world: World) -> None:
    assert (large.title, large.organization_id, large.state) == ("党章里的组织生活", world.branch.id, "running")
    assert large.expected == SIZE
    assert [(one.rule, one.done_at) for one in FanOutRange.select()] == [("lesson.published/members_below", None)] * 2
    assert readers() == []


def test_a_small_event_has_no_ranges(world: World, clock: FakeClock) -> None:
    happen("lesson.published", clock(), at=world.branch)
    spread_all(clock())
    assert (readers(), FanOut.select().count()) == (BRANCH, 0)


def test_ranges_hold_everybody_once(large: FanOut, clock: FakeClock) -> None:
    spread_all(clock())
    assert InboxMessage.select().count() == SIZE
    assert len(targets(Channel.SUBSCRIBE_MESSAGE)) == CHUNK + 100
    assert sorted(one.recipients for one in FanOutRange.select()) == [104, CHUNK]
    assert not spread_range(large.id, Moment(clock(), SHANGHAI))


def test_more_than_one_cut_is_cut_in_portions(world: World, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "PLANNED_AT_ONCE", CHUNK)
    crowd(world, clock, 2 * CHUNK - len(BRANCH))
    happen("lesson.published", clock(), at=world.branch)
    spread_all(clock())
    assert FanOut.get().expected == InboxMessage.select().count() == 2 * CHUNK
    written = [one.recipients for one in FanOutRange.select()]
    assert (sum(written), max(written) <= CHUNK, len(written) > 2) == (2 * CHUNK, True, True)


def test_a_range_whose_bot_died_is_taken_by_the_next(large: FanOut, clock: FakeClock) -> None:
    def die() -> None:
        spread._spread_range(large.id, Moment(clock(), SHANGHAI))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_unit_of_work(die)
    assert InboxMessage.select().count() == 0
    assert FanOutRange.select().where(FanOutRange.done_at.is_null()).count() == 2
    spread_all(clock())
    assert InboxMessage.select().count() == SIZE


def test_many_bots_share_the_ranges_of_one_event(large: FanOut, clock: FakeClock) -> None:
    gate = threading.Barrier(3)

    def run() -> None:
        with connected():
            gate.wait()
            spread.spread_ranges(Moment(clock(), SHANGHAI))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert InboxMessage.select().count() == SIZE
    assert sum(one.recipients for one in FanOutRange.select()) == SIZE


def test_who_left_or_was_erased_meanwhile_is_not_told(large: FanOut, world: World, clock: FakeClock) -> None:
    Membership.update(until_on="2026-11-22").where(Membership.member == world.member.member).execute()
    Membership.delete().where(Membership.member == world.second_member.member).execute()
    spread_all(clock())
    assert InboxMessage.select().count() == SIZE - 2


def test_one_event_that_suffers_holds_up_no_other(large: FanOut, world: World, clock: FakeClock) -> None:
    OutboxEvent.update(facts={}).where(OutboxEvent.id == large.event_id).execute()
    happen("lesson.published", clock(), at=world.branch, publish_on="2026-12-06")
    spread_all(clock())
    assert InboxMessage.select().count() == SIZE
    assert InboxMessage.select().where(InboxMessage.event == large.event_id).count() == 0


def test_what_goes_to_very_many_is_overtaken_by_everything_else(large: FanOut, world: World, clock: FakeClock) -> None:
    spread_all(clock())
    clock.advance(minutes=5)
    grant(world.resident.account, template(Purpose.ORDER_PROGRESS), 1, clock())
    happen("order.claimed", clock(), at=world.branch, people={"requester": [world.resident.account.id]})
    spread_all(clock())
    parcels = deliveries.claim(3, now=clock())
    assert "order.claimed" in {parcel.topic for parcel in parcels}
    assert len(parcels) == 3


# ---------------------------------------------------------------- one Sunday, several layers


def test_two_layers_of_one_sunday_are_one_notification_and_two_inbox_copies(world: World, clock: FakeClock) -> None:
    grant(world.member.account, template(Purpose.LESSON_PUBLISHED), 5, clock())
    for place in (world.county, world.street, world.branch):
        happen("lesson.published", clock(), at=place, publish_on="2026-11-29")
    spread_all(clock())
    assert readers().count("钱晓梅") == 3
    owed = [(row.state, row.fault) for row in Delivery.select().order_by(Delivery.id)]
    told = ("skipped", spread.TOLD_ALREADY)
    assert owed == [("pending", None), told, told]


def test_another_sunday_is_told_again_and_who_is_below_one_layer_only_is_told(world: World, clock: FakeClock) -> None:
    card = template(Purpose.LESSON_PUBLISHED)
    grant(world.member.account, card, 5, clock())
    grant(world.host_secretary.account, card, 5, clock())
    happen("lesson.published", clock(), at=world.branch, publish_on="2026-11-29")
    happen("lesson.published", clock(), at=world.county, publish_on="2026-11-29")
    happen("lesson.published", clock(), at=world.county, publish_on="2026-12-06")
    spread_all(clock())
    assert states() == {"pending": 4, "skipped": 1}
    assert ToldOnce.select().count() == 4


# ---------------------------------------------------------------- progress


def shown(api: CLIENT, world: World, large: FanOut) -> dict[str, object]:
    """The sending as the secretary sees it."""
    answer = api(world.secretary).get(f"/fan-outs/{large.public_id}")
    assert answer.status == 200, answer.body
    found: dict[str, object] = answer.data
    return found


def test_progress_adds_up_and_names_the_reasons(api: CLIENT, large: FanOut, world: World, clock: FakeClock) -> None:
    before = shown(api, world, large)
    assert (before["percent"], before["expected"], before["counted_at"]) == (0, SIZE, None)
    off = Account.get(Account.public_id == "crowd7")
    NotificationOptOut.create(account=off, purpose=Purpose.LESSON_PUBLISHED, at=clock())
    spread_all(clock())
    parcels = let_out(clock, 10_000)
    in_unit_of_work(lambda: deliveries.mark_sent([(one, "x") for one in parcels[:300]], now=clock()))
    deliveries.mark_dead(parcels[300], "47003", now=clock())
    deliveries.mark_later(parcels[301], "timeout", ambiguous=True, retry_after=0, now=clock())
    count_fan_outs(now=clock())
    found = shown(api, world, large)
    figures = {name: found[name] for name in ("recipients", "delivered", "pending", "dead", "skipped", "maybe_twice")}
    assert figures == {
        "recipients": SIZE,
        "delivered": 300,
        "pending": 298,
        "dead": 1,
        "skipped": 1,
        "maybe_twice": 1,
    }
    reasons = [{"reason": "47003", "count": 1}, {"reason": "turned off by its reader", "count": 1}]
    assert found["reasons"] == reasons
    assert (found["ranges"], found["ranges_done"], found["state"]) == (2, 2, "running")
    assert found["percent"] == 75


def test_what_is_through_is_done(api: CLIENT, large: FanOut, world: World, clock: FakeClock) -> None:
    spread_all(clock())
    parcels = let_out(clock, 10_000)
    in_unit_of_work(lambda: deliveries.mark_sent([(one, "x") for one in parcels[1:]], now=clock()))
    assert count_fan_outs(now=clock()) == 1
    assert shown(api, world, large)["state"] == "running"
    in_unit_of_work(lambda: deliveries.mark_sent([(parcels[0], "x")], now=clock()))
    assert count_fan_outs(now=clock()) == 1
    assert count_fan_outs(now=clock()) == 0
    found = shown(api, world, large)
    assert (found["state"], found["percent"], found["steps"], found["finished_at"] is None) == ("done", 100, [], False)
    assert (found["delivered"], found["recipients"], found["pending"]) == (CHUNK + 100, SIZE, 0)
    assert [(log.step, log.actor_id) for log in FanOutLog.select()] == [("finish", None)]
    assert open_fan_outs() == []


# ---------------------------------------------------------------- the brake


def step(api: CLIENT, world: World, large: FanOut, name: str) -> int:
    """The secretary's step."""
    return api(world.secretary).post(f"/fan-outs/{large.public_id}/{name}").status


def test_a_paused_sending_begins_nothing_and_goes_on_when_resumed(
    api: CLIENT, large: FanOut, world: World, clock: FakeClock
) -> None:
    moment = Moment(clock(), SHANGHAI)
    spread_range(large.id, moment)
    assert step(api, world, large, "pause") == 200
    spread_all(clock())
    assert InboxMessage.select().count() == CHUNK
    assert let_out(clock, 30) == []
    assert states()["paused"] == 30
    assert wake_paused(now=clock()) == 0
    assert step(api, world, large, "resume") == 200
    assert wake_paused(now=clock()) == 30
    assert wake_paused(now=clock()) == 0
    spread_all(clock())
    assert len(let_out(clock, 10_000)) == CHUNK + 100
    assert states() == {"sending": CHUNK + 100}


def test_a_cancelled_sending_skips_what_was_not_sent(
    api: CLIENT, large: FanOut, world: World, clock: FakeClock
) -> None:
    spread_range(large.id, Moment(clock(), SHANGHAI))
    (first, *_) = let_out(clock, 1)
    in_unit_of_work(lambda: deliveries.mark_sent([(first, "x")], now=clock()))
    assert step(api, world, large, "pause") == 200
    let_out(clock, 30)
    assert step(api, world, large, "cancel") == 200
    wake_paused(now=clock())
    spread_all(clock())
    assert let_out(clock, 10_000) == []
    assert set(states()) == {"sent", "skipped"}
    assert states()["sent"] == 1
    assert InboxMessage.select().count() == CHUNK
    clock.advance(minutes=6)
    count_fan_outs(now=clock())
    found = shown(api, world, large)
    assert (found["state"], found["steps"], found["finished_at"] is None) == ("cancelled", [], False)
    assert [row.step for row in FanOutLog.select().order_by(FanOutLog.id)] == ["pause", "cancel"]
    assert {row.actor_id for row in FanOutLog.select()} == {world.secretary.account.id}


def test_cancelling_before_all_are_found_finds_no_more(
    api: CLIENT, world: World, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "PLANNED_AT_ONCE", CHUNK)
    crowd(world, clock, 2 * CHUNK)
    group(world.branch, clock())
    event = happen("lesson.published", clock(), at=world.branch)
    while not FanOut.select().exists():  # the first rows may belong to others
        spread.spread_chunk(event, Moment(clock(), SHANGHAI))
    assert step(api, world, FanOut.get(), "cancel") == 200
    assert not spread.spread_chunk(event, Moment(clock(), SHANGHAI))
    spread_all(clock())
    assert 0 < FanOut.get().expected <= CHUNK
    assert Delivery.select().count() == 0


def test_the_group_posts_of_a_paused_sending_wait_too(
    api: CLIENT, large: FanOut, world: World, clock: FakeClock
) -> None:
    group(world.branch, clock())
    happen("lesson.published", clock(), at=world.branch, publish_on="2026-12-06")
    spread_all(clock())
    for one in FanOut.select():
        assert step(api, world, one, "pause") == 200
    assert let_out(clock, 10_000) == []
    assert Delivery.get(Delivery.channel == Channel.WECOM_ROBOT).state == DeliveryState.PAUSED


@pytest.mark.parametrize("state", FanOutState)
@pytest.mark.parametrize("name", [step for step in FanOutStep if step not in NOBODYS])
def test_every_step_is_taken_or_refused_by_the_table(
    api: CLIENT, world: World, clock: FakeClock, state: FanOutState, name: FanOutStep
) -> None:
    event = happen("lesson.published", clock(), at=world.branch)
    one = FanOut.create(
        public_id="fanout",
        event=event,
        organization=world.branch,
        title="课",
        figures={},
        state=state,
        created_at=clock(),
    )
    answer = api(world.secretary).post(f"/fan-outs/fanout/{name}")
    if (state, name) in TABLE:
        assert (answer.status, FanOut.get_by_id(one.id).state) == (200, next_state(state, name))
        assert answer.data["state"] == next_state(state, name)
    else:
        assert (answer.status, answer.body["code"]) == (409, "fan_out_conflict")
        assert FanOut.get_by_id(one.id).state == state
        assert name not in steps_from(state)


# ---------------------------------------------------------------- who may


def test_officers_above_and_secretaries_see_it_and_others_do_not(api: CLIENT, large: FanOut, world: World) -> None:
    path = f"/fan-outs/{large.public_id}"
    for part in ("secretary", "county_officer"):
        client = api(world.people[part])
        assert client.get(path).status == 200
        assert [one["id"] for one in client.get("/fan-outs").data["items"]] == [large.public_id]
        assert client.get("/fan-outs", organization=world.branch.code).data["items"][0]["expected"] == SIZE
    for part, status in (("member", 403), ("host_secretary", 404), ("resident", 404), ("stranger", 404)):
        client = api(world.people[part])
        assert client.get(path).status == status
        assert client.post(f"{path}/pause").status == status
    assert api(world.host_secretary).get("/fan-outs").data["items"] == []
    assert api(world.resident).get("/fan-outs").body["code"] == "no_post"
    assert api(None).get(path).status == 401
    assert api(world.secretary).get("/fan-outs/nothing").body["code"] == "fan_out_not_found"
    assert api(world.secretary).get("/fan-outs", organization="nothing").status == 404
    assert FanOut.get().state == FanOutState.RUNNING


def test_the_list_is_paged_newest_first(api: CLIENT, world: World, clock: FakeClock) -> None:
    for number in range(3):
        event = happen("lesson.published", clock(), at=world.branch)
        place = {"organization": world.branch, "title": "课", "figures": {}, "created_at": clock()}
        FanOut.create(public_id=f"fan-out-{number}", event=event, **place)
    first = api(world.secretary).get("/fan-outs", limit=2).data
    assert [one["id"] for one in first["items"]] == ["fan-out-2", "fan-out-1"]
    rest = api(world.secretary).get("/fan-outs", limit=2, cursor=first["next_cursor"]).data
    assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == (["fan-out-0"], None)


def test_the_list_costs_the_same_however_long(
    api: CLIENT, large: FanOut, world: World, clock: FakeClock, statements: Callable[..., object]
) -> None:
    def cost() -> int:
        with statements() as sql:  # type: ignore[attr-defined]
            api(world.secretary).get("/fan-outs")
        return len(sql)

    one = cost()
    for _ in range(3):
        event = happen("lesson.published", clock(), at=world.branch)
        FanOut.create(
            public_id=f"f-{event.id}",
            event=event,
            organization=world.branch,
            title="课",
            figures={},
            created_at=clock(),
        )
    assert cost() == one <= 3
