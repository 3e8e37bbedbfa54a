"""Which kinds of service hold where: the nearest organisation's version, unless one above has fixed its own."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

import peewee as pw

from backend.media.rules import REMINDER
from backend.people.access import find_organization
from backend.people.models import Account, Organization
from backend.people.permissions import Caller
from backend.service.catalogue.emergencies import SENTENCE
from backend.service.catalogue.kinds import TAKER_LABELS, Question, Takers
from backend.service.catalogue.refusals import closed_service_type, unknown_service_type
from backend.service.catalogue.schemas import ServiceTypeShape
from backend.service.models import ServiceType

T = TypeVar("T")
EVERYWHERE = ""  # the path of no organisation: what holds everywhere


def list_service_types(path: str = EVERYWHERE) -> list[ServiceTypeShape]:
    """What may be ordered now in the organisation with this path, in the order that the county has set."""
    return [_shape(row) for row in kinds_at(path) if row.closed_at is None]


def list_for(caller: Caller, code: str | None) -> list[ServiceTypeShape]:
    """What may be ordered in an organisation, else where the caller belongs or holds a post; raises NotFound."""
    if code is not None:
        return list_service_types(find_organization(code).path)
    own = caller.branch_id or Account.select(Account.organization).where(Account.id == caller.account_id).scalar()
    if own is None:
        return list_service_types(caller.posts[0].path if caller.posts else EVERYWHERE)
    return list_service_types(Organization.select(Organization.path).where(Organization.id == own).scalar())


def kinds_at(path: str) -> list[Any]:
    """The version of every kind that holds in an organisation, closed ones too, in their order."""
    rows = list(_reaching(path).where(ServiceType.superseded_at.is_null()).order_by(ServiceType.code))
    held = [
        nearest(((row.organization_id, row.fixed, row) for row in same), path)
        for _, same in groupby(rows, attrgetter("code"))
    ]
    return sorted((row for row in held if row is not None), key=lambda row: (row.sort, row.id))


def versions_at(path: str, code: str) -> list[Any]:
    """Every version of a kind that holds or held in an organisation, oldest first."""
    return list(_reaching(path).where(ServiceType.code == code).order_by(ServiceType.id))


def find_open_type(code: str, path: str) -> Any:
    """The kind of service with this code as it holds there; 422 when there is none or it is no longer offered."""
    found = next((row for row in kinds_at(path) if row.code == code), None)
    if found is None:
        raise unknown_service_type()
    if found.closed_at is not None:
        raise closed_service_type()
    return found


def nearest(rows: Iterable[tuple[int | None, bool, T]], path: str) -> T | None:
    """Of versions with whose they are and whether they are fixed, the one that holds at a path."""
    steps = path.split(".")[:-1]
    reaching = [one for one in rows if one[0] is None or str(one[0]) in steps]
    held: T | None = None
    for _, fixed, row in sorted(reaching, key=lambda one: steps.index(str(one[0])) if one[0] else -1):
        held = row
        if fixed:
            break
    return held


def versions_of(code: str) -> "pw.ModelSelect[Any]":
    """The ids of every version of a kind, for queries over its orders."""
    versions: pw.ModelSelect[Any] = ServiceType.select(ServiceType.id).where(ServiceType.code == code)
    return versions


def _reaching(path: str) -> Any:
    above = [int(step) for step in path.split(".")[:-1]]
    return (
        ServiceType.select(ServiceType, Organization, Account)
        .join(Organization, pw.JOIN.LEFT_OUTER)
        .join_from(ServiceType, Account, pw.JOIN.LEFT_OUTER, on=(ServiceType.made_by == Account.id))
        .where(ServiceType.organization.is_null() | ServiceType.organization.in_(above))
    )


def _shape(row: Any) -> ServiceTypeShape:
    return ServiceTypeShape(
        code=row.code,
        name=row.name,
        hint=row.hint,
        needs_evidence=row.needs_evidence,
        takers=Takers(row.takers),
        takers_label=TAKER_LABELS[Takers(row.takers)],
        questions=[Question.model_validate(one) for one in row.questions or []],
        on_board=row.on_board,
        picture_hint=REMINDER,
        emergency=SENTENCE,
    )
