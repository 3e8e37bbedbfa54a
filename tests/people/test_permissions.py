"""Every role, every right, every place in the tree, against a table written out by hand."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product

import pytest

from backend.core.errors import Forbidden, NotFound
from backend.people.access import caller_of, require, within
from backend.people.models import Organization, OrganizationPost, Role
from backend.people.permissions import PERMISSIONS, Caller, Post, Right
from tests.cast import SINCE, Person, World
from tests.conftest import SHANGHAI, FakeClock

ROLES = (
    Role.SECRETARY,
    Role.DEPUTY_SECRETARY,
    Role.ORGANIZATION_MEMBER,
    Role.PUBLICITY_MEMBER,
    Role.DISCIPLINE_MEMBER,
    Role.CELL_LEADER,
    Role.DISPATCHER,
    Role.CONTACT_PERSON,
    Role.GRID_WORKER,
    Role.VOLUNTEER,
    Role.VOLUNTEER_LEADER,
    Role.LECTURER,
    Role.COUNTY_OFFICER,
    Role.CITY_OFFICER,
    Role.PROVINCE_OFFICER,
    Role.AUDITOR,
)
# o: in the post's own organisation · s: there and everywhere below · -: nowhere
TABLE = """
                       secr depu orga publ disc cell disp cont grid volu volu lect coun city prov audi
    see_organization    s    s    s    o    s    o    o    o    o    -    o    -    s    s    s    s
    see_members         s    s    s    -    s    o    o    -    -    -    -    -    s    s    s    -
    keep_roster         s    s    s    -    -    -    -    -    -    -    -    -    s    s    s    -
    keep_organizations  s    s    -    -    -    -    -    -    -    -    -    -    s    s    s    -
    keep_places         s    s    s    -    -    -    -    -    -    -    -    -    s    s    s    -
    keep_floating       o    o    o    -    -    -    -    -    -    -    -    -    -    -    -    -
    keep_exemptions     s    s    s    -    -    -    -    -    -    -    -    -    s    s    s    -
    see_floating        s    s    s    -    -    -    -    o    -    -    -    -    s    s    s    -
    decide_claims       o    o    o    -    -    -    -    -    -    -    -    -    -    -    -    -
    keep_grids          o    o    o    -    -    -    o    -    -    -    -    -    -    -    -    -
    see_numbers         s    s    s    -    s    -    -    -    -    -    -    -    s    s    s    s
    see_orders          o    o    o    -    -    -    o    -    -    -    -    -    s    s    s    -
    handle_orders       o    o    o    -    -    -    o    -    -    -    -    -    -    -    -    -
    decide_orders       o    o    -    -    -    -    -    -    -    -    -    -    -    -    -    -
    supervise_orders    -    -    -    -    -    -    -    -    -    -    -    -    s    s    s    -
    moderate            o    o    o    -    -    -    o    -    -    -    -    -    o    o    o    -
    see_activities      o    o    o    o    o    o    -    -    -    -    -    -    s    s    s    -
    plan_activities     o    o    o    -    -    o    -    -    -    -    -    -    -    -    -    -
    keep_roll           o    o    o    -    -    o    -    -    -    -    -    -    -    -    -    -
    write_lessons       o    o    o    o    -    -    -    -    -    -    -    o    s    s    s    -
    review_lessons      o    o    -    -    -    -    -    -    -    -    -    -    s    s    s    -
    steer_sendings      o    o    -    -    -    -    -    -    -    -    -    -    s    s    s    -
    manage_groups       o    o    -    -    -    -    -    -    -    -    -    -    -    -    -    -
    appoint             s    -    -    -    -    -    -    -    -    -    -    -    s    s    s    -
    see_terms           s    s    s    -    s    -    -    -    -    -    -    -    s    s    s    s
    keep_calendar       -    -    -    -    -    -    -    -    -    -    -    -    s    s    s    -
    keep_rules          -    -    -    -    -    -    -    -    -    -    -    -    s    s    s    -
    see_audit           -    -    -    -    -    -    -    -    -    -    -    -    -    -    -    s
"""
PLACES = {"own": "1.5.", "below": "1.5.9.", "above": "1.", "other": "1.50.", "beside": "1.6.", "elsewhere": "2."}
REACHED = {"o": {"own"}, "s": {"own", "below"}, "-": set()}


def expected() -> dict[tuple[Role, Right], str]:
    """The table, read."""
    lines = [line.split() for line in TABLE.strip().splitlines()]
    assert [role[:4] for role in ROLES] == lines[0]
    return {(role, Right(right)): cell for right, *cells in lines[1:] for role, cell in zip(ROLES, cells, strict=True)}


def test_the_table_names_every_role_and_right() -> None:
    assert set(ROLES) == set(Role) == set(PERMISSIONS)
    assert set(expected()) == set(product(Role, Right))


@pytest.mark.parametrize(("role", "right"), list(product(Role, Right)))
def test_a_post_gives_what_the_table_says(role: Role, right: Right) -> None:
    post = Post(role, 5, PLACES["own"])
    reached = {place for place, path in PLACES.items() if post.grants(right, path)}
    assert reached == REACHED[expected()[role, right]]


def caller(*posts: Post, branch_id: int | None = None) -> Caller:
    """Somebody with these posts."""
    return Caller(1, "public", "某人", None, branch_id, posts, 1)


def test_several_posts_add_up_and_none_gives_nothing() -> None:
    both = caller(Post(Role.LECTURER, 5, "1.5."), Post(Role.COUNTY_OFFICER, 2, "2."))
    assert both.may(Right.WRITE_LESSONS, "1.5.")
    assert both.may(Right.SEE_ORDERS, "2.7.")
    assert not both.may(Right.SEE_ORDERS, "1.5.")
    assert not any(caller().may(right, "1.") for right in Right)
    assert caller().paths(Right.SEE_ORDERS) == []


def test_a_role_is_held_in_its_own_organisation_only() -> None:
    volunteer = caller(Post(Role.VOLUNTEER, 5, "1.5."))
    assert volunteer.holds(frozenset({Role.VOLUNTEER}), 5)
    assert not volunteer.holds(frozenset({Role.VOLUNTEER}), 9)
    assert not volunteer.holds(frozenset({Role.SECRETARY}), 5)


@pytest.fixture
def of(world: World, clock: FakeClock) -> Callable[[Person], Caller]:
    """The caller behind a person of the cast, today."""
    return lambda person: caller_of(person.account.id, timezone=SHANGHAI, now=clock())


def test_require_is_403_for_who_may_see_and_404_for_everybody_else(
    of: Callable[[Person], Caller], world: World
) -> None:
    right, branch = Right.DECIDE_ORDERS, world.branch
    require(of(world.secretary), right, branch)
    for person in (world.member, world.volunteer, world.county_officer):
        with pytest.raises(Forbidden):
            require(of(person), right, branch)
    for person in (world.resident, world.stranger, world.host_secretary):
        with pytest.raises(NotFound):
            require(of(person), right, branch)


def test_require_may_ask_for_another_right_to_see(of: Callable[[Person], Caller], world: World) -> None:
    officer = of(world.county_officer)
    with pytest.raises(NotFound):
        require(officer, Right.DECIDE_ORDERS, world.branch, see=Right.MANAGE_GROUPS)
    with pytest.raises(Forbidden):
        require(officer, Right.DECIDE_ORDERS, world.branch, see=Right.SEE_ORDERS)


def test_within_reaches_own_subtree_or_nothing(of: Callable[[Person], Caller], world: World) -> None:
    def reached(person: Person, right: Right) -> set[str] | None:
        condition = within(of(person), right, Organization.path)
        return None if condition is None else {row.code for row in Organization.select().where(condition)}

    assert reached(world.county_officer, Right.SEE_ORDERS) == {"DH", "DH-01", "DH-01-01", "NS-01"}
    assert reached(world.secretary, Right.SEE_ORDERS) == {"DH-01-01"}
    assert reached(world.resident, Right.SEE_ORDERS) is None


def test_a_subtree_is_exact_where_numbers_share_their_first_digits(world: World, clock: FakeClock) -> None:
    officer = caller(Post(Role.COUNTY_OFFICER, 1, "1."))
    for number, path in enumerate(("1.", "1.2.", "1.23.", "10.", "12.", "1.2.3.")):
        Organization.create(code=f"X{number}", name=path, kind="branch", path=f"x{path}", created_at=clock())
    condition = within(caller(Post(Role.AUDITOR, 1, "x1.2.")), Right.SEE_NUMBERS, Organization.path)
    assert {row.name for row in Organization.select().where(condition)} == {"1.2.", "1.2.3."}
    assert not officer.may(Right.SEE_ORDERS, "10.")


@pytest.mark.parametrize(
    ("starts", "ends", "in_office"),
    [(0, None, True), (1, None, False), (-9, 0, True), (-9, -1, False), (0, 0, True)],
)
def test_a_post_counts_on_the_days_of_its_term_in_local_time(
    of: Callable[[Person], Caller], world: World, clock: FakeClock, starts: int, ends: int | None, in_office: bool
) -> None:
    today = date(2026, 11, 23)
    OrganizationPost.update(
        starts_on=today + timedelta(days=starts), ends_on=None if ends is None else today + timedelta(days=ends)
    ).where(OrganizationPost.account == world.secretary.account).execute()
    assert bool(of(world.secretary).posts) is in_office


def test_the_day_changes_at_midnight_in_shanghai(
    of: Callable[[Person], Caller], world: World, clock: FakeClock
) -> None:
    OrganizationPost.update(ends_on=date(2026, 11, 23)).execute()
    clock.advance(hours=14, minutes=59)  # 23:59 in Shanghai, the afternoon in UTC
    assert of(world.secretary).posts
    clock.advance(minutes=1)
    assert not of(world.secretary).posts


def test_a_person_with_two_posts_is_one_caller(of: Callable[[Person], Caller], world: World) -> None:
    OrganizationPost.create(
        organization=world.street, account=world.secretary.account, role=Role.AUDITOR, starts_on=SINCE
    )
    found = of(world.secretary)
    assert sorted(post.role for post in found.posts) == [Role.AUDITOR, Role.SECRETARY]
    assert found.branch_id == world.branch.id
    assert found.may(Right.SEE_NUMBERS, world.branch.path)
