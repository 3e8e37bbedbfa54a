"""Pictures of an order: shown to others only when their check has passed."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.core.database import in_unit_of_work
from backend.media.checking import attach
from backend.media.models import Media, MediaState
from backend.messaging.models import OutboxEvent
from tests.cast import Person
from tests.learning.lessons.conftest import keep_media
from tests.service.conftest import HAND_IN, LAMP, Desk

Statements = Callable[[], Any]


def shown_to(desk: Desk, part: str, number: str) -> list[dict[str, Any]]:
    """The pictures as somebody sees them."""
    pictures: list[dict[str, Any]] = desk.api(getattr(desk.world, part)).get(f"/orders/{number}").data["pictures"]
    return pictures


def uploaded(desk: Desk, owner: Person) -> str:
    """A picture of somebody."""
    return keep_media(owner, desk.clock(), seconds=None)


def judged(state: MediaState) -> None:
    """All pictures stand there now."""
    Media.update(moderation=state).execute()


@pytest.fixture
def number(desk: Desk) -> str:
    """An order of the resident with one picture."""
    return desk.submitted(attachments=[uploaded(desk, desk.world.resident)])


def claimed_by_volunteer(desk: Desk, number: str) -> None:
    desk.must(desk.world.secretary, number, "accept")
    target = {"kind": "member", "id": desk.world.volunteer.member.public_id}
    desk.must(desk.world.secretary, number, "dispatch", target=target)
    desk.must(desk.world.volunteer, number, "claim")


def test_the_answer_to_the_order_shows_its_picture_and_that_it_is_being_checked(desk: Desk) -> None:
    picture = uploaded(desk, desk.world.resident)
    order = desk.api(desk.world.resident).post("/orders", _lamp(picture)).data
    (shown,) = order["pictures"]
    assert (shown["id"], shown["moderation"], shown["handed_in"]) == (picture, "pending", False)
    assert shown["url"].startswith(f"/api/v1/media/{picture}/content?")
    checks = OutboxEvent.select().where(OutboxEvent.topic == "content.check")
    assert sorted(event.facts["subject"] for event in checks) == ["media", "service_order"]


def _lamp(*pictures: str) -> dict[str, Any]:
    return LAMP | {"attachments": list(pictures)}


@pytest.mark.parametrize("state", MediaState)
def test_only_author_and_moderators_see_what_has_not_passed(desk: Desk, number: str, state: MediaState) -> None:
    claimed_by_volunteer(desk, number)
    judged(state)
    for part, always in {"resident": True, "secretary": True, "volunteer": False}.items():
        (shown,) = shown_to(desk, part, number)
        assert shown["moderation"] == state
        seen = (always or state is MediaState.PASSED) and state is not MediaState.WITHHELD
        assert (shown["url"] is not None) == seen, part


def test_whoever_is_only_offered_the_order_sees_no_picture(desk: Desk, number: str) -> None:
    desk.must(desk.world.secretary, number, "accept")
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    judged(MediaState.PASSED)
    assert shown_to(desk, "member", number) == []
    assert desk.api(desk.world.neighbour).get(f"/orders/{number}").status == 404


def test_what_the_handler_hands_in_is_checked_too(desk: Desk, number: str) -> None:
    claimed_by_volunteer(desk, number)
    desk.must(desk.world.volunteer, number, "first-contact", way="phone")
    evidence = uploaded(desk, desk.world.volunteer)
    order = desk.must(desk.world.volunteer, number, "complete", **HAND_IN, attachments=[evidence])
    assert [(one["id"] == evidence, one["handed_in"]) for one in order["pictures"]] == [(False, False), (True, True)]
    assert [one["url"] is None for one in shown_to(desk, "volunteer", number)] == [True, False]
    assert [one["url"] is None for one in shown_to(desk, "resident", number)] == [False, True]


def test_a_refused_picture_cannot_be_used_again(desk: Desk, number: str) -> None:
    judged(MediaState.REFUSED)
    (shown,) = shown_to(desk, "resident", number)
    answer = desk.api(desk.world.resident).post("/orders", _lamp(shown["id"]))
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "refused_media")


def test_texts_and_files_wait_in_one_list_page_by_page(desk: Desk) -> None:
    texts = [desk.submitted(checked=False) for _ in range(3)]
    files = [uploaded(desk, desk.world.resident) for _ in range(3)]
    rows = [Media.get(public_id=one).id for one in files]
    place = desk.world.branch.id
    in_unit_of_work(lambda: attach(rows, organization_id=place, now=desk.clock()))
    for limit in range(1, 7):
        assert _walked(desk, limit) == texts + files, limit


def _walked(desk: Desk, limit: int) -> list[str]:
    found: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = desk.api(desk.world.secretary).get("/moderation", **query).data
        found += [item["id"] for item in page["items"]]
        assert len(page["items"]) == limit or page["next_cursor"] is None
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("cursor", ["x", "dGV4dA", "ZmlsZXx4", "b3RoZXJ8MQ"])  # text · file|x · other|1
def test_a_cursor_that_is_none_of_ours_is_refused(desk: Desk, cursor: str) -> None:
    answer = desk.api(desk.world.secretary).get("/moderation", cursor=cursor)
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "bad_cursor")


def test_reading_an_order_with_pictures_takes_no_more_statements(
    desk: Desk, number: str, statements: Statements
) -> None:
    shown_to(desk, "secretary", number)  # the first request of a day also notes that he was here
    with statements() as run:
        shown_to(desk, "secretary", number)
    assert len(run) <= 4, "\n".join(run)
