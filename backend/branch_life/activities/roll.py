"""The roll of an activity: who is expected, who came, who is on leave, who is missing; and calling it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import peewee as pw

from backend.branch_life.activities import codes
from backend.branch_life.activities.entries import Presence, enter, held_of
from backend.branch_life.activities.guessing import count_wrong_codes
from backend.branch_life.activities.invitations import belongs, expected_members
from backend.branch_life.activities.models import (
    Activity,
    CheckIn,
    CheckInLocation,
    CheckInMethod,
    CheckInStatus,
    LeaveRequest,
    RequestState,
)
from backend.branch_life.activities.reading import find_activity, find_activity_to_run
from backend.branch_life.activities.refusals import refusal
from backend.branch_life.activities.rooms import count_rooms
from backend.branch_life.activities.rules import CHECK_IN_OPENS, ROLL_CALL_CLOSES
from backend.branch_life.activities.schemas import (
    ActivityCode,
    CheckInShape,
    RollCall,
    RollPart,
    RollPerson,
    RollShape,
)
from backend.core.crypto import new_public_id
from backend.core.errors import Conflict, NotFound, invalid_field
from backend.people.exemptions.standing import exempt_among
from backend.people.memberships import in_force
from backend.people.models import Member, Membership, MembershipKind, Organization
from backend.people.permissions import Caller, Right

_PARTS = ("expected", "present", "to_confirm", "on_leave", "missing", "exempted", "visitors")


def show_code(caller: Caller, public_id: str, room: int, *, public_url: str, now: datetime) -> ActivityCode:
    """What the screen of a room shows now; 409 when the activity is cancelled or takes no code."""
    activity = find_activity_to_run(caller, public_id, Right.KEEP_ROLL)
    methods = activity.methods.split(",")
    if activity.cancelled_at is not None:
        raise refusal("cancelled")
    if room >= activity.rooms:
        raise NotFound("room_not_found", "没有这个分课堂")
    if CheckInMethod.CODE not in methods and CheckInMethod.TYPED_CODE not in methods:
        raise Conflict("no_code", "本次活动不用签到码，请点名")
    step = codes.step_at(now)
    code = codes.code_text(public_id, room, step)
    return ActivityCode(
        code=code,
        typed_code=codes.typed_code(public_id, room, step) if CheckInMethod.TYPED_CODE in methods else None,
        valid_until=codes.step_ends_at(step),
        step_s=codes.STEP_S,
        qr=f"{public_url}/m/#/check-in?code={code}",
    )


def read_roll(caller: Caller, public_id: str, *, now: datetime) -> RollShape:
    """The roll: figures for whoever may see the activity, names for those who keep it."""
    activity = find_activity(caller, public_id)
    keeps = caller.may(Right.KEEP_ROLL, activity.organization.path)
    came = _check_ins(activity)
    return RollShape(
        activity=public_id,
        **{name: _part(people, keeps) for name, people in _lines(activity, came).items()},
        rooms=count_rooms(activity, Counter(row.room for row in came)),
        wrong_codes=count_wrong_codes(activity.id) if keeps else None,
        shared_phones=_shared_phones(came) if keeps else None,
        as_of=now,
    )


def _part(people: list[RollPerson], keeps: bool) -> RollPart:
    return RollPart(count=len(people), people=people if keeps else None)


def _check_ins(activity: Activity) -> list[Any]:
    """The check-ins in force, each with its member, home branch and distance."""
    rows = (
        CheckIn.select(CheckIn, Member, Organization, CheckInLocation)
        .join_from(CheckIn, Member)
        .join_from(Member, Organization)
        .join_from(CheckIn, CheckInLocation, pw.JOIN.LEFT_OUTER, attr="located")
        .where(CheckIn.activity == activity.id, CheckIn.in_force == 1)
        .order_by(CheckIn.id)
    )
    return list(rows)


def _shared_phones(came: Iterable[Any]) -> list[list[str]]:
    """Who checked in with one and the same phone: to be looked at afterwards, never refused."""
    users: defaultdict[str, list[str]] = defaultdict(list)
    for row in came:
        if row.device:
            users[row.device].append(row.member.name)
    return [names for names in users.values() if len(names) > 1]


def _lines(activity: Activity, came: Iterable[Any]) -> dict[str, list[RollPerson]]:
    """The people of each part of the roll."""
    check_ins = {row.member_id: row for row in came}
    asked = LeaveRequest.select(LeaveRequest.member, LeaveRequest.state).where(LeaveRequest.activity == activity.id)
    leaves = {row.member_id: RequestState(row.state) for row in asked}
    parts: dict[str, list[RollPerson]] = {part: [] for part in _PARTS}
    expected = expected_members(activity)
    exempt = exempt_among((member.id for member in expected), activity.held_on)
    hosts = _hosts([member.id for member in expected], activity)
    for member in expected:
        check_in, leave = check_ins.pop(member.id, None), leaves.get(member.id)
        person = _person(member, check_in, leave, hosts.get(member.id))
        if check_in is None and member.id in exempt:
            parts["exempted"].append(person)
            continue
        parts["expected"].append(person)
        parts[_part_of(check_in, leave)].append(person)
    parts["visitors"] = [_person(row.member, row, None) for row in check_ins.values()]
    return parts


def _hosts(member_ids: list[int], activity: Activity) -> dict[int, str]:
    """Which other branch has these members as guests on that day: whoever is missing here may well be there."""
    rows: Any = (
        Membership.select(Membership, Organization)
        .join(Organization)
        .where(
            Membership.member.in_(member_ids),
            Membership.kind == MembershipKind.HOST,
            Membership.organization != activity.organization_id,
            in_force(activity.held_on),
        )
        .order_by(Membership.id)
    )
    return {row.member_id: row.organization.name for row in rows}


def _part_of(check_in: CheckIn | None, leave: RequestState | None) -> str:
    if check_in is not None:
        return "to_confirm" if check_in.status == CheckInStatus.TO_CONFIRM else "present"
    return "on_leave" if leave is RequestState.APPROVED else "missing"


def _person(member: Member, check_in: Any, leave: RequestState | None, guest_of: str | None = None) -> RollPerson:
    if check_in is None:
        return RollPerson(member=member.public_id, name=member.name, leave=leave, guest_of=guest_of)
    located = getattr(check_in, "located", None)
    return RollPerson(
        member=member.public_id,
        name=member.name,
        check_in=check_in.public_id,
        status=CheckInStatus(check_in.status),
        method=CheckInMethod(check_in.method),
        occurred_at=check_in.occurred_at,
        room=check_in.room,
        left_at=check_in.left_at,
        minutes=check_in.minutes,
        distance_m=located.distance_m if located else None,
        leave=leave,
        branch=check_in.member.organization.name if check_in.visitor else None,
        guest_of=guest_of,
    )


def call_roll(caller: Caller, public_id: str, body: RollCall, *, now: datetime) -> CheckInShape:
    """The organiser has seen the member; refused with the codes of a check-in, until a day after the end."""
    activity = find_activity_to_run(caller, public_id, Right.KEEP_ROLL)
    member: Member | None = Member.get_or_none(Member.public_id == body.member)
    if member is None:
        raise NotFound("member_not_found", "没有这位党员")
    if body.room >= activity.rooms:
        raise invalid_field("room", "unknown_room", "没有这个分课堂")
    expected = belongs(activity, member.id)
    _refuse_roll_call(activity, expected=expected, now=now)
    presence = Presence(
        member_id=member.id,
        status=body.status,
        method=CheckInMethod.ROLL_CALL,
        visitor=not expected,
        occurred_at=now,
        nonce=new_public_id(),
        room=body.room,
        recorded_by=caller.account_id,
    )
    try:
        entered = enter(held_of(activity), presence, now=now)
    except pw.IntegrityError:
        _refuse_roll_call(find_activity(caller, public_id), expected=expected, now=now)  # cancelled meanwhile?
        raise refusal("already_checked_in") from None
    return CheckInShape(id=entered, status=body.status, activity=public_id, occurred_at=now)


def _refuse_roll_call(activity: Activity, *, expected: bool, now: datetime) -> None:
    if not (expected or activity.welcomes_visitors):
        raise refusal("not_invited")
    if activity.cancelled_at is not None:
        raise refusal("cancelled")
    if now < activity.starts_at - CHECK_IN_OPENS.value:
        raise refusal("too_early")
    if now > activity.ends_at + ROLL_CALL_CLOSES.value:
        raise refusal("closed")
