"""In which cells of the cross-tables somebody is counted: sector, post, age band. Coarse on purpose."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from backend.core.crypto import opened
from backend.core.database import among, rows_of
from backend.people.models import Member, Organization, OrganizationPost, Role
from backend.people.posts import in_office
from backend.people.tree.columns import SECTOR_LABELS

ALL, NO_SECTOR = "all", "none"
YOUNG_UNTIL, MIDDLE_UNTIL = 35, 59
LEADING = frozenset(
    {
        Role.SECRETARY,
        Role.DEPUTY_SECRETARY,
        Role.ORGANIZATION_MEMBER,
        Role.PUBLICITY_MEMBER,
        Role.DISCIPLINE_MEMBER,
    }
)


class AgeBand(StrEnum):
    """老中青, as the source crosses its tables; unknown without an identity number on the roster."""

    YOUNG = "young"
    MIDDLE = "middle"
    OLD = "old"
    UNKNOWN = "unknown"


class Dimension(NamedTuple):
    """A trait by which answers are parted, with its values in words."""

    code: str
    label: str
    values: Mapping[str, str]


SECTORS = {**{one.value: label for one, label in SECTOR_LABELS.items()}, NO_SECTOR: "未标明领域"}
# row 3.1: 领导干部/群众, 传统/新兴领域, 老中青
DIMENSIONS = (
    Dimension("sector", "领域", SECTORS),
    Dimension("role", "职务", {"leading": "支委班子成员", "ordinary": "普通党员"}),
    Dimension(
        "age",
        "年龄",
        {
            AgeBand.YOUNG: f"{YOUNG_UNTIL} 岁及以下",
            AgeBand.MIDDLE: f"{YOUNG_UNTIL + 1}–{MIDDLE_UNTIL} 岁",
            AgeBand.OLD: f"{MIDDLE_UNTIL + 1} 岁及以上",
            AgeBand.UNKNOWN: "名册没有身份证号",
        },
    ),
)
CELLS = (ALL, *(f"{dimension.code}:{value}" for dimension in DIMENSIONS for value in dimension.values))


def cells_of(member: Member, today: date) -> list[str]:
    """The cells of a member on a local day, loaded with his organisation."""
    home = member.organization
    sector = sectors_of([home.path])[home.path]
    leads = (
        OrganizationPost.select(OrganizationPost.id)
        .where(
            OrganizationPost.account == member.account_id,
            OrganizationPost.role.in_(sorted(LEADING)),
            in_office(today),
        )
        .exists()
    )
    age = _age_band(opened(member.identity), today)
    return [ALL, f"sector:{sector}", f"role:{'leading' if leads else 'ordinary'}", f"age:{age}"]


def _age_band(identity: str | None, today: date) -> AgeBand:
    if not identity:
        return AgeBand.UNKNOWN
    born = date(int(identity[6:10]), int(identity[10:12]), int(identity[12:14]))
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age <= YOUNG_UNTIL:
        return AgeBand.YOUNG
    return AgeBand.MIDDLE if age <= MIDDLE_UNTIL else AgeBand.OLD


def sectors_of(paths: Iterable[str]) -> dict[str, str]:
    """By path of an organisation its sector: its own, or that of the nearest one above that has any."""
    steps = {path: [int(step) for step in path.rstrip(".").split(".")] for path in paths}
    wanted = {number for numbers in steps.values() for number in numbers}
    rows = Organization.select(Organization.id, Organization.sector).where(
        Organization.id.in_(among(wanted)), Organization.sector.is_null(False)
    )
    known: dict[int, str] = dict(rows_of(rows))
    return {
        path: next((known[number] for number in reversed(numbers) if number in known), NO_SECTOR)
        for path, numbers in steps.items()
    }
