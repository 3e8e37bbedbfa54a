"""Log-in by a QR code: shown, confirmed by a phone, collected once."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.core.database import database
from backend.people.access import issue_token
from backend.people.desk_logins.due import purge_log_in_traces
from backend.people.desk_logins.models import DeskTicket
from backend.people.models import AccessToken
from tests.cast import World
from tests.conftest import Answer, Api, FakeClock
from tests.people.test_login import Bearer

Calls = Callable[[Any], Api]


def shown(api: Calls) -> dict[str, str]:
    """A fresh ticket."""
    answer = api(None).post("/auth/desk-tickets")
    assert answer.status == 201
    return dict(answer.data)


def confirm(api: Calls, who: Any, ticket: dict[str, str]) -> Answer:
    """What the phone does."""
    return api(who).post(f"/auth/desk-tickets/{ticket['ticket']}/confirm")


def collect(api: Calls, ticket: dict[str, str], **changed: str) -> Answer:
    """What the page asks."""
    return api(None).post(f"/auth/desk-tickets/{ticket['ticket']}/session", {"secret": ticket["secret"], **changed})


def test_a_page_gets_its_session_once_a_phone_has_confirmed(api: Calls, world: World) -> None:
    ticket = shown(api)
    assert ticket["ticket"] in ticket["address"]
    assert ticket["secret"] not in ticket["address"]
    assert collect(api, ticket).data == {"confirmed": False, "session": None}
    brief = api(world.secretary).get(f"/auth/desk-tickets/{ticket['ticket']}").data
    assert brief["device"] == "未知设备"
    assert confirm(api, world.secretary, ticket).status == 200
    answer = collect(api, ticket).data
    assert answer["confirmed"]
    assert answer["session"]["account"]["display_name"] == "孙立新"
    assert api(Bearer(answer["session"]["token"])).get("/me").status == 200
    assert AccessToken.select().order_by(AccessToken.id.desc()).get().channel == "desk"
    assert (collect(api, ticket).status, collect(api, ticket).code) == (404, "ticket_over")


def test_a_photograph_of_the_code_opens_nothing(api: Calls, world: World) -> None:
    ticket = shown(api)
    confirm(api, world.secretary, ticket)
    assert collect(api, ticket, secret=ticket["ticket"]).code == "ticket_over"
    assert collect(api, ticket, secret="guess").code == "ticket_over"
    rows = str(database.execute_sql("SELECT * FROM desk_ticket").fetchall())
    assert ticket["ticket"] not in rows
    assert ticket["secret"] not in rows


@pytest.mark.parametrize("part", ["resident", "member", "volunteer", "stranger"])
def test_who_has_no_desk_right_confirms_nothing(api: Calls, world: World, part: str) -> None:
    ticket = shown(api)
    answer = confirm(api, getattr(world, part), ticket)
    assert (answer.status, answer.code) == (403, "no_desk_right")
    assert api(getattr(world, part)).get(f"/auth/desk-tickets/{ticket['ticket']}").status == 403
    assert collect(api, ticket).data["confirmed"] is False


def test_confirming_needs_a_log_in_and_happens_once(api: Calls, world: World) -> None:
    ticket = shown(api)
    assert confirm(api, None, ticket).status == 401
    assert confirm(api, world.secretary, ticket).status == 200
    assert confirm(api, world.host_secretary, ticket).code == "ticket_over"
    assert collect(api, ticket).data["session"]["account"]["display_name"] == "孙立新"


def test_a_secretary_who_acts_as_a_resident_may_still_confirm(api: Calls, world: World) -> None:
    api(world.secretary).post("/auth/acting", {"as": "resident"})
    assert confirm(api, world.secretary, shown(api)).status == 200


def test_a_ticket_ends_after_two_minutes(api: Calls, world: World, clock: FakeClock) -> None:
    late, confirmed = shown(api), shown(api)
    assert confirm(api, world.secretary, confirmed).status == 200
    clock.advance(minutes=2)
    assert confirm(api, world.secretary, late).code == "ticket_over"
    assert collect(api, confirmed).code == "ticket_over"
    assert confirm(api, world.secretary, {"ticket": "invented"}).code == "ticket_over"


def test_old_tickets_are_swept_up(api: Calls, world: World, clock: FakeClock) -> None:
    shown(api)
    clock.advance(minutes=16)
    assert purge_log_in_traces(now=clock()) == 2  # the ticket and the count of the address
    assert DeskTicket.select().count() == 0


def test_an_address_does_not_get_tickets_without_end(api: Calls, world: World) -> None:
    assert [api(None).post("/auth/desk-tickets").status for _ in range(61)] == [201] * 60 + [429]


def test_one_desk_does_not_open_the_next(api: Calls, world: World, clock: FakeClock) -> None:
    desk = Bearer(issue_token(world.secretary.account, "desk", now=clock())[0])
    assert confirm(api, desk, shown(api)).code == "phone_needed"
