"""Documents with minutes: named, read by links that end, kept with their version, let go of when dropped."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.branch_life.minutes.documents import drop_documents
from backend.branch_life.minutes.models import MinutesDocument
from backend.core.files import FileStore
from backend.core.settings import Settings
from backend.media.due import purge_unused_media
from backend.media.models import Media, MediaState
from backend.messaging.models import OutboxEvent
from tests.branch_life.makers import Calls
from tests.branch_life.test_minutes import held, read, write
from tests.cast import Person, World
from tests.media.conftest import Files, picture
from tests.media.conftest import files as files
from tests.media.test_documents import office, pdf

Clients = Callable[[Person], Files]


@pytest.fixture
def meeting(api: Calls, world: World, clock: Any) -> str:
    """An assembly that is over."""
    return held(api, world, clock, world.member, world.second_member)


def sent(files: Clients, person: Any, content: bytes) -> str:
    """The id of what somebody uploaded."""
    return str(files(person).upload(content).json["data"]["id"])


def shown(api: Calls, person: Any, meeting: str) -> list[dict[str, Any]]:
    """The documents that somebody sees with the minutes."""
    found: list[dict[str, Any]] = read(api, person, meeting).data["minutes"]["documents"]
    return found


def test_members_of_the_branch_read_what_is_attached(api: Calls, world: World, files: Clients, meeting: str) -> None:
    table, text = sent(files, world.secretary, office("xlsx")), sent(files, world.secretary, pdf())
    named = [{"id": text, "name": "会议材料"}, {"id": table, "name": "签到表"}]
    answer = write(api, world.secretary, meeting, documents=named)
    assert answer.status == 201, answer.body
    found = shown(api, world.member, meeting)
    assert [(one["id"], one["name"], one["extension"]) for one in found] == [
        (text, "会议材料", "pdf"),
        (table, "签到表", "xlsx"),
    ]
    assert files(world.member).read(found[0]["url"]).content.startswith(b"%PDF-")
    assert files(world.member).read(found[0]["url"] + "0").status == 403
    assert OutboxEvent.select().where(OutboxEvent.topic == "content.check").count() == 0
    assert read(api, world.host_secretary, meeting).status == 404


def test_a_link_to_a_document_ends(api: Calls, world: World, files: Clients, meeting: str, clock: Any) -> None:
    write(api, world.secretary, meeting, documents=[{"id": sent(files, world.secretary, pdf()), "name": "材料"}])
    link = shown(api, world.member, meeting)[0]["url"]
    clock.advance(hours=4)
    assert files(world.member).read(link).json["code"] == "expired_link"


def test_what_a_moderator_refused_is_not_shown_to_members(
    api: Calls, world: World, files: Clients, meeting: str
) -> None:
    write(api, world.secretary, meeting, documents=[{"id": sent(files, world.secretary, pdf()), "name": "材料"}])
    Media.update(moderation=MediaState.REFUSED).execute()
    assert shown(api, world.member, meeting)[0]["url"] is None


def test_only_ones_own_documents_or_those_there_already(api: Calls, world: World, files: Clients, meeting: str) -> None:
    own, others = sent(files, world.secretary, pdf()), sent(files, world.member, office("docx"))
    photo = sent(files, world.secretary, picture())
    for wrong in (others, photo, "a" * 16):
        answer = write(api, world.secretary, meeting, documents=[{"id": wrong, "name": "材料"}])
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "documents")
    twice = [{"id": own, "name": "甲"}, {"id": own, "name": "乙"}]
    assert write(api, world.secretary, meeting, documents=twice).status == 422
    assert write(api, world.secretary, meeting, documents=[{"id": own, "name": ""}]).status == 422
    assert write(api, world.secretary, meeting, pictures=[own]).status == 422
    assert not MinutesDocument.select().exists()
    assert write(api, world.secretary, meeting, documents=[{"id": own, "name": "甲"}]).status == 201
    Media.update(uploader=world.member.account).where(Media.public_id == own).execute()
    assert write(api, world.secretary, meeting, documents=[{"id": own, "name": "乙"}]).status == 201
    assert shown(api, world.secretary, meeting)[0]["name"] == "乙"


def test_what_later_minutes_leave_out_goes_after_a_month_and_the_rest_stays(
    api: Calls, world: World, files: Clients, meeting: str, clock: Any, settings: Settings
) -> None:
    wrong, right = sent(files, world.secretary, pdf()), sent(files, world.secretary, office("docx"))
    write(api, world.secretary, meeting, documents=[{"id": wrong, "name": "发错的"}, {"id": right, "name": "材料"}])
    write(api, world.secretary, meeting, documents=[{"id": right, "name": "材料"}])
    store = FileStore(Path(settings.media_root))
    clock.advance(days=29)
    assert drop_documents(now=clock()) == 0
    clock.advance(days=2)
    assert drop_documents(now=clock()) == 1
    assert drop_documents(now=clock()) == 0
    purge_unused_media(store=store, now=clock() + timedelta(days=3))
    assert [media.public_id for media in Media.select()] == [right]
    assert [one["id"] for one in shown(api, world.member, meeting)] == [right]
    assert len(list(store.names_older_than(clock() + timedelta(days=99999)))) == 1


def test_a_document_that_was_put_back_stays(api: Calls, world: World, files: Clients, meeting: str, clock: Any) -> None:
    one = [{"id": sent(files, world.secretary, pdf()), "name": "材料"}]
    for documents in (one, [], one):
        assert write(api, world.secretary, meeting, documents=documents).status == 201, documents
    clock.advance(days=40)
    assert drop_documents(now=clock()) == 0
    assert shown(api, world.member, meeting)[0]["url"]
