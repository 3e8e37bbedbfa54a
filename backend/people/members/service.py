"""Adding and correcting one member: what a roster file with one row would do, sealed, masked and logged alike."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.core import audit
from backend.core.crypto import mask_phone, opened
from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict, Invalid, NotFound
from backend.people.access import find_organization, refuse_closed, require
from backend.people.directory import brief
from backend.people.identity import mask_identity
from backend.people.members.schemas import AddMember, ChangeMember, MemberShape
from backend.people.models import Member, MemberStatus, Organization
from backend.people.permissions import Caller, Right
from backend.people.roster.checking import STATUS_NAMES, Fault, RosterRow, check_rows
from backend.people.roster.columns import Column
from backend.people.roster.matching import plan_rows
from backend.people.roster.reading import TableRow
from backend.people.roster.writing import add_members, change_members

_FIELDS = {
    Column.NAME: "name",
    Column.IDENTITY: "identity_number",
    Column.PHONE: "phone",
    Column.STATUS: "status",
    Column.JOINED_ON: "joined_on",
}
_LAYOUT = {column: place for place, column in enumerate(Column)}


def read_member(caller: Caller, public_id: str) -> MemberShape:
    """A member of a roster that the caller keeps; 404 otherwise."""
    return _shape(_find(caller, public_id))


def add_member(caller: Caller, code: str, body: AddMember, *, today: date, now: datetime) -> MemberShape:
    """A new member at home in this branch from today.

    422 with the faults of the import, 409 `already_on_roster` when the roster knows him.
    """
    organization = find_organization(code)
    require(caller, Right.KEEP_ROSTER, organization)
    refuse_closed(organization)
    row = _checked(_cells(body.model_dump()), organization.id, today)
    plan = plan_rows([row])
    _refuse(plan.faults)
    if not plan.to_create:
        raise _known()

    def work() -> Member:
        add_members([row], today=today, now=now)
        added: Member = _of_branch(organization.id, row.name).where(Member.created_at == now).get()
        _record("member.add", added, caller, "新增党员", now)
        return added

    try:
        added = in_unit_of_work(work)
    except pw.IntegrityError:
        raise _known() from None
    return read_member(caller, added.public_id)


def change_member(caller: Caller, public_id: str, body: ChangeMember, *, today: date, now: datetime) -> MemberShape:
    """Correct what the roster says of a member; 409 when the identity number belongs to another one."""
    member = _find(caller, public_id)
    changed = body.model_dump(exclude_none=True)
    # the name and the status are always there; numbers and dates that are left out stay
    row = _checked(_cells({"name": member.name, "status": member.status} | changed), member.organization_id, today)
    _refuse_namesake(member, row)
    words = "、".join(column for column, field in _FIELDS.items() if field in changed)

    def work() -> None:
        change_members([(member.id, row)])
        _record("member.change", member, caller, f"修改：{words}", now)

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise _known("identity_taken", "这个身份号码已登记在名册上的另一位党员") from None
    return read_member(caller, public_id)


def _cells(values: Mapping[str, Any]) -> dict[Column, str]:
    cells = {column: values.get(field) for column, field in _FIELDS.items()}
    texts = {column: str(value) for column, value in cells.items() if value is not None}
    return texts | {Column.STATUS: STATUS_NAMES[values["status"]]}


def _checked(cells: Mapping[Column, str], branch: int, today: date) -> RosterRow:
    table_row = TableRow(1, [cells.get(column, "") for column in Column])
    good, faults = check_rows([table_row], _LAYOUT, {}, branch, today=today)
    _refuse(faults)
    return good[0]


def _refuse(faults: list[Fault]) -> None:
    if faults:
        errors = [
            {"field": _FIELDS[Column(fault.column)], "code": "bad_cell", "message": fault.message} for fault in faults
        ]
        raise Invalid(errors=errors)


def _refuse_namesake(member: Member, row: RosterRow) -> None:
    """Only a number tells two of one name apart."""
    if row.identity is not None or member.identity_index is not None or row.name == member.name:
        return
    if _of_branch(member.organization_id, row.name).exists():
        raise _known("namesake", "本支部已有同名党员，请先为这位党员登记身份号码，以便区分")


def _of_branch(organization_id: int, name: str) -> "pw.ModelSelect[Member]":
    return Member.select().where(Member.organization == organization_id, Member.name == name)


def _known(code: str = "already_on_roster", message: str = "名册里已经有这位党员，请直接修改他的信息") -> Conflict:
    return Conflict(code, message)


def _find(caller: Caller, public_id: str) -> Any:
    member: Any = Member.select(Member, Organization).join(Organization).where(Member.public_id == public_id).first()
    if member is None or not caller.may(Right.KEEP_ROSTER, member.organization.path):
        raise NotFound("member_not_found", "没有这位党员，或您无权查看")
    return member


def _record(action: str, member: Member, caller: Caller, purpose: str, now: datetime) -> None:
    subject = audit.Subject(f"member:{member.public_id}", member.organization_id, member.account_id)
    audit.record(action, subject, actor_id=caller.account_id, purpose=purpose, now=now)


def _shape(member: Any) -> MemberShape:
    phone, identity = opened(member.phone), opened(member.identity)
    return MemberShape(
        public_id=member.public_id,
        name=member.name,
        status=MemberStatus(member.status),
        branch=brief(member.organization),
        joined_on=member.joined_on,
        phone=mask_phone(phone) if phone else None,
        identity_number=mask_identity(identity) if identity else None,
        claimed=member.account_id is not None,
    )
