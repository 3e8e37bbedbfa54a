"""What stands in the way of closing an organisation; the rooms above are asked by questions that `rooms.py` lists."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from backend.core.errors import Conflict
from backend.people.models import Member, Organization


@dataclass(frozen=True)
class Obstacle:
    """Something that is to be settled first, and how."""

    what: str
    count: int
    message: str


# function(organisation id, *, now) → what of its room stands in the way, if anything
Question = Callable[..., Obstacle | None]
# function(id of what is merged, id of what it is merged into): takes over what goes on
HandOver = Callable[[int, int], None]
# function(path before, path now, *, now): what counts by place in the tree follows what was moved
Follow = Callable[..., None]


@dataclass(frozen=True)
class RoomsAbove:
    """What the rooms above have to say: what must be settled first, who else stays here, what a merger takes over,
    and what follows a move."""

    unsettled: tuple[Question, ...]
    staying: tuple[Question, ...]
    hand_over: tuple[HandOver, ...]
    follow: tuple[Follow, ...]

    def moved(self, before: str, path: str, *, now: datetime) -> None:
        """Let all that follows follow, in the caller's unit of work."""
        for follow in self.follow:
            follow(before, path, now=now)


def members_at_home(organization_id: int, *, now: datetime) -> Obstacle | None:
    """Members whose affiliation lies here."""
    count = Member.select().where(Member.organization == organization_id).count()
    return (
        Obstacle("members", count, f"还有 {count} 名党员的组织关系在这里，请先转接，或并入其他组织") if count else None
    )


def organizations_below(organization_id: int, *, now: datetime) -> Obstacle | None:
    """Organisations that stand directly below and are not closed."""
    below = (Organization.parent == organization_id) & Organization.closed_on.is_null()
    count = Organization.select().where(below).count()
    return Obstacle("organizations", count, f"下面还有 {count} 个组织，请先调整隶属关系或撤销") if count else None


def refuse_while_in_the_way(organization_id: int, questions: Iterable[Question], *, now: datetime) -> None:
    """Conflict `organization_in_use` that lists all that is to be settled first."""
    found = [obstacle for ask in questions if (obstacle := ask(organization_id, now=now)) is not None]
    if found:
        raise Conflict(
            "organization_in_use",
            "现在还不能办理：" + "；".join(obstacle.message for obstacle in found),
            obstacles=[vars(obstacle) for obstacle in found],
        )
