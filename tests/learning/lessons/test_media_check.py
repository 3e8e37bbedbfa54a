"""Sound and poster of a lesson: heard and seen by others only when their check has passed or a reviewer approved."""

from typing import Any

import pytest

from backend.media.models import Media, MediaState
from backend.messaging.models import OutboxEvent
from tests.cast import Person
from tests.learning.lessons.conftest import Desk, keep_media


def judged(state: MediaState) -> None:
    """All files stand there now."""
    Media.update(moderation=state).execute()


def links(desk: Desk, person: Person, lesson: str) -> tuple[str, str | None]:
    """What somebody can open."""
    shown: dict[str, Any] = desk.api(person).get(f"/lessons/{lesson}").data
    return shown["audio_url"], shown["poster_url"]


def with_poster(desk: Desk) -> dict[str, str]:
    """The fields of a lesson with a poster."""
    return {"poster": keep_media(desk.author, desk.clock(), seconds=None)}


def test_sound_and_poster_are_queued_with_the_draft(desk: Desk) -> None:
    desk.draft(**with_poster(desk))
    events = OutboxEvent.select().where(OutboxEvent.topic == "content.check")
    assert sorted(event.facts["kind"] for event in events) == ["audio", "picture"]
    assert {row.organization_id for row in Media.select()} == {desk.world.branch.id}


@pytest.mark.parametrize("state", MediaState)
def test_only_author_and_reviewers_open_what_has_not_passed(desk: Desk, state: MediaState) -> None:
    lesson = desk.published(**with_poster(desk))
    judged(state)
    for person in (desk.author, desk.reviewer):
        assert [bool(link) for link in links(desk, person, lesson)] == [state is not MediaState.WITHHELD] * 2
    assert [bool(link) for link in links(desk, desk.world.member, lesson)] == [state is MediaState.PASSED] * 2
    (item,) = desk.api(desk.world.member).get("/lessons").data["items"]
    assert bool(item["poster_url"]) == (state is MediaState.PASSED)
    assert desk.api(desk.world.member).get(f"/lessons/{lesson}").data["audio_moderation"] == state


@pytest.mark.parametrize("state", [MediaState.PENDING, MediaState.REVIEW, MediaState.PASSED])
def test_who_approves_a_lesson_has_heard_it(desk: Desk, state: MediaState) -> None:
    lesson = desk.in_review(**with_poster(desk))
    judged(state)
    assert desk.step(desk.reviewer, lesson, "approve").status == 200
    assert {row.moderation for row in Media.select()} == {MediaState.PASSED}


def test_what_a_reviewer_was_quicker_with_is_not_asked_of_the_platform(desk: Desk) -> None:
    desk.approved(**with_poster(desk))
    (sound, poster, words) = OutboxEvent.select().where(OutboxEvent.topic == "content.check")
    assert sound.spread_at == poster.spread_at == words.spread_at == desk.clock()
    assert OutboxEvent.get(topic="lesson.submitted").spread_at is None


def test_a_lesson_with_a_refused_file_is_not_approved(desk: Desk) -> None:
    lesson = desk.in_review()
    judged(MediaState.REFUSED)
    answer = desk.step(desk.reviewer, lesson, "approve")
    assert (answer.status, answer.code) == (409, "media_refused")
    assert desk.api(desk.author).get(f"/lessons/{lesson}").data["state"] == "in_review"
    desk.step(desk.reviewer, lesson, "return", note="请换一段录音")
    content = {name: value for name, value in desk.body(audio=Media.get().public_id).items() if name != "organization"}
    again = desk.api(desk.author).post(f"/lessons/{lesson}/revise", content)
    assert (again.status, again.body["errors"][0]["code"]) == (422, "refused_media")


def test_the_county_decides_about_its_own(desk: Desk) -> None:
    body = desk.body(organization="DH", audio=keep_media(desk.world.county_officer, desk.clock()))
    assert desk.api(desk.world.county_officer).post("/lessons", body).status == 201
    (item,) = desk.api(desk.world.county_officer).get("/moderation").data["items"]
    assert desk.api(desk.world.secretary).post(f"/moderation/{item['id']}/pass", {}).status == 404
    assert desk.api(desk.world.county_officer).post(f"/moderation/{item['id']}/pass", {}).status == 200
