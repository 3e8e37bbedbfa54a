"""Moving an organisation with all below it: one UPDATE of one range of paths, and everybody's rights follow."""

from datetime import date, datetime

import peewee as pw

from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, invalid_field
from backend.people.access import in_subtree
from backend.people.models import Organization, OrganizationKind
from backend.people.permissions import Caller
from backend.people.tree.history import Deed, note_change
from backend.people.tree.holding import check_standing, hold_to_keep, level_of, require_above
from backend.people.tree.models import ChangeKind
from backend.people.tree.obstacles import RoomsAbove
from backend.people.tree.schemas import MoveOrganization

PATH_LENGTH = 190


def move_organization(
    caller: Caller, code: str, body: MoveOrganization, above: RoomsAbove, *, today: date, now: datetime
) -> None:
    """Put an organisation below another one; both its present and its future parent are the caller's to keep."""
    deed = Deed(caller.account_id, body.reason, today, now)

    def work() -> None:
        moving, target = hold_to_keep(caller, code, body.parent)
        require_above(caller, moving)
        if target.path.startswith(moving.path):
            raise invalid_field("parent", "below_itself", "不能移到自己或自己的下级之下")
        if moving.parent_id == target.id:
            raise Conflict("nothing_changed", "它已经在这个上级之下")
        check_standing(OrganizationKind(moving.kind), level_of(moving), target, "parent")
        before = moving.parent.code
        _place_below(moving, target)
        above.moved(moving.path, f"{target.path}{moving.id}.", now=now)
        note_change(moving.id, ChangeKind.MOVED, {"parent": before}, {"parent": target.code}, deed)

    in_unit_of_work(work)


def _place_below(moving: Organization, target: Organization) -> None:
    """The parent of one row and the paths of its subtree, in the caller's unit of work."""
    update_exactly_one(
        Organization.update(parent=target.id).where(Organization.id == moving.id),
        lost=lambda: Conflict("organization_changed", "组织刚刚被别人修改，请刷新后再试"),
    )
    rewrite_paths(in_subtree(Organization.path, moving.path), moving.path, f"{target.path}{moving.id}.")


def rewrite_paths(rows: pw.Expression, old: str, new: str) -> None:
    """Let the paths of `rows` begin with `new` instead of `old`; 409 `too_deep` when one would grow too long."""
    longest = Organization.select(pw.fn.MAX(pw.fn.LENGTH(Organization.path))).where(rows).scalar() or 0
    if longest - len(old) + len(new) > PATH_LENGTH:
        raise Conflict("too_deep", "组织层级太多，请先减少中间层级")
    rest = pw.fn.SUBSTR(Organization.path, len(old) + 1)
    Organization.update(path=pw.Value(new).concat(rest)).where(rows).execute()
