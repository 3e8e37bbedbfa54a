"""A moderator withholds a picture of an order: nobody but moderators gets a link, its uploader is told why."""

from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.media.models import Media, MediaState
from backend.messaging.models import OutboxEvent
from backend.people.models import OrganizationPost, Role
from tests.cast import SINCE
from tests.service.conftest import Desk
from tests.service.test_order_pictures import claimed_by_volunteer, shown_to, uploaded

REASON = "照片里看得清车牌"


@pytest.fixture
def number(desk: Desk) -> str:
    """An order in hand, with a picture that has passed its check."""
    made = desk.submitted(attachments=[uploaded(desk, desk.world.resident)])
    Media.update(moderation=MediaState.PASSED).execute()
    claimed_by_volunteer(desk, made)
    return made


def change(desk: Desk, number: str, verb: str, by: str = "secretary", **body: Any) -> Any:
    """Withhold the picture of an order, or show it again."""
    picture = Media.get().public_id
    return desk.api(getattr(desk.world, by)).post(f"/orders/{number}/pictures/{picture}/{verb}", body)


def links(desk: Desk, number: str) -> dict[str, bool]:
    """Who gets a link to it."""
    parts = ("resident", "volunteer", "secretary", "stranger")
    return {part: shown_to(desk, part, number)[0]["url"] is not None for part in parts}


def test_only_moderators_get_a_link_until_it_is_shown_again(desk: Desk, number: str) -> None:
    OrganizationPost.create(
        organization=desk.world.branch, account=desk.world.stranger.account, role=Role.DISPATCHER, starts_on=SINCE
    )
    assert all(links(desk, number).values())
    answer = change(desk, number, "withhold", reason=REASON)
    assert (answer.status, answer.data["pictures"][0]["withheld"]) == (200, True)
    assert links(desk, number) == {"resident": False, "volunteer": False, "secretary": True, "stranger": True}
    (own,), (handlers,) = shown_to(desk, "resident", number), shown_to(desk, "volunteer", number)
    assert (own["withheld_reason"], own["thumbnail"], own["may_withhold"]) == (REASON, None, False)
    assert (handlers["withheld"], handlers["withheld_reason"]) == (True, None)
    assert shown_to(desk, "secretary", number)[0]["may_withhold"] is True
    assert change(desk, number, "show", note="已打码重传").status == 200
    assert all(links(desk, number).values())


def test_it_is_logged_with_its_reason_and_the_uploader_told(desk: Desk, number: str) -> None:
    change(desk, number, "withhold", reason=REASON)
    entry = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (entry.action, entry.purpose, entry.actor_id) == (
        "order.picture_withheld",
        REASON,
        desk.world.secretary.account.id,
    )
    event = OutboxEvent.get(OutboxEvent.topic == "order.picture_withheld")
    assert (event.facts["reason"], event.people["author"]) == (REASON, [desk.world.resident.account.id])
    change(desk, number, "show")
    assert AuditEntry.select().where(AuditEntry.action == "order.picture_shown").count() == 1
    assert OutboxEvent.select().where(OutboxEvent.topic == "order.picture_shown").count() == 1


def test_what_stands_so_already_is_a_conflict(desk: Desk, number: str) -> None:
    assert change(desk, number, "show").code == "already_decided"
    change(desk, number, "withhold", reason=REASON)
    again = change(desk, number, "withhold", reason="再一次")
    assert (again.status, again.code) == (409, "already_decided")
    assert shown_to(desk, "resident", number)[0]["withheld_reason"] == REASON


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 201}])
def test_a_reason_is_needed(desk: Desk, number: str, body: dict[str, Any]) -> None:
    assert change(desk, number, "withhold", **body).status == 422
    assert all(one["url"] for one in shown_to(desk, "resident", number))


def test_only_moderators_of_the_branch_may_and_only_pictures_of_the_order(desk: Desk, number: str) -> None:
    expected = {"resident": 403, "volunteer": 403, "county_officer": 403, "neighbour": 404, "host_secretary": 404}
    for part, status in expected.items():
        for verb in ("withhold", "show"):
            body = {"reason": REASON} if verb == "withhold" else {}
            assert change(desk, number, verb, part, **body).status == status, (part, verb)
    other = desk.submitted()
    answer = change(desk, other, "withhold", reason=REASON)
    assert (answer.status, answer.code) == (404, "picture_not_found")
