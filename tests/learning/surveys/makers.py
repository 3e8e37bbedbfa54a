"""Surveys as their people make and fill them."""

from datetime import datetime, timedelta
from typing import Any

from backend.core.crypto import new_public_id
from backend.people.models import Account, Member, Membership, MembershipKind, MemberStatus, Organization
from tests.cast import LONG_AGO, SINCE, Person, World
from tests.conftest import MONDAY_MORNING, Answer

CLOSES = MONDAY_MORNING + timedelta(days=10)
QUESTIONS = [
    {"kind": "multiple", "text": "想学哪些内容？", "options": ["理论", "政策", "技能"], "most": 2},
    {"kind": "single", "text": "什么时间合适？", "options": ["白天", "晚上"]},
    {"kind": "scale", "text": "今年的学习有没有帮助？"},
    {"kind": "text", "text": "还想说什么？", "required": False, "longest": 20},
]
# as one fills them in: first and third, second, four points
SHEET = [{"question": 1, "choices": [1, 3]}, {"question": 2, "choices": [2]}, {"question": 3, "choices": [4]}]


def body(**changed: Any) -> dict[str, Any]:
    """A survey as its author sends it."""
    return {
        "organization": "DH",
        "title": "需求调研",
        "purpose": "好安排明年的课",
        "anonymous": False,
        "opens_at": MONDAY_MORNING.isoformat(),
        "closes_at": CLOSES.isoformat(),
        "questions": QUESTIONS,
        **changed,
    }


def drafted(api: Any, world: World, **changed: Any) -> str:
    """A draft of the county; its id."""
    answer = api(world.county_officer).post("/surveys", body(**changed))
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def opened(api: Any, world: World, **changed: Any) -> str:
    """A survey of the county that takes answers."""
    survey = drafted(api, world, **changed)
    answer = api(world.county_officer).post(f"/surveys/{survey}/open")
    assert answer.status == 200, answer.body
    return survey


def answer(api: Any, person: Person, survey: str, *, nonce: str = "", sheet: Any = None) -> Answer:
    """POST the answers of somebody."""
    sent = {"nonce": nonce or f"nonce-{person.name}-{survey}".encode().hex()[:40], "answers": sheet or SHEET}
    made: Answer = api(person).post(f"/surveys/{survey}/answers", sent)
    return made


def set_sectors(world: World) -> None:
    """The branch is a community, the host branch of new trades, the county an organ."""
    for part, sector in (("county", "organ"), ("branch", "community"), ("host_branch", "new_employment")):
        Organization.update(sector=sector).where(Organization.id == world.organizations[part].id).execute()


def crowd(home: Organization, number: int, now: datetime = LONG_AGO) -> list[Person]:
    """More members of a branch, without a log-in of their own."""
    people = []
    for count in range(number):
        name = f"党员{count:02d}{home.code[-2:]}"
        account = Account.create(public_id=new_public_id(), display_name=name, organization=home, created_at=now)
        member = Member.create(
            public_id=new_public_id(),
            name=name,
            status=MemberStatus.FULL,
            account=account,
            organization=home,
            created_at=now,
        )
        Membership.create(member=member, organization=home, kind=MembershipKind.HOME, since_on=SINCE)
        people.append(Person(name, account, "", member))
    return people
