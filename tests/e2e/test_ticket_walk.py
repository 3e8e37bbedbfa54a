"""A real ticket of a 12345 hotline, played again by the people of the demo with the clock turned (`domain.md` §4.1).

Taishan district, September 2025: accepted 09:24, dispatched 09:41, handled 14:29, followed up and closed 15:14.
"""

from datetime import datetime, time, timedelta

from tests.conftest import SHANGHAI
from tests.e2e.conftest import Product
from tests.e2e.test_order_walk import LAMP, _actions
from tests.e2e.walk import until

TUESDAY = 2
STAGES = {"accept": "09:24", "dispatch": "09:41", "claim": "09:58", "first_contact": "10:12"}
STAGES |= {"resolve": "14:29", "follow_up": "15:14", "auto_close": "15:14"}


def _turn_to(product: Product, clock: str) -> None:
    """Turn the clock that everybody follows to a time of the ticket's day."""
    now = _now(product)
    wanted = datetime.combine(now.date(), time.fromisoformat(clock), SHANGHAI)
    assert wanted > now
    product.emulator.advance((wanted - now).total_seconds())


def _to_a_tuesday_morning(product: Product) -> None:
    now = _now(product)
    days = (TUESDAY - now.isoweekday()) % 7 or 7
    morning = datetime.combine(now.date() + timedelta(days=days), time(9, 10), SHANGHAI)
    product.emulator.advance((morning - now).total_seconds())


def _now(product: Product) -> datetime:
    return datetime.fromisoformat(product.emulator.clock()["now"]).astimezone(SHANGHAI)


def _clock(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(SHANGHAI).strftime("%H:%M")


def test_the_real_ticket_goes_through_the_same_stages_at_the_same_times(product: Product) -> None:
    _to_a_tuesday_morning(product)
    resident, secretary, zhao = (product.person(user) for user in ("resident-li", "secretary-sun", "member-zhao"))
    number = resident.ok("/orders", LAMP)["number"]
    members = {row["name"]: row["public_id"] for row in secretary.read("/organizations/DH-01-01/members")["items"]}

    _turn_to(product, "09:24")
    secretary.ok(f"/orders/{number}/accept", {})
    until(lambda: "dispatch" in _actions(secretary, number) or None, "the text passes its check")
    _turn_to(product, "09:41")
    secretary.ok(f"/orders/{number}/dispatch", {"target": {"kind": "member", "id": members["赵志强"]}})
    _turn_to(product, "09:58")
    zhao.ok(f"/orders/{number}/claim", {})
    _turn_to(product, "10:12")
    zhao.ok(f"/orders/{number}/first-contact", {"way": "phone"})
    contacted_at = _now(product).isoformat()
    _turn_to(product, "14:29")
    hand_in = {"truthful": True, "contacted_at": contacted_at, "solved": True, "public_reply": "灯已换好"}
    zhao.ok(f"/orders/{number}/complete", hand_in)
    _turn_to(product, "15:14")
    said = {"way": "phone", "reached": True, "solved": True, "satisfaction": "satisfied"}
    closed = secretary.ok(f"/orders/{number}/follow-up", said)

    assert (closed["state"], closed["resolution"]) == ("closed", "resolved")
    order = secretary.read(f"/orders/{number}")
    assert [(entry["action"], _clock(entry["at"])) for entry in order["log"]] == [
        ("submit", "09:10"),
        ("accept", "09:24"),
        ("dispatch", "09:41"),
        ("claim", "09:58"),
        ("first-contact", "10:12"),
        ("complete", "14:29"),
        ("follow-up", "15:14"),
    ]
    assert {one["stage"]: _clock(one["stopped_at"]) for one in order["timers"]} == STAGES
    assert not any(one["overdue"] for one in order["timers"])
    # the clock of the case runs from the dispatch, on whole working days: seven of them later, at the same minute
    (resolve,) = [one for one in order["timers"] if one["stage"] == "resolve"]
    assert _clock(resolve["due_at"]) == "09:41"
    assert number not in [one["number"] for one in secretary.read("/orders", box="to-follow-up")["items"]]
