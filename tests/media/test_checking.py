"""The check of pictures and sound: asked once, answered by the platform or by a person, never lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.core.database import in_unit_of_work
from backend.media.checking import MAX_CHECKED_BYTES, OPEN_TO, OUTCOMES, attach, record_verdict, verdict_arrived
from backend.media.due import UNANSWERED_AFTER, hand_over_unanswered
from backend.media.models import Media, MediaState
from backend.messaging.models import Channel, Delivery, DeliveryState, OutboxEvent
from backend.wechat.pushes import NotYet
from backend.wechat.verdicts import SEVERITY, Verdict
from tests.cast import Person, World
from tests.conftest import Api, FakeClock
from tests.media.conftest import Files, mp3, picture

Clients = Callable[[Person], Files]


@pytest.fixture
def used(world: World, files: Clients, clock: FakeClock) -> Media:
    """A picture of the resident that the branch has got to see."""
    return use(files(world.resident).upload(picture()).json["data"]["id"], world, clock)


def use(public_id: str, world: World, clock: FakeClock, *, at: str = "branch") -> Media:
    """The media, attached to something of an organisation."""
    media: Media = Media.get(public_id=public_id)
    place = world.organizations[at].id
    in_unit_of_work(lambda: attach([media.id], organization_id=place, now=clock()))
    return again(media)


def again(media: Media) -> Media:
    """The row as it is now."""
    fresh: Media = Media.get_by_id(media.id)
    return fresh


def told(topic: str) -> list[OutboxEvent]:
    """Events of a topic."""
    return list(OutboxEvent.select().where(OutboxEvent.topic == topic))


def test_with_its_first_use_a_file_is_queued_for_the_check(
    used: Media, files: Clients, world: World, clock: FakeClock
) -> None:
    (event,) = told("content.check")
    path = event.facts.pop("path")
    assert event.facts == {
        "subject": "media",
        "id": used.id,
        "kind": "picture",
        "account_id": world.resident.account.id,
        "scene": 1,
    }
    assert files(world.stranger).read(path).status == 200
    clock.advance(hours=3)
    assert files(world.stranger).read(path).status == 403
    assert (used.moderation, used.organization_id) == (MediaState.PENDING, world.branch.id)


def test_a_second_use_asks_for_nothing(used: Media, world: World, clock: FakeClock) -> None:
    assert use(used.public_id, world, clock, at="host_branch").organization_id == world.branch.id
    assert len(told("content.check")) == 1


def test_what_nobody_used_is_not_checked(files: Clients, world: World, app: object) -> None:
    files(world.resident).upload(picture())
    assert told("content.check") == []


@pytest.mark.parametrize("verdict", SEVERITY)
@pytest.mark.parametrize("before", MediaState)
def test_a_verdict_changes_what_no_person_has_decided(
    used: Media, clock: FakeClock, before: MediaState, verdict: Verdict
) -> None:
    Media.update(moderation=before).where(Media.id == used.id).execute()
    for _ in range(2):  # delivered twice
        record_verdict(used.id, verdict, now=clock())
    after = OUTCOMES[verdict] if before in OPEN_TO[verdict] else before
    assert again(used).moderation == after
    changed = after != before
    assert len(told("media.refused")) == (changed and after is MediaState.REFUSED)
    assert len(told("media.review")) == (changed and after is MediaState.REVIEW)


def asked(media: Media, world: World, clock: FakeClock, trace_id: str = "trace-1") -> None:
    """As the relay leaves it once the platform has begun."""
    (event,) = [event for event in told("content.check") if event.facts["id"] == media.id]
    Delivery.create(
        event=event,
        rule="content.check/platform",
        channel=Channel.CONTENT_CHECK,
        target="platform",
        state=DeliveryState.SENT,
        available_at=clock(),
        platform_id=trace_id,
    )


def arrived(trace_id: str, suggest: str, label: int = 100, errcode: int = 0) -> dict[str, Any]:
    """The event of the platform."""
    result = {"suggest": suggest, "label": label}
    return {"trace_id": trace_id, "errcode": errcode, "result": result, "version": 2, "appid": "wx"}


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (arrived("trace-1", "pass"), "passed"),
        (arrived("trace-1", "review", 20001), "review"),
        (arrived("trace-1", "risky", 20002), "refused"),
        (arrived("trace-1", "risky", 20001), "review"),  # current affairs alone refuse nothing
        (arrived("trace-1", "pass", errcode=-1008), "review"),  # could not be fetched
    ],
)
def test_the_platforms_event_finds_its_file(
    used: Media, world: World, clock: FakeClock, event: dict[str, Any], state: str
) -> None:
    asked(used, world, clock)
    verdict_arrived("wx", event, now=clock())
    assert again(used).moderation == state


def test_an_event_that_overtook_our_own_note_comes_again(used: Media, clock: FakeClock) -> None:
    with pytest.raises(NotYet):
        verdict_arrived("wx", arrived("trace-1", "pass"), now=clock())
    assert again(used).moderation == MediaState.PENDING


def test_after_half_an_hour_without_a_verdict_a_person_decides(used: Media, world: World, clock: FakeClock) -> None:
    clock.advance(seconds=UNANSWERED_AFTER.total_seconds() - 1)
    assert hand_over_unanswered(now=clock()) == 0
    clock.advance(seconds=1)
    assert [hand_over_unanswered(now=clock()) for _ in range(2)] == [1, 0]
    assert again(used).moderation == MediaState.REVIEW
    (event,) = told("media.review")
    assert (event.organization_id, event.facts["kind"]) == (world.branch.id, "picture")
    asked(used, world, clock)
    verdict_arrived("wx", arrived("trace-1", "pass"), now=clock())  # late, and nobody has looked yet
    assert again(used).moderation == MediaState.PASSED


def test_what_nobody_used_waits_for_nobody(files: Clients, world: World, clock: FakeClock) -> None:
    files(world.resident).upload(picture())
    assert hand_over_unanswered(now=clock() + timedelta(hours=1)) == 0


def test_what_the_platform_would_not_fetch_goes_to_a_person_at_once(
    files: Clients, world: World, clock: FakeClock
) -> None:
    public_id = files(world.secretary).upload(mp3()).json["data"]["id"]
    Media.update(size=MAX_CHECKED_BYTES + 1).execute()
    assert use(public_id, world, clock).moderation == MediaState.REVIEW
    assert (told("content.check"), len(told("media.review"))) == ([], 1)


def test_moderators_are_told_once_until_they_have_looked(files: Clients, world: World, clock: FakeClock) -> None:
    ids = [files(world.resident).upload(picture(size=(40, 30 + n))).json["data"]["id"] for n in range(3)]
    rows = [use(public_id, world, clock) for public_id in ids]
    for media in rows[:2]:
        record_verdict(media.id, "review", now=clock())
    assert len(told("media.review")) == 1
    for media in rows[:2]:
        record_verdict(media.id, "pass", now=clock())
    record_verdict(rows[2].id, "review", now=clock())
    assert len(told("media.review")) == 2


# ---------------------------------------------------------------- people decide


def test_a_person_lets_a_doubtful_file_pass_and_that_is_on_record(
    used: Media, world: World, api: Callable[..., Api], files: Clients, clock: FakeClock
) -> None:
    record_verdict(used.id, "review", now=clock())
    secretary = api(world.secretary)
    (item,) = secretary.get("/moderation").data["items"]
    assert {name: item[name] for name in ("id", "subject", "state", "title", "text", "organization")} == {
        "id": used.public_id,
        "subject": "media",
        "state": "review",
        "title": "图片",
        "text": "",
        "organization": "DH-01-01",
    }
    assert item["file"]["kind"] == "picture"
    assert files(world.secretary).read(item["file"]["url"]).status == 200

    assert secretary.post(f"/moderation/{used.public_id}/pass", {}).status == 200

    assert again(used).moderation == MediaState.PASSED
    assert secretary.get("/moderation").data["items"] == []
    entry = AuditEntry.get()
    assert (entry.action, entry.actor_id) == ("media.passed", world.secretary.account.id)
    repeated = secretary.post(f"/moderation/{used.public_id}/pass", {})
    assert (repeated.status, repeated.code) == (409, "already_decided")
    record_verdict(used.id, "risky", now=clock())
    assert again(used).moderation == MediaState.PASSED


@pytest.mark.parametrize("before", ["pending", "review", "passed"])
def test_a_person_refuses_a_file_with_a_reason_for_its_author(
    used: Media, world: World, api: Callable[..., Api], before: str
) -> None:
    Media.update(moderation=before).execute()
    answer = api(world.secretary).post(f"/moderation/{used.public_id}/refuse", {"note": "请不要拍到别人"})
    assert answer.status == 200
    (event,) = told("media.refused")
    assert event.people == {"author": [world.resident.account.id]}
    assert event.facts == {"kind": "picture", "note": "请不要拍到别人"}


def test_a_refusal_can_be_taken_back_by_a_person(used: Media, world: World, api: Callable[..., Api]) -> None:
    Media.update(moderation=MediaState.REFUSED).execute()
    assert [item["id"] for item in api(world.secretary).get("/moderation").data["items"]] == [used.public_id]
    assert api(world.secretary).post(f"/moderation/{used.public_id}/pass", {}).status == 200
    assert again(used).moderation == MediaState.PASSED


def test_old_refusals_leave_the_list(used: Media, world: World, api: Callable[..., Api], clock: FakeClock) -> None:
    Media.update(moderation=MediaState.REFUSED).execute()
    clock.advance(days=31)
    assert api(world.secretary).get("/moderation").data["items"] == []


@pytest.mark.parametrize(
    ("part", "status"),
    [("resident", 404), ("neighbour", 404), ("member", 403), ("host_secretary", 404), ("county_officer", 403)],
)
def test_only_moderators_of_the_place_decide(
    used: Media, world: World, api: Callable[..., Api], part: str, status: int
) -> None:
    for action in ("pass", "refuse"):
        answer = api(world.people[part]).post(f"/moderation/{used.public_id}/{action}", {})
        assert answer.status == status
    assert again(used).moderation == MediaState.PENDING


@pytest.mark.parametrize("part", ["host_secretary", "county_officer"])
def test_other_places_see_nothing_of_it(used: Media, world: World, api: Callable[..., Api], part: str) -> None:
    assert api(world.people[part]).get("/moderation").data["items"] == []


def test_what_was_never_used_and_what_never_was_look_the_same(
    files: Clients, world: World, api: Callable[..., Api]
) -> None:
    unused = files(world.resident).upload(picture()).json["data"]["id"]
    for public_id in (unused, "nosuchfile"):
        assert api(world.secretary).post(f"/moderation/{public_id}/pass", {}).status == 404
