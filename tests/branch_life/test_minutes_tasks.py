"""Tasks of decisions: given once, ticked off by whoever does them, kept when the minutes are rewritten."""

from typing import Any

import pytest

from backend.branch_life.minutes.models import MinutesPicture
from backend.media.models import Media, MediaState
from backend.messaging.models import OutboxEvent
from tests.branch_life.makers import Calls
from tests.branch_life.test_minutes import held, read, write
from tests.cast import World
from tests.learning.lessons.conftest import keep_media

DUE = "2026-12-01"


def task(person: Any, text: str = "走访独居老人") -> dict[str, str]:
    return {"text": text, "member": person.member.public_id, "due_on": DUE}


@pytest.fixture
def meeting(api: Calls, world: World, clock: Any) -> str:
    """A meeting that gave two members something to do."""
    found = held(api, world, clock, world.member, world.second_member)
    tasks = [task(world.member), task(world.second_member, "采购书籍")]
    assert write(api, world.secretary, found, decisions=[{"text": "分工", "tasks": tasks}]).status == 201
    return found


def own(api: Calls, person: Any, **query: Any) -> list[Any]:
    items: list[Any] = api(person).get("/me/tasks", **query).data["items"]
    return items


def test_it_is_told_to_its_member_and_ticked_off_once(api: Calls, world: World, meeting: str) -> None:
    (given,) = own(api, world.member)
    assert (given["text"], given["overdue"], given["activity"], given["decision"]) == (
        "走访独居老人",
        False,
        meeting,
        "分工",
    )
    told = OutboxEvent.select().where(OutboxEvent.topic == "task.given")
    assert [event.people for event in told.order_by(OutboxEvent.id)] == [
        {"member": [world.member.account.id]},
        {"member": [world.second_member.account.id]},
    ]
    done = api(world.member).post(f"/tasks/{given['id']}/done", {"note": "三户都去过了"})
    assert (done.status, done.data["done_note"]) == (200, "三户都去过了")
    assert api(world.secretary).post(f"/tasks/{given['id']}/done", {}).code == "task_done"
    assert own(api, world.member, open="true") == []
    assert len(own(api, world.member, open="false")) == 1
    waiting = api(world.secretary).get("/organizations/DH-01-01/tasks", open="true").data["items"]
    assert [row["text"] for row in waiting] == ["采购书籍"]


def test_rewriting_keeps_what_was_begun_and_drops_what_is_left_out(api: Calls, world: World, meeting: str) -> None:
    (given,) = own(api, world.member)
    api(world.member).post(f"/tasks/{given['id']}/done", {})
    again = [task(world.member), task(world.volunteer, "写报道")]
    assert write(api, world.secretary, meeting, decisions=[{"text": "分工", "tasks": again}]).status == 201
    (kept,) = own(api, world.member)
    assert kept["id"] == given["id"]
    assert kept["done_at"] is not None
    assert own(api, world.second_member) == []
    assert OutboxEvent.select().where(OutboxEvent.topic == "task.given").count() == 3  # the kept one was told before


def test_a_task_that_was_ticked_too_early_is_opened_again(api: Calls, world: World, meeting: str) -> None:
    (given,) = own(api, world.member)
    reopen = f"/tasks/{given['id']}/reopen"
    assert api(world.secretary).post(reopen).code == "task_open"
    api(world.member).post(f"/tasks/{given['id']}/done", {})
    assert api(world.member).post(reopen).status == 403
    assert api(world.secretary).post(reopen).data["done_at"] is None


def test_what_is_late_says_so(api: Calls, world: World, meeting: str, clock: Any) -> None:
    clock.advance(days=9)
    assert own(api, world.member)[0]["overdue"]


def test_nobody_else_sees_or_ticks_a_task(api: Calls, world: World, meeting: str) -> None:
    (given,) = own(api, world.member)
    for person in (world.volunteer, world.host_secretary, world.resident):
        assert api(person).post(f"/tasks/{given['id']}/done", {}).status == 404
    assert api(world.member).get("/organizations/DH-01-01/tasks").status == 403
    assert api(world.host_secretary).get("/organizations/DH-01-01/tasks").status == 404
    assert own(api, world.resident) == []


@pytest.fixture
def picture(world: World, clock: Any) -> str:
    """A picture that the secretary has uploaded."""
    return keep_media(world.secretary, clock(), seconds=None)


def test_pictures_stay_with_every_version_that_names_them(api: Calls, world: World, meeting: str, picture: str) -> None:
    assert write(api, world.secretary, meeting, pictures=[picture]).status == 201
    shown = read(api, world.secretary, meeting).data["minutes"]["pictures"]
    assert [(one["id"], one["moderation"]) for one in shown] == [(picture, "pending")]
    assert shown[0]["url"]
    assert read(api, world.member, meeting).data["minutes"]["pictures"][0]["url"] is None
    Media.update(moderation=MediaState.PASSED).execute()
    assert read(api, world.member, meeting).data["minutes"]["pictures"][0]["url"]
    assert write(api, world.secretary, meeting, pictures=[picture], text="更正").status == 201
    assert MinutesPicture.select().count() == 2
    assert OutboxEvent.select().where(OutboxEvent.topic == "content.check").count() == 1


def test_only_ones_own_pictures_or_those_there_already(api: Calls, world: World, meeting: str, picture: str) -> None:
    answer = write(api, world.secretary, meeting, pictures=["a" * 16])
    assert answer.body["errors"][0]["code"] == "unknown_media"
    Media.update(uploader=world.member.account).execute()
    assert write(api, world.secretary, meeting, pictures=[picture]).status == 422
    Media.update(uploader=world.secretary.account, moderation=MediaState.REFUSED).execute()
    assert write(api, world.secretary, meeting, pictures=[picture]).body["errors"][0]["code"] == "refused_media"
