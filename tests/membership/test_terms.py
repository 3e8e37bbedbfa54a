"""Terms and vacancies: who is reminded once, what is listed, and for whom."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backend.core.crypto import new_public_id
from backend.membership.terms.due import remind_of_terms, remind_of_vacancies
from backend.membership.terms.rules import vacancies
from backend.messaging.models import InboxMessage, OutboxEvent
from backend.people.models import (
    Account,
    Member,
    Membership,
    MembershipKind,
    MemberStatus,
    Organization,
    OrganizationKind,
    OrganizationPost,
    Role,
)
from backend.people.tree.rules import BRANCHES
from tests.cast import SINCE, Person, World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.messaging.makers import spread_all

Client = Callable[[Person | None], Api]
END = date(2027, 5, 23)  # six months after the day on which the clock starts
THREE = [Role.ORGANIZATION_MEMBER, Role.PUBLICITY_MEMBER, Role.DISCIPLINE_MEMBER]


def give_term(person: Person, organization: Any, role: Role, ends_on: date | None) -> OrganizationPost:
    """A post with an end."""
    post: OrganizationPost = OrganizationPost.create(
        organization=organization, account=person.account, role=role, starts_on=SINCE, ends_on=ends_on
    )
    return post


def end_secretary(person: Person, ends_on: date) -> None:
    """Let the post that somebody holds end then."""
    OrganizationPost.update(ends_on=ends_on).where(OrganizationPost.account == person.account).execute()


def on(clock: FakeClock, day: date) -> datetime:
    """Nine in the morning of a day in Shanghai."""
    clock.set(datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI))
    return clock()


def remind(clock: FakeClock, day: date) -> int:
    """Ask about terms on a day."""
    return remind_of_terms(timezone=SHANGHAI, now=on(clock, day))


def told(clock: FakeClock) -> list[tuple[str, str]]:
    """Who was told what, by title."""
    spread_all(clock())
    rows = InboxMessage.select(InboxMessage, Account).join(Account).order_by(InboxMessage.id)
    return sorted((row.account.display_name, row.title) for row in rows)


def enrol(organization: Any, count: int, status: MemberStatus = MemberStatus.FULL) -> None:
    """More members at home there."""
    for _ in range(count):
        member = Member.create(
            public_id=new_public_id(),
            name="新党员",
            status=status,
            organization=organization,
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        Membership.create(member=member, organization=organization, kind=MembershipKind.HOME, since_on=SINCE)


def plant(world: World, code: str, name: str, kind: OrganizationKind = OrganizationKind.BRANCH) -> Organization:
    """Another organisation under the street."""
    made: Organization = Organization.create(
        code=code, name=name, kind=kind, parent=world.street, path=code, created_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    made.path = f"{world.street.path}{made.id}."
    made.save()
    return made


# ---------------------------------------------------------------- terms


def test_each_step_is_spoken_of_once_to_the_secretaries_and_the_officers_above(world: World, clock: FakeClock) -> None:
    end_secretary(world.secretary, END)
    assert remind(clock, date(2026, 11, 22)) == 0
    for months, day in ((6, date(2026, 11, 23)), (3, date(2027, 2, 23)), (1, date(2027, 4, 23))):
        assert remind(clock, day - timedelta(days=1)) == 0
        assert remind(clock, day) == 1
        assert remind(clock, day) == remind(clock, day + timedelta(days=1)) == 0
        clock.set(datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI))
        assert ("孙立新", f"任期不到 {months} 个月届满") in told(clock)
    assert [who for who, _ in told(clock)] == ["吴远"] * 3 + ["孙立新"] * 3
    assert remind(clock, END + timedelta(days=1)) == 0


def test_a_step_that_was_missed_is_left_out(world: World, clock: FakeClock) -> None:
    end_secretary(world.secretary, END)
    assert remind(clock, date(2027, 5, 1)) == 1
    assert ("孙立新", "任期不到 1 个月届满") in told(clock)
    assert remind(clock, date(2027, 5, 2)) == 0


def test_a_committee_whose_term_ends_together_is_one_message(world: World, clock: FakeClock) -> None:
    end_secretary(world.secretary, END)
    for role in THREE:
        give_term(world.member, world.branch, role, END)
    assert remind(clock, date(2026, 11, 23)) == 4
    assert len(told(clock)) == 2
    (message,) = InboxMessage.select().where(InboxMessage.account == world.secretary.account)
    assert "书记、组织委员、宣传委员、纪检委员任期将于2027年5月23日届满" in message.body


def test_branches_of_one_parent_are_one_message_to_the_officers(world: World, clock: FakeClock) -> None:
    end_secretary(world.secretary, END)
    for number in range(4):
        give_term(world.member, plant(world, f"V{number}", f"第{number}村党支部"), Role.SECRETARY, END)
    assert remind(clock, date(2026, 11, 23)) == 5
    spread_all(clock())
    (message,) = InboxMessage.select().where(InboxMessage.title == "有党组织任期将满")
    assert message.account_id == world.county_officer.account.id
    assert "等 5 个党组织" in message.body


def test_a_new_end_of_a_post_that_was_spoken_of_is_spoken_of_again(world: World, clock: FakeClock) -> None:
    end_secretary(world.secretary, END)
    assert remind(clock, date(2026, 11, 23)) == 1
    OrganizationPost.update(ends_on=date(2026, 12, 1)).where(
        OrganizationPost.account == world.secretary.account
    ).execute()
    assert remind(clock, date(2026, 11, 24)) == 1


def test_nobody_is_reminded_of_what_is_filled_already_or_is_not_elected(world: World, clock: FakeClock) -> None:
    end_secretary(world.secretary, END)
    OrganizationPost.create(
        organization=world.branch, account=world.member.account, role=Role.SECRETARY, starts_on=END + timedelta(days=1)
    )
    give_term(world.member, world.branch, Role.DISPATCHER, END)
    give_term(world.member, world.branch, Role.PUBLICITY_MEMBER, None)
    assert remind(clock, date(2026, 11, 23)) == 0


# ---------------------------------------------------------------- vacancies


def look(clock: FakeClock, day: date) -> int:
    """Ask about empty posts on a day."""
    return remind_of_vacancies(timezone=SHANGHAI, now=on(clock, day))


def test_branches_without_a_secretary_are_told_above_once_a_month(world: World, clock: FakeClock) -> None:
    assert look(clock, date(2026, 11, 23)) == 0
    end_secretary(world.secretary, date(2026, 11, 23))
    plant(world, "V1", "第一村党支部")
    assert look(clock, date(2026, 11, 23)) == 1
    assert look(clock, date(2026, 11, 24)) == 0  # the month has been spoken of
    assert look(clock, date(2026, 12, 1)) == 1
    assert look(clock, date(2026, 12, 31)) == 0
    assert told(clock) == [("吴远", "有党支部缺书记")] * 2
    (first, second) = InboxMessage.select().order_by(InboxMessage.id)
    assert ("大河社区" in first.body, "大河社区" in second.body, "第一村" in second.body) == (False, True, True)


def test_a_closed_branch_lacks_nothing(api: Client, world: World, clock: FakeClock) -> None:
    end_secretary(world.secretary, date(2026, 11, 1))
    Organization.update(closed_on=date(2026, 11, 2)).where(Organization.id == world.branch.id).execute()
    assert look(clock, date(2026, 11, 23)) == 0
    assert "DH-01-01" not in shown(api, world.county_officer, "DH")


def test_a_committee_that_lacks_members_is_told_to_its_secretary_once_a_quarter(world: World, clock: FakeClock) -> None:
    enrol(world.branch, 3)  # with the cast: seven
    assert look(clock, date(2026, 11, 23)) == 1
    assert look(clock, date(2026, 12, 31)) == 0
    assert look(clock, date(2027, 1, 1)) == 1
    assert told(clock) == [("孙立新", "支部委员会还有空缺")] * 2
    for role in THREE:
        give_term(world.member, world.branch, role, None)
    assert look(clock, date(2027, 4, 1)) == 0


def test_asking_twice_at_once_writes_once(world: World, clock: FakeClock) -> None:
    end_secretary(world.secretary, date(2026, 11, 1))
    assert [look(clock, date(2026, 11, 23)) for _ in range(3)] == [1, 0, 0]
    assert OutboxEvent.select().count() == 1


@pytest.mark.parametrize("kind", OrganizationKind)
@pytest.mark.parametrize("full", [0, 6, 7, 50])
def test_what_an_organisation_should_have_filled(kind: OrganizationKind, full: int) -> None:
    elects = kind in BRANCHES and kind is not OrganizationKind.TEMPORARY_BRANCH and full >= 7
    needed = ([Role.SECRETARY] if kind in BRANCHES else []) + (THREE if elects else [])
    assert vacancies(kind, full, set()) == needed
    assert vacancies(kind, full, set(needed)) == []
    for role in needed:
        assert vacancies(kind, full, set(needed) - {role}) == [role]


# ---------------------------------------------------------------- the list


def shown(api: Client, person: Person, code: str, **query: Any) -> dict[str, Any]:
    """What is listed, by organisation."""
    answer = api(person).get(f"/organizations/{code}/terms", **query)
    assert answer.status == 200, answer.body
    return {one["organization"]["code"]: one for one in answer.data["items"]}


def test_terms_and_vacancies_of_an_organisation_and_all_below(api: Client, world: World) -> None:
    end_secretary(world.secretary, END)
    enrol(world.branch, 3)
    enrol(world.branch, 3, MemberStatus.PROBATIONARY)
    found = shown(api, world.county_officer, "DH")
    assert list(found) == ["DH", "DH-01", "DH-01-01", "NS-01"]
    branch = found["DH-01-01"]
    assert (branch["full_members"], branch["term_years"]) == (7, 5)
    (term,) = branch["terms"]
    assert (term["role"], term["holder"]["name"], term["ends_on"], term["ends_soon"]) == (
        "secretary",
        "孙立新",
        "2027-05-23",
        True,
    )
    assert [one["role_label"] for one in branch["vacancies"]] == ["组织委员", "宣传委员", "纪检委员"]
    assert "支部工作条例" in branch["vacancies"][0]["source"]
    assert (found["NS-01"]["vacancies"], found["NS-01"]["terms"][0]["ends_soon"]) == ([], False)
    assert list(shown(api, world.secretary, "DH-01-01")) == ["DH-01-01"]


@pytest.mark.parametrize(
    ("ends_on", "listed"),
    [(None, False), (date(2027, 5, 24), False), (END, True), (date(2026, 11, 23), True), (date(2026, 11, 22), True)],
)
def test_only_what_asks_for_attention(api: Client, world: World, ends_on: date | None, listed: bool) -> None:
    """A term that ended yesterday is a vacancy today."""
    if ends_on:
        end_secretary(world.secretary, ends_on)
    found = shown(api, world.county_officer, "DH", attention="true")
    assert list(found) == (["DH-01-01"] if listed else [])


def test_an_incomplete_committee_asks_for_attention(api: Client, world: World) -> None:
    enrol(world.host_branch, 6)
    assert list(shown(api, world.county_officer, "DH", attention="true")) == ["NS-01"]
    for role in THREE[:2]:
        give_term(world.host_secretary, world.host_branch, role, None)
    assert list(shown(api, world.county_officer, "DH", attention="true")) == ["NS-01"]
    give_term(world.host_secretary, world.host_branch, THREE[2], None)
    assert shown(api, world.county_officer, "DH", attention="true") == {}


def test_the_list_is_paged_in_the_order_of_the_tree(api: Client, world: World) -> None:
    seen, cursor = [], None
    while True:
        query = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = api(world.county_officer).get("/organizations/DH/terms", **query).data
        seen += [one["organization"]["code"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["DH", "DH-01", "DH-01-01", "NS-01"]
    assert api(world.county_officer).get("/organizations/DH/terms", cursor="%%").status == 422


def test_more_organisations_cost_no_more_statements(api: Client, world: World, statements: Callable[[], Any]) -> None:
    def cost(attention: str) -> int:
        with statements() as asked:
            assert (
                api(world.county_officer).get("/organizations/DH/terms", limit=100, attention=attention).status == 200
            )
        return len(asked)

    end_secretary(world.secretary, END)
    few = [cost(attention) for attention in ("true", "false")]
    for number in range(20):
        give_term(world.member, plant(world, f"V{number}", "村党支部"), Role.SECRETARY, END)
    assert [cost(attention) for attention in ("true", "false")] == few
    assert max(few) <= 5


def test_the_list_is_for_those_who_look_after_terms(api: Client, world: World) -> None:
    assert api(world.secretary).get("/organizations/DH/terms").status == 404
    assert api(world.host_secretary).get("/organizations/DH-01-01/terms").status == 404
    assert api(world.member).get("/organizations/DH-01-01/terms").status == 403
    assert api(world.resident).get("/organizations/DH-01-01/terms").status == 404
