"""Spreading: who is told what, once, whatever happens in the middle."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest

from backend.core.database import Record, connected
from backend.messaging import spread
from backend.messaging.fan_outs.ranges import open_fan_outs
from backend.messaging.models import Channel, Delivery, InboxMessage, OutboxEvent
from backend.messaging.readers import CHUNK, Moment
from backend.messaging.rules import RULES, Purpose, Reader
from backend.messaging.spread import spread_chunk, spread_range, waiting_events
from backend.people.models import (
    Account,
    Member,
    Membership,
    MembershipKind,
    MemberStatus,
    OrganizationPost,
    Role,
)
from tests.cast import SINCE, World
from tests.conftest import SHANGHAI, FakeClock
from tests.messaging.makers import grant, group, happen, readers, spread_all, targets, template

BRANCH = ["冯磊", "孙立新", "赵志强", "钱晓梅"]
NAMED = {
    Reader.REQUESTER: "order.accepted",
    Reader.HANDLER: "order.closed",
    Reader.OFFERED: "order.dispatched",
    Reader.FORMER_HANDLER: "order.transferred",
    Reader.COHANDLER: "order.cohandler_added",
    Reader.COHANDLER: "order.cohandler_added",
    Reader.INVITED: "activity.cancelled",
    Reader.ORGANIZER: "leave.asked",
    Reader.MEMBER: "leave.approved",
    Reader.ASKER: "make_up.denied",
    Reader.CONTACT: "floating.contact_due",
    Reader.HOLDER: "post.appointed",
    Reader.REVIEWERS: "lesson.submitted",
    Reader.AUTHOR: "lesson.approved",
    Reader.EDITORS: "lesson.gap",
}
FOUND = {
    Reader.CHARGED,
    Reader.DISPATCHERS,
    Reader.SECRETARIES,
    Reader.SECRETARIES_BELOW,
    Reader.UPPER_OFFICERS,
    Reader.MEMBERS_BELOW,
    Reader.GROUP,
    Reader.GROUPS,
    Reader.GROUPS_BELOW,
    Reader.PLATFORM,
}


def test_every_reader_is_examined_here() -> None:
    assert set(NAMED) | FOUND == set(Reader) == {rule.reader for rule in RULES}
    assert all(f"{topic}/{reader}" in {rule.name for rule in RULES} for reader, topic in NAMED.items())


@pytest.mark.parametrize("reader", NAMED)
def test_a_part_that_the_event_names_is_told(world: World, clock: FakeClock, reader: Reader) -> None:
    people = {reader: [world.member.account.id, world.volunteer.account.id, None, world.member.account.id]}
    happen(NAMED[reader], clock(), at=world.branch, people=people)
    spread_all(clock())
    assert readers() == ["赵志强", "钱晓梅"]


def test_a_part_that_nobody_plays_is_no_fault(world: World, clock: FakeClock) -> None:
    event = happen("order.closed", clock(), at=world.branch, people={"handler": [None]})
    spread_all(clock())
    assert readers() == []
    assert OutboxEvent.get_by_id(event.id).spread_at == clock()


def in_office(world: World, part: str, role: Role, **term: date) -> None:
    """Give somebody of the cast a post in the branch."""
    account = world.people[part].account
    OrganizationPost.create(organization=world.branch, account=account, role=role, **{"starts_on": SINCE, **term})


def test_dispatchers_are_the_secretaries_and_dispatchers_in_office_today(world: World, clock: FakeClock) -> None:
    in_office(world, "member", Role.DISPATCHER)
    in_office(world, "neighbour", Role.DEPUTY_SECRETARY)
    in_office(world, "second_member", Role.DISPATCHER, starts_on=date(2026, 11, 24))
    in_office(world, "stranger", Role.DISPATCHER, ends_on=date(2026, 11, 22))
    in_office(world, "resident", Role.LECTURER)
    happen("order.submitted", clock(), at=world.branch)
    spread_all(clock())
    assert readers() == ["孙立新", "王建国", "钱晓梅"]


def test_somebody_with_two_posts_is_told_once(world: World, clock: FakeClock) -> None:
    in_office(world, "secretary", Role.DISPATCHER)
    happen("order.submitted", clock(), at=world.branch)
    spread_all(clock())
    assert readers() == ["孙立新"]


def test_secretaries_are_those_of_the_event_or_of_all_below(world: World, clock: FakeClock) -> None:
    in_office(world, "member", Role.DISPATCHER)
    happen("forward.due", clock(), at=world.branch)
    spread_all(clock())
    assert readers() == ["孙立新"]
    happen("pack.published", clock(), at=world.county)
    spread_all(clock())
    assert readers() == ["周敏", "孙立新", "孙立新"]


@pytest.mark.parametrize("role", [Role.CITY_OFFICER, Role.PROVINCE_OFFICER])
def test_upper_officers_are_officers_of_every_grade(world: World, clock: FakeClock, role: Role) -> None:
    OrganizationPost.update(role=role).where(OrganizationPost.role == Role.COUNTY_OFFICER).execute()
    happen("order.appealed", clock(), at=world.branch)
    spread_all(clock())
    assert readers() == ["吴远"]


def test_upper_officers_are_those_of_the_nearest_organisation_above(world: World, clock: FakeClock) -> None:
    street = {"organization": world.street, "role": Role.COUNTY_OFFICER, "starts_on": SINCE}
    happen("order.appealed", clock(), at=world.branch)
    spread_all(clock())
    assert readers() == ["吴远"]
    OrganizationPost.create(account=world.neighbour.account, **street)
    happen("order.appealed", clock(), at=world.branch)
    spread_all(clock())
    assert readers() == ["吴远", "王建国"]
    happen("calendar.year_missing", clock())
    spread_all(clock())
    assert readers() == ["吴远", "吴远", "王建国", "王建国"]


def test_members_below_are_all_of_the_subtree_in_force_today(world: World, clock: FakeClock) -> None:
    Membership.update(until_on=date(2026, 11, 22)).where(Membership.member == world.volunteer.member).execute()
    Member.update(account=None).where(Member.id == world.second_member.member.id).execute()
    happen("lesson.published", clock(), at=world.street)
    spread_all(clock())
    assert readers() == ["孙立新", "钱晓梅"]
    happen("lesson.published", clock(), at=world.county)
    spread_all(clock())
    assert readers() == ["吴远", "周敏", "孙立新", "孙立新", "钱晓梅", "钱晓梅"]


def test_a_member_of_two_branches_is_told_once(world: World, clock: FakeClock) -> None:
    Membership.create(
        member=world.member.member, organization=world.host_branch, kind=MembershipKind.HOST, since_on=SINCE
    )
    card = template(Purpose.LESSON_PUBLISHED)
    grant(world.member.account, card, 5, clock())
    happen("lesson.published", clock(), at=world.county)
    spread_all(clock())
    assert readers() == sorted([*BRANCH, "周敏", "吴远"])
    assert targets(Channel.SUBSCRIBE_MESSAGE) == [f"account:{world.member.account.id}"]


def test_groups_are_those_of_the_event_or_of_all_below_by_their_own_channel(world: World, clock: FakeClock) -> None:
    own = group(world.branch, clock())
    other = group(world.host_branch, clock(), channel=Channel.MANUAL_FORWARD)
    silent = group(world.branch, clock())
    silent.disabled_at = clock()
    silent.save()
    happen("order.dispatched", clock(), at=world.branch)
    spread_all(clock())
    assert targets(Channel.WECOM_ROBOT) == [f"group:{own.id}"]
    happen("lesson.published", clock(), at=world.county)
    spread_all(clock())
    assert targets(Channel.WECOM_ROBOT) == [f"group:{own.id}"] * 2
    assert targets(Channel.MANUAL_FORWARD) == [f"group:{other.id}"]


@pytest.mark.parametrize("topic", ["activity.planned", "activity.cancelled"])
def test_a_group_is_not_told_of_what_some_are_invited_to_by_name(world: World, clock: FakeClock, topic: str) -> None:
    own = group(world.branch, clock())
    people = {"invited": [world.member.account.id]}
    event = happen(topic, clock(), at=world.branch, people=people, by_name=True)
    spread_all(clock())
    assert (targets(Channel.WECOM_ROBOT), readers()) == ([], ["钱晓梅"])
    assert OutboxEvent.get_by_id(event.id).spread_at is not None
    happen(topic, clock(), at=world.branch, people=people, by_name=False)
    spread_all(clock())
    assert targets(Channel.WECOM_ROBOT) == [f"group:{own.id}"]


def test_a_text_to_be_checked_goes_to_the_platform_alone(world: World, clock: FakeClock) -> None:
    account = world.resident.account.id
    happen("content.check", clock(), at=world.branch, account_id=account, text="灯", subject="x", id=1, scene=1)
    spread_all(clock())
    assert readers() == []
    (owed,) = Delivery.select()
    assert (owed.channel, owed.account_id, owed.target) == (Channel.CONTENT_CHECK, account, "platform")


def test_only_those_with_a_grant_get_a_notification_and_all_have_their_inbox(world: World, clock: FakeClock) -> None:
    card = template(Purpose.ORDER_PROGRESS)
    grant(world.resident.account, card, 1, clock())
    grant(world.neighbour.account, card, 0, clock())
    people = {"requester": [world.resident.account.id, world.neighbour.account.id, world.stranger.account.id]}
    happen("order.claimed", clock(), at=world.branch, people=people)
    spread_all(clock())
    assert len(readers()) == 3
    assert targets(Channel.SUBSCRIBE_MESSAGE) == [f"account:{world.resident.account.id}"]


def test_without_a_purpose_or_a_template_there_is_the_inbox_only(world: World, clock: FakeClock) -> None:
    people = {"requester": [world.resident.account.id]}
    happen("order.accepted", clock(), at=world.branch, people=people)
    happen("order.claimed", clock(), at=world.branch, people=people)
    spread_all(clock())
    assert len(readers()) == 2
    assert Delivery.select().count() == 0


def test_an_event_with_several_rules_is_spread_by_all_of_them(world: World, clock: FakeClock) -> None:
    chat = group(world.branch, clock())
    people = {"offered": [world.volunteer.account.id]}
    event = happen("order.dispatched", clock(), at=world.branch, people=people)
    spread_all(clock())
    assert readers() == ["赵志强"]
    assert targets(Channel.WECOM_ROBOT) == [f"group:{chat.id}"]
    assert (OutboxEvent.get_by_id(event.id).spread_at, OutboxEvent.get_by_id(event.id).stage) == (clock(), 2)


def test_an_event_that_nobody_reads_is_done_with(world: World, clock: FakeClock) -> None:
    event = happen("weather.changed", clock())
    spread_all(clock())
    assert OutboxEvent.get_by_id(event.id).spread_at == clock()
    assert waiting_events(10, now=clock()) == []


def test_events_wait_for_their_time_and_go_in_their_order(world: World, clock: FakeClock) -> None:
    later = happen("order.accepted", clock())
    OutboxEvent.update(available_at=clock() + timedelta(minutes=5)).where(OutboxEvent.id == later.id).execute()
    first, second = happen("order.accepted", clock()), happen("order.accepted", clock())
    assert [event.id for event in waiting_events(10, now=clock())] == [first.id, second.id]
    assert [event.id for event in waiting_events(1, now=clock())] == [first.id]
    clock.advance(minutes=5)
    assert [event.id for event in waiting_events(10, now=clock())] == [first.id, second.id, later.id]


# ---------------------------------------------------------------- long spreads, crashes, rivals


def crowd(world: World, clock: FakeClock, size: int) -> list[int]:
    """Members of the branch, more than one chunk takes; gives the ids of their accounts."""
    names = [f"crowd{number}" for number in range(size)]
    insert(Account, [{"public_id": name, "display_name": name, "created_at": clock()} for name in names])
    ids = {row.public_id: row.id for row in Account.select().where(Account.public_id.startswith("crowd"))}
    person = {"status": MemberStatus.FULL, "organization": world.branch.id, "created_at": clock()}
    insert(Member, [{"public_id": name, "name": name, "account": ids[name], **person} for name in names])
    members = [row.id for row in Member.select().where(Member.public_id.startswith("crowd"))]
    affiliation = {"organization": world.branch.id, "kind": MembershipKind.HOME, "since_on": SINCE}
    insert(Membership, [{"member": member, **affiliation} for member in members])
    return list(ids.values())


def insert(table: type[Record], rows: list[dict[str, Any]]) -> None:
    """Many rows in a few statements."""
    for start in range(0, len(rows), 300):
        table.insert_many(rows[start : start + 300]).execute()


def test_a_long_spread_goes_on_where_a_dead_bot_left_it(world: World, clock: FakeClock) -> None:
    crowd(world, clock, 2 * CHUNK + 40)
    group(world.branch, clock())
    happen("lesson.published", clock(), at=world.branch)
    moment = Moment(clock(), SHANGHAI)
    spread.spread_due(10, moment)
    assert InboxMessage.select().count() == 0  # cut into ranges, and nobody told yet
    (large,) = open_fan_outs()
    assert spread_range(large, moment)
    assert InboxMessage.select().count() == CHUNK
    spread_all(clock())  # another bot knows only what stands in the database
    assert InboxMessage.select().count() == 2 * CHUNK + 40 + len(BRANCH)
    assert Delivery.select().where(Delivery.channel == Channel.WECOM_ROBOT).count() == 1
    assert waiting_events(10, now=clock()) == []


def test_a_chunk_whose_bot_dies_before_it_is_committed_is_spread_again(world: World, clock: FakeClock) -> None:
    event = happen("lesson.published", clock(), at=world.branch, title=None, lecturer=None, minutes=None)
    OutboxEvent.update(facts={}).where(OutboxEvent.id == event.id).execute()  # the text cannot be written
    (found,) = waiting_events(10, now=clock())
    with pytest.raises(KeyError):
        spread_chunk(found, Moment(clock(), SHANGHAI))
    kept = OutboxEvent.get_by_id(event.id)
    assert (kept.stage, kept.progress, kept.spread_at) == (0, 0, None)
    OutboxEvent.update(facts=event.facts | {"title": "课", "lecturer": "吴远", "minutes": 9}).execute()
    spread_all(clock())
    assert readers() == BRANCH


def test_many_named_readers_are_told_chunk_by_chunk(world: World, clock: FakeClock) -> None:
    ids = crowd(world, clock, CHUNK + 100)
    event = happen("activity.cancelled", clock(), at=world.branch, people={"invited": ids})
    assert spread_chunk(event, Moment(clock(), SHANGHAI))
    assert InboxMessage.select().count() == CHUNK
    spread_all(clock())
    assert InboxMessage.select().count() == CHUNK + 100


def test_exactly_one_chunk_of_readers_is_not_one_too_few(world: World, clock: FakeClock) -> None:
    ids = crowd(world, clock, CHUNK)
    happen("activity.cancelled", clock(), at=world.branch, people={"invited": ids})
    happen("lesson.published", clock(), at=world.branch)
    spread_all(clock())
    assert InboxMessage.select().count() == CHUNK + CHUNK + len(BRANCH)


def test_two_bots_at_one_event_tell_nobody_twice_and_nobody_not(world: World, clock: FakeClock) -> None:
    crowd(world, clock, 2 * CHUNK)
    card = template(Purpose.LESSON_PUBLISHED)
    grant(world.member.account, card, 1, clock())
    group(world.branch, clock())
    for _ in range(3):
        happen("lesson.published", clock(), at=world.branch)
    gate = threading.Barrier(3)

    def run() -> None:
        with connected():
            gate.wait()
            spread_all(clock())

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spread_all(clock())
    assert InboxMessage.select().count() == 3 * (2 * CHUNK + len(BRANCH))
    assert len(targets(Channel.WECOM_ROBOT)) == len(targets(Channel.SUBSCRIBE_MESSAGE)) == 3
    assert waiting_events(10, now=clock()) == []


def test_an_event_whose_text_fails_holds_up_nobody_and_comes_back(world: World, clock: FakeClock) -> None:
    people = {"requester": [world.resident.account.id]}
    poison = happen("order.accepted", clock(), at=world.branch, people=people)
    OutboxEvent.update(facts={}).where(OutboxEvent.id == poison.id).execute()
    happen("order.accepted", clock(), at=world.branch, people=people)
    spread_all(clock())
    assert readers() == ["李桂芳"]
    kept = OutboxEvent.get_by_id(poison.id)
    assert (kept.spread_at, kept.fault, kept.attempts) == (None, "KeyError", 1)
    assert kept.available_at > clock()
    pauses = [kept.available_at - clock()]
    for _ in range(8):
        clock.at = kept.available_at
        spread_all(clock())
        kept = OutboxEvent.get_by_id(poison.id)
        pauses.append(kept.available_at - clock())
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=6)
    OutboxEvent.update(facts={"number": "1", "title": "灯", "organization": "支部", "at": None}).execute()
    clock.at = kept.available_at
    spread_all(clock())
    assert readers() == ["李桂芳", "李桂芳"]


def test_a_stopping_bot_stops_between_chunks(world: World, clock: FakeClock) -> None:
    crowd(world, clock, 2 * CHUNK)
    happen("lesson.published", clock(), at=world.branch)
    spread.spread_due(10, Moment(clock(), SHANGHAI))
    asked = iter([False, True])
    spread.spread_ranges(Moment(clock(), SHANGHAI), stopping=lambda: next(asked, True))
    assert InboxMessage.select().count() == CHUNK
    spread_all(clock())
    assert InboxMessage.select().count() == 2 * CHUNK + len(BRANCH)


def test_long_texts_are_cut_to_what_the_inbox_holds(world: World, clock: FakeClock) -> None:
    people = {"requester": [world.resident.account.id]}
    happen("order.progressed", clock(), at=world.branch, people=people, note="长" * 900)
    spread_all(clock())
    (kept,) = InboxMessage.select()
    assert len(kept.body) == 500
    assert kept.body.endswith("…")
