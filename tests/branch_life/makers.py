"""What the tests of branch life start from: an activity of the branch, and the codes on its screen."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from backend.branch_life.activities import codes
from backend.people.models import Membership, MembershipKind
from tests.cast import SINCE, Person, World
from tests.conftest import SHANGHAI, Answer, Api

# the clock of the tests starts at 09:00 on this Monday
START = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
END = START + timedelta(minutes=90)
NONCE = "nonce-0001"

Calls = Callable[[Person | None], Api]


def plan(**changed: Any) -> dict[str, Any]:
    """The body of a themed Party day of the first branch, today from 09:30 to 11:00."""
    return {
        "organization": "DH-01-01",
        "kind": "party_day",
        "title": "重走小平求学路",
        "starts_at": START.isoformat(),
        "ends_at": END.isoformat(),
        "place": {"text": "社区党群服务中心二楼"},
        **changed,
    }


def planned(api: Calls, world: World, **changed: Any) -> str:
    """The id of an activity that the secretary has planned."""
    answer = api(world.secretary).post("/activities", plan(**changed))
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def scan(api: Calls, person: Person | None, activity: str, at: datetime, /, **changed: Any) -> Answer:
    """Check in with the code that the screen shows at `at`, by a phone whose clock says so too."""
    body = {
        "code": codes.code_text(activity, 0, codes.step_at(at)),
        "occurred_at": at.isoformat(),
        "nonce": NONCE,
        **changed,
    }
    return api(person).post("/check-ins", body)


def type_in(api: Calls, person: Person | None, digits: str, at: datetime, /, **changed: Any) -> Answer:
    """Check in with six digits."""
    return api(person).post(
        "/check-ins", {"typed_code": digits, "occurred_at": at.isoformat(), "nonce": NONCE, **changed}
    )


def digits_of(activity: str, at: datetime) -> str:
    """The six digits on the screen at `at`."""
    return codes.typed_code(activity, 0, codes.step_at(at))


def other_digits(activity: str, at: datetime) -> str:
    """Six digits that the screen has not shown, for as far back as anybody looks."""
    shown = {codes.typed_code(activity, 0, codes.step_at(at) + step) for step in range(-30, 30)}
    return next(text for number in range(1000) if (text := f"{number:06}") not in shown)


def host(person: Person, organization: Any) -> None:
    """Let an organisation take a member of another one in as a guest."""
    Membership.create(member=person.member, organization=organization, kind=MembershipKind.HOST, since_on=SINCE)
