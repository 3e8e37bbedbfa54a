"""Who may do what, on one screen. What is not written here is not allowed."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from backend.people.models import Role


class Right(StrEnum):
    """What a post may do, resource by resource."""

    SEE_ORGANIZATION = "see_organization"
    SEE_MEMBERS = "see_members"
    KEEP_ROSTER = "keep_roster"
    KEEP_ORGANIZATIONS = "keep_organizations"
    KEEP_PLACES = "keep_places"
    KEEP_FLOATING = "keep_floating"
    SEE_FLOATING = "see_floating"
    KEEP_EXEMPTIONS = "keep_exemptions"
    DECIDE_CLAIMS = "decide_claims"
    KEEP_GRIDS = "keep_grids"
    SEE_NUMBERS = "see_numbers"
    SEE_ORDERS = "see_orders"
    HANDLE_ORDERS = "handle_orders"
    DECIDE_ORDERS = "decide_orders"
    SUPERVISE_ORDERS = "supervise_orders"
    MODERATE = "moderate"
    SEE_ACTIVITIES = "see_activities"
    PLAN_ACTIVITIES = "plan_activities"
    KEEP_ROLL = "keep_roll"
    WRITE_LESSONS = "write_lessons"
    REVIEW_LESSONS = "review_lessons"
    STEER_SENDINGS = "steer_sendings"
    MANAGE_GROUPS = "manage_groups"
    APPOINT = "appoint"
    SEE_TERMS = "see_terms"
    KEEP_CALENDAR = "keep_calendar"
    KEEP_RULES = "keep_rules"
    SEE_AUDIT = "see_audit"


class Reach(StrEnum):
    """How far a right reaches from the organisation of the post."""

    OWN = "own"
    SUBTREE = "subtree"


_COMMITTEE = {
    Right.SEE_ORGANIZATION: Reach.SUBTREE,
    Right.SEE_MEMBERS: Reach.SUBTREE,
    Right.KEEP_ROSTER: Reach.SUBTREE,
    Right.KEEP_PLACES: Reach.SUBTREE,
    Right.KEEP_FLOATING: Reach.OWN,
    Right.SEE_FLOATING: Reach.SUBTREE,
    Right.KEEP_EXEMPTIONS: Reach.SUBTREE,
    Right.DECIDE_CLAIMS: Reach.OWN,
    Right.KEEP_GRIDS: Reach.OWN,
    Right.SEE_NUMBERS: Reach.SUBTREE,
    Right.SEE_ORDERS: Reach.OWN,
    Right.HANDLE_ORDERS: Reach.OWN,
    Right.MODERATE: Reach.OWN,
    Right.SEE_ACTIVITIES: Reach.OWN,
    Right.PLAN_ACTIVITIES: Reach.OWN,
    Right.KEEP_ROLL: Reach.OWN,
    Right.WRITE_LESSONS: Reach.OWN,
    Right.SEE_TERMS: Reach.SUBTREE,
}

_DEPUTY = {
    **_COMMITTEE,
    Right.KEEP_ORGANIZATIONS: Reach.SUBTREE,
    Right.DECIDE_ORDERS: Reach.OWN,
    Right.REVIEW_LESSONS: Reach.OWN,
    Right.STEER_SENDINGS: Reach.OWN,
    Right.MANAGE_GROUPS: Reach.OWN,
}

# an officer's reach is his place in the tree: a city's sees its counties, a province's its cities
_OFFICER = {
    Right.SEE_ORGANIZATION: Reach.SUBTREE,
    Right.SEE_MEMBERS: Reach.SUBTREE,
    Right.KEEP_ROSTER: Reach.SUBTREE,
    Right.KEEP_ORGANIZATIONS: Reach.SUBTREE,
    Right.KEEP_PLACES: Reach.SUBTREE,
    Right.SEE_FLOATING: Reach.SUBTREE,
    Right.KEEP_EXEMPTIONS: Reach.SUBTREE,
    Right.SEE_NUMBERS: Reach.SUBTREE,
    Right.SEE_ORDERS: Reach.SUBTREE,
    Right.SUPERVISE_ORDERS: Reach.SUBTREE,
    Right.MODERATE: Reach.OWN,  # what its own lessons show; the texts of the branches are theirs
    Right.SEE_ACTIVITIES: Reach.SUBTREE,
    Right.WRITE_LESSONS: Reach.SUBTREE,
    Right.REVIEW_LESSONS: Reach.SUBTREE,
    Right.STEER_SENDINGS: Reach.SUBTREE,
    Right.APPOINT: Reach.SUBTREE,
    Right.SEE_TERMS: Reach.SUBTREE,
    Right.KEEP_CALENDAR: Reach.SUBTREE,
    Right.KEEP_RULES: Reach.SUBTREE,
}

PERMISSIONS: dict[Role, dict[Right, Reach]] = {
    Role.SECRETARY: {**_DEPUTY, Right.APPOINT: Reach.SUBTREE},
    Role.DEPUTY_SECRETARY: _DEPUTY,
    Role.ORGANIZATION_MEMBER: _COMMITTEE,
    Role.PUBLICITY_MEMBER: {
        Right.SEE_ORGANIZATION: Reach.OWN,
        Right.SEE_ACTIVITIES: Reach.OWN,
        Right.WRITE_LESSONS: Reach.OWN,
    },
    Role.DISCIPLINE_MEMBER: {
        Right.SEE_ORGANIZATION: Reach.SUBTREE,
        Right.SEE_MEMBERS: Reach.SUBTREE,
        Right.SEE_NUMBERS: Reach.SUBTREE,
        Right.SEE_ACTIVITIES: Reach.OWN,
        Right.SEE_TERMS: Reach.SUBTREE,
    },
    Role.CELL_LEADER: {
        Right.SEE_ORGANIZATION: Reach.OWN,
        Right.SEE_MEMBERS: Reach.OWN,
        Right.SEE_ACTIVITIES: Reach.OWN,
        Right.PLAN_ACTIVITIES: Reach.OWN,
        Right.KEEP_ROLL: Reach.OWN,
    },
    Role.DISPATCHER: {
        Right.SEE_ORGANIZATION: Reach.OWN,
        Right.SEE_MEMBERS: Reach.OWN,
        Right.KEEP_GRIDS: Reach.OWN,
        Right.SEE_ORDERS: Reach.OWN,
        Right.HANDLE_ORDERS: Reach.OWN,
        Right.MODERATE: Reach.OWN,
    },
    Role.CONTACT_PERSON: {Right.SEE_ORGANIZATION: Reach.OWN, Right.SEE_FLOATING: Reach.OWN},
    Role.GRID_WORKER: {Right.SEE_ORGANIZATION: Reach.OWN},
    Role.VOLUNTEER: {},
    Role.VOLUNTEER_LEADER: {Right.SEE_ORGANIZATION: Reach.OWN},
    Role.LECTURER: {Right.WRITE_LESSONS: Reach.OWN},
    Role.COUNTY_OFFICER: _OFFICER,
    Role.CITY_OFFICER: _OFFICER,
    Role.PROVINCE_OFFICER: _OFFICER,
    Role.AUDITOR: {
        Right.SEE_ORGANIZATION: Reach.SUBTREE,
        Right.SEE_NUMBERS: Reach.SUBTREE,
        Right.SEE_TERMS: Reach.SUBTREE,
        Right.SEE_AUDIT: Reach.SUBTREE,
    },
}

OFFICERS = frozenset({Role.COUNTY_OFFICER, Role.CITY_OFFICER, Role.PROVINCE_OFFICER})
# posts that a person may order work to, beside the members of the branch
HANDLER_ROLES = frozenset({Role.VOLUNTEER, Role.VOLUNTEER_LEADER, Role.GRID_WORKER})


class Post(NamedTuple):
    """A role in force today and the organisation it is held in."""

    role: Role
    organization_id: int
    path: str

    def grants(self, right: Right, organization_path: str) -> bool:
        """Whether this post gives `right` on the organisation with that path."""
        reach = PERMISSIONS[self.role].get(right)
        if reach is None:
            return False
        return organization_path == self.path or (reach is Reach.SUBTREE and organization_path.startswith(self.path))


class Hats(NamedTuple):
    """All that an account is: a member of a branch perhaps, and its posts in force today."""

    member_id: int | None
    branch_id: int | None
    posts: tuple[Post, ...]


class Caller(NamedTuple):
    """The account behind a token, with all that decides what it may do.

    A token that acts as one hat (`acting`) is what that hat is and nothing else; `hats` are all to choose from.
    """

    account_id: int
    public_id: str
    display_name: str
    member_id: int | None
    branch_id: int | None
    posts: tuple[Post, ...]
    token_id: int
    acting: str | None = None
    hats: Hats = Hats(None, None, ())

    @property
    def has_desk(self) -> bool:
        """Whether any post of the account gives any right at all: who may come to the desk."""
        return any(PERMISSIONS[post.role] for post in self.hats.posts)

    def may(self, right: Right, organization_path: str) -> bool:
        """Whether any post gives `right` there."""
        return any(post.grants(right, organization_path) for post in self.posts)

    def may_any(self, rights: Iterable[Right], organization_path: str) -> bool:
        """Whether any post gives any of `rights` there."""
        return any(self.may(right, organization_path) for right in rights)

    def reaches_below(self, right: Right, organization_path: str) -> bool:
        """Whether any post gives `right` there and everywhere below."""
        return any(organization_path.startswith(path) for path, reach in self.paths(right) if reach is Reach.SUBTREE)

    def holds(self, roles: frozenset[Role], organization_id: int) -> bool:
        """Whether the account holds one of `roles` in this very organisation."""
        return any(post.role in roles and post.organization_id == organization_id for post in self.posts)

    def paths(self, right: Right) -> list[tuple[str, Reach]]:
        """Where `right` is given, for queries over many organisations."""
        found = [(post.path, PERMISSIONS[post.role].get(right)) for post in self.posts]
        return [(path, reach) for path, reach in found if reach is not None]
