"""Keeping the kinds of service of an organisation: add, change, close, open again, take back, each a new version."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

import peewee as pw

from backend.core import audit, reference
from backend.core.database import hold_rows, in_unit_of_work
from backend.core.errors import Conflict, Forbidden, NotFound, invalid_field
from backend.people.access import find_organization, refuse_closed, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.service.catalogue.kinds import TAKER_LABELS, Question, Takers
from backend.service.catalogue.listing import kinds_at, versions_at
from backend.service.catalogue.questions import worded
from backend.service.catalogue.schemas import ChangeKind, KindChange, KindShape, KindVersion, SeenKind, SetKind
from backend.service.catalogue.versions import differences
from backend.service.models import Priority, ServiceType
from backend.service.orders.labels import PRIORITY_LABELS
from backend.service.teams.skills import list_skills

CHANGED = "kind.changed"
LAST = "other"  # it closes the list: what is new stands before it
# what a version hands on to the next one
PARTS = (
    *("name", "hint", "priority", "needs_evidence", "hours", "takers", "safeguard", "on_board", "decides"),
    *("skills", "questions", "fixed", "sort", "closed_at"),
)


def list_kinds(caller: Caller, code: str) -> list[KindShape]:
    """Every kind that holds in an organisation, closed ones too, for whoever sees the organisation."""
    organization = _find_to_see(caller, code)
    return [_shape(row, organization, caller) for row in kinds_at(organization.path)]


def add_kind(caller: Caller, code: str, body: SetKind, *, now: datetime) -> KindShape:
    """A new kind for an organisation and all below it; 422 for a name that is taken."""
    organization, parts = _new_one(caller, code, body)
    kind = f"own-{secrets.token_hex(4)}"

    def work() -> None:
        _write(caller, organization, kind, parts, now)
        _note(caller, organization, f"{body.name}：新增", now)

    in_unit_of_work(work)
    return _read(caller, organization, kind)


def change_kind(caller: Caller, code: str, kind: str, body: ChangeKind, *, now: datetime) -> KindShape:
    """The next version of a kind, for orders from now on; those that run keep the one they were asked under."""
    organization, row, parts = _next_one(caller, code, kind, body)
    words = f"{body.name}：{'、'.join(one.label for one in _changes(row, parts))}"
    return _replace(caller, organization, row, parts, words, now)


def look_at_new(caller: Caller, code: str, body: SetKind) -> list[KindChange]:
    """What a new kind would be, before it is added; refused as adding it would be."""
    return differences(None, ServiceType(**_new_one(caller, code, body)[1]))


def look_at_change(caller: Caller, code: str, kind: str, body: ChangeKind) -> list[KindChange]:
    """What would be changed, before it is; refused as changing it would be."""
    _, row, parts = _next_one(caller, code, kind, body)
    return _changes(row, parts)


def _new_one(caller: Caller, code: str, body: SetKind) -> tuple[Organization, dict[str, Any]]:
    organization = _find_to_keep(caller, code)
    here = kinds_at(organization.path)
    _refuse_taken(body.name, here)
    last = next((row.sort for row in here if row.code == LAST), None)
    sort = last - 1 if last is not None else max((row.sort for row in here), default=0) + 10
    return organization, {**_parts(body, None), "sort": sort, "closed_at": None}


def _next_one(caller: Caller, code: str, kind: str, body: ChangeKind) -> tuple[Organization, Any, dict[str, Any]]:
    organization = _find_to_keep(caller, code)
    row = _find_to_change(organization, kind, body.seen)
    _refuse_taken(body.name, [one for one in kinds_at(organization.path) if one.code != kind])
    return organization, row, {**_parts(body, row), "sort": row.sort, "closed_at": row.closed_at}


def _changes(row: Any, parts: dict[str, Any]) -> list[KindChange]:
    changed = differences(row, ServiceType(**parts))
    if not changed:
        raise invalid_field("name", "nothing_changed", "没有改动，不用保存")
    return changed


def close_kind(caller: Caller, code: str, kind: str, body: SeenKind, *, now: datetime) -> KindShape:
    """Offer it no longer, there and below; orders that run go on."""
    organization = _find_to_keep(caller, code)
    row = _find_to_change(organization, kind, body.seen)
    if row.closed_at is not None:
        raise Conflict("kind_closed", "这个类别已经停办")
    if sum(one.closed_at is None for one in kinds_at(organization.path)) == 1:
        raise Conflict("last_kind", "只剩这一个类别了，停办后居民没法点单，请先新增别的类别")
    parts = {**_copied(row), "closed_at": now}
    return _replace(caller, organization, row, parts, f"{row.name}：停办", now)


def reopen_kind(caller: Caller, code: str, kind: str, body: SeenKind, *, now: datetime) -> KindShape:
    """Offer it again."""
    organization = _find_to_keep(caller, code)
    row = _find_to_change(organization, kind, body.seen)
    if row.closed_at is None:
        raise Conflict("kind_open", "这个类别没有停办")
    parts = {**_copied(row), "closed_at": None}
    return _replace(caller, organization, row, parts, f"{row.name}：恢复办理", now)


def follow_above(caller: Caller, code: str, kind: str, body: SeenKind, *, now: datetime) -> KindShape:
    """Let the version of the organisation above, or the one as installed, hold again."""
    organization = _find_to_keep(caller, code)
    row = _find_to_change(organization, kind, body.seen)
    above = [one for one in versions_at(organization.path, kind) if one.organization_id != organization.id]
    if row.organization_id != organization.id or not any(one.superseded_at is None for one in above):
        raise Conflict("kind_not_own", "上级没有这个类别，不能改回；不再需要的话，可以停办")

    def work() -> None:
        _supersede(row, now)
        _note(caller, organization, f"{row.name}：改回上级的版本", now)

    in_unit_of_work(work)
    return _read(caller, organization, kind)


def list_versions(caller: Caller, code: str, kind: str) -> list[KindVersion]:
    """What was written of a kind there and above, newest first, with who wrote it and what was changed."""
    organization = _find_to_see(caller, code)
    rows = versions_at(organization.path, kind)
    if not rows:
        raise kind_not_found()
    return [_version(row, rows[:place]) for place, row in reversed(list(enumerate(rows)))]


def _version(row: Any, earlier: list[Any]) -> KindVersion:
    own = [one for one in earlier if one.organization_id == row.organization_id]
    before = next(reversed(own or earlier), None)
    return KindVersion(
        version=row.version,
        organization=brief(row.organization) if row.organization else None,
        at=row.made_at,
        by=row.made_by.display_name if row.made_by else None,
        until=row.superseded_at,
        changes=differences(before, row),
    )


def _parts(body: SetKind, before: Any) -> dict[str, Any]:
    known = {one.code for one in list_skills()}
    if not known.issuperset(body.skills):
        raise invalid_field("skills", "unknown_skill", "技能只能从表里选，请重新选择")
    parts = body.model_dump(exclude={"seen", "questions"})
    return {**parts, "questions": worded(body.questions, (before.questions if before else None) or [])}


def _copied(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in PARTS}


def _replace(
    caller: Caller, organization: Organization, row: Any, parts: dict[str, Any], words: str, now: datetime
) -> KindShape:
    def work() -> None:
        if row.organization_id == organization.id:
            _supersede(row, now)
        _write(caller, organization, row.code, parts, now)
        _note(caller, organization, words, now)

    in_unit_of_work(work)
    return _read(caller, organization, row.code)


def _supersede(row: Any, now: datetime) -> None:
    """Whoever comes second finds nothing to take the place of."""
    standing = ServiceType.superseded_at.is_null()
    if not ServiceType.update(superseded_at=now).where(ServiceType.id == row.id, standing).execute():
        raise _changed()
    reference.changed()


def _write(caller: Caller, organization: Organization, code: str, parts: dict[str, Any], now: datetime) -> None:
    # one after the other: between two looks another first version might be committed, and ours be counted the second
    hold_rows(Organization.select(Organization.id).where(Organization.id == organization.id)).first()
    own = (ServiceType.organization == organization.id) & (ServiceType.code == code)
    if ServiceType.select().where(own, ServiceType.superseded_at.is_null()).exists():
        raise _changed()
    version = (ServiceType.select(pw.fn.MAX(ServiceType.version)).where(own).scalar() or 0) + 1
    try:
        ServiceType.create(
            **parts, code=code, organization=organization, version=version, made_by=caller.account_id, made_at=now
        )
    except pw.IntegrityError:  # two at the same moment, neither of which saw the other
        raise _changed() from None
    reference.changed()


def _read(caller: Caller, organization: Organization, kind: str) -> KindShape:
    return _shape(_find(organization, kind), organization, caller)


def _find(organization: Organization, kind: str) -> Any:
    found = next((row for row in kinds_at(organization.path) if row.code == kind), None)
    if found is None:
        raise kind_not_found()
    return found


def _find_to_change(organization: Organization, kind: str, seen: str) -> Any:
    row = _find(organization, kind)
    if row.fixed and row.organization_id != organization.id:
        raise Forbidden("kind_fixed", f"这个类别由{row.organization.name}统一规定，下级不能改")
    if str(row.id) != seen:
        raise _changed(row)
    return row


def _refuse_taken(name: str, others: list[Any]) -> None:
    if any(row.name == name for row in others):
        raise invalid_field("name", "name_taken", "已经有叫这个名称的类别，换个名称，居民才分得清")


def _changed(row: Any = None) -> Conflict:
    who = f"（{row.made_by.display_name}）" if row is not None and row.made_by else ""
    return Conflict("kind_changed", f"这个类别刚被改过{who}，请刷新页面，看过新的内容再改")


def kind_not_found() -> NotFound:
    """There is none with this code in the organisation or above it."""
    return NotFound("kind_not_found", "没有这个服务类别")


def _find_to_see(caller: Caller, code: str) -> Organization:
    organization = find_organization(code)
    require(caller, Right.SEE_ORGANIZATION, organization)
    return organization


def _find_to_keep(caller: Caller, code: str) -> Organization:
    organization = find_organization(code)
    require(caller, Right.KEEP_RULES, organization)
    refuse_closed(organization)
    return organization


def _note(caller: Caller, organization: Organization, words: str, now: datetime) -> None:
    subject = audit.Subject(f"organization:{organization.code}", organization.id)
    audit.record(CHANGED, subject, actor_id=caller.account_id, purpose=words[:200], now=now)


def _shape(row: Any, here: Organization, caller: Caller) -> KindShape:
    takers, priority = Takers(row.takers), Priority(row.priority)
    free = not row.fixed or row.organization_id == here.id
    return KindShape(
        **{name: getattr(row, name) for name in ("code", "name", "hint", "needs_evidence", "safeguard", "on_board")},
        **{name: getattr(row, name) for name in ("decides", "fixed", "version")},
        id=str(row.id),
        takers=takers,
        takers_label=TAKER_LABELS[takers],
        priority=priority,
        priority_label=PRIORITY_LABELS[priority],
        hours=float(row.hours),
        skills=row.skills or [],
        questions=[Question.model_validate(one) for one in row.questions or []],
        closed=row.closed_at is not None,
        organization=brief(row.organization) if row.organization else None,
        changed_at=row.made_at,
        changed_by=row.made_by.display_name if row.made_by else None,
        may_change=free and caller.may(Right.KEEP_RULES, here.path),
    )


Step = Callable[..., KindShape]
STEPS: dict[str, Step] = {"close": close_kind, "reopen": reopen_kind, "follow-above": follow_above}
