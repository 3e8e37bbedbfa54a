"""How far a survey is filled against its quota: by sector, and by branch for those who follow it up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import rows_of
from backend.core.errors import Conflict, NotFound
from backend.learning.lessons.service import Actor
from backend.learning.surveys.access import find_survey, standing_of
from backend.learning.surveys.cells import SECTORS, sectors_of
from backend.learning.surveys.models import Survey, SurveyParticipation
from backend.learning.surveys.schemas import (
    FillExclusion,
    MissingMember,
    MissingMembers,
    SectorFill,
    Standing,
    SurveyFill,
)
from backend.people.access import find_organization, in_subtree, require
from backend.people.directory import brief
from backend.people.exemptions.models import MemberExemption
from backend.people.exemptions.standing import RULE as EXEMPTION
from backend.people.exemptions.standing import exempting
from backend.people.memberships import in_force
from backend.people.models import Member, Membership, MembershipKind, Organization
from backend.people.permissions import Right
from backend.people.tree.rules import BRANCHES

SOURCE = "党员教育培训需求调研制度（大东区）：每年初，各领域不少于 20% 的党员填写《党员教育培训调查问卷》"
RULE = (
    "分母：组织关系在册、当日有效的党员（含预备党员），按所在党组织的领域归类，"
    "没有标明的随上级；分子：其中已交答卷的。比例须达到要求的百分数，不足 1 人按 1 人计"
)


class Filled(NamedTuple):
    """Members of some organisations on a day: on the roster, exempt among them, and answered of the others."""

    members: int = 0
    exempt: int = 0
    answered: int = 0

    @property
    def due(self) -> int:
        """The denominator."""
        return self.members - self.exempt

    def needed(self, percent: int) -> int:
        """How many answers the quota asks for."""
        return -(-self.due * percent // 100)

    def plus(self, other: "Filled") -> "Filled":
        """Both together."""
        return Filled(self.members + other.members, self.exempt + other.exempt, self.answered + other.answered)


class Home(NamedTuple):
    """An organisation that has members."""

    id: int
    path: str


Fill = Mapping[Home, Filled]


def filled_by_home(survey: Survey, root: str, day: date) -> Fill:
    """Every organisation from a path down that has members on a local day, and how far they have answered."""
    return _filled(survey, in_subtree(Organization.path, root), day)


def filled_at(survey: Survey, organization_ids: Sequence[int], day: date) -> Fill:
    """The same for these organisations, as far as the survey reaches them."""
    reached = in_subtree(Organization.path, survey.organization.path)
    return _filled(survey, reached & Organization.id.in_(list(organization_ids)), day)


def _filled(survey: Survey, where: pw.Expression, day: date) -> Fill:
    exempt = MemberExemption.select(MemberExemption.id).where(
        MemberExemption.member == Membership.member, exempting(day)
    )
    answered = SurveyParticipation.select(SurveyParticipation.id).where(
        SurveyParticipation.survey == survey.id, SurveyParticipation.member == Membership.member
    )
    is_exempt, has_answered = pw.fn.EXISTS(exempt), pw.fn.EXISTS(answered)
    members, free, done = (_by_home(where, day, *more) for more in ((), (is_exempt,), (has_answered, ~is_exempt)))
    return {home: Filled(number, free[home], done[home]) for home, number in members.items()}


def _by_home(where: pw.Expression, day: date, *conditions: Any) -> Counter[Home]:
    rows = (
        Membership.select(Organization.id, Organization.path, pw.fn.COUNT(Membership.id))
        .join(Organization)
        .where(where, Membership.kind == MembershipKind.HOME, in_force(day), *conditions)
        .group_by(Organization.id, Organization.path)
    )
    return Counter({Home(number, path): amount for number, path, amount in rows_of(rows)})


def by_sector(fill: Fill) -> dict[str, Filled]:
    """The same by sector, each organisation in its own."""
    sectors = sectors_of(home.path for home in fill)
    found: dict[str, Filled] = {}
    for home, filled in fill.items():
        found[sectors[home.path]] = found.get(sectors[home.path], Filled()).plus(filled)
    return found


def day_of(survey: Survey, timezone: ZoneInfo, now: datetime) -> date:
    """The local day whose roster counts: today, or the last day on which answers were taken."""
    last = survey.ends_at - timedelta(microseconds=1)
    return local_day(min(now, last), timezone)


def read_fill(public_id: str, code: str, actor: Actor) -> SurveyFill:
    """Live fill of the survey's organisation, or of a part below it, for those who see the numbers there."""
    survey, part = _part(public_id, code, actor, Right.SEE_NUMBERS)
    fill = filled_by_home(survey, part.path, day_of(survey, actor.timezone, actor.now))
    sectors = by_sector(fill)
    for silent in _sectors_without_members(part.path):
        sectors.setdefault(silent, Filled())
    return SurveyFill(
        organization=brief(part),
        quota_percent=survey.quota_percent,
        sectors=[_row(name, sectors[name], survey.quota_percent) for name in SECTORS if name in sectors],
        rule=RULE,
        source=SOURCE,
        exclusions=_exclusions(survey, part, fill),
        as_of=actor.now,
    )


def _part(public_id: str, code: str, actor: Actor, right: Right) -> tuple[Survey, Organization]:
    survey = find_survey(public_id)
    part = find_organization(code)
    if standing_of(survey, actor.now) is Standing.DRAFT or not part.path.startswith(survey.organization.path):
        raise NotFound()
    require(actor.caller, right, part)
    return survey, part


def _sectors_without_members(root: str) -> list[str]:
    """Sectors that organisations there have, with members or without."""
    rows = (
        Organization.select(Organization.sector)
        .where(
            in_subtree(Organization.path, root), Organization.sector.is_null(False), Organization.closed_on.is_null()
        )
        .distinct()
    )
    return [sector for (sector,) in rows_of(rows)]


def _row(sector: str, filled: Filled, percent: int) -> SectorFill:
    due, needed = filled.due, filled.needed(percent)
    return SectorFill(
        sector=sector,
        label=SECTORS[sector],
        denominator=due,
        answered=filled.answered,
        needed=needed,
        share=filled.answered / due if due else None,
        met=filled.answered >= needed if due else None,
        refused=None if due else "没有应填的党员，不计算比例",
    )


def _exclusions(survey: Survey, part: Organization, fill: Fill) -> list[FillExclusion]:
    exempt = sum(one.exempt for one in fill.values())
    guests = 0
    if part.id == survey.organization_id:
        own = (
            Membership.select(Membership.member)
            .join(Organization)
            .where(in_subtree(Organization.path, part.path), Membership.kind == MembershipKind.HOME)
        )
        guests = (
            SurveyParticipation.select()
            .where(SurveyParticipation.survey == survey.id, SurveyParticipation.member.not_in(own))
            .count()
        )
    named = {
        f"不作硬性要求的党员（{EXEMPTION}）": exempt,
        "外来的流动党员、兼入党员交的答卷，计入结果，不计入比例": guests,
    }
    return [FillExclusion(reason=reason, count=number) for reason, number in named.items() if number]


def read_missing(public_id: str, code: str, actor: Actor) -> MissingMembers:
    """Who of one's own branch has not answered, to be asked in person; 409 `anonymous_survey` where nobody may know."""
    survey, part = _part(public_id, code, actor, Right.KEEP_ROLL)
    if survey.anonymous:
        raise Conflict("anonymous_survey", "这是匿名调研，不列出谁填了、谁没填")
    if part.kind not in BRANCHES:
        raise NotFound()
    rows = missing_in([part.id], survey, day_of(survey, actor.timezone, actor.now))
    shown = [MissingMember(member=row.public_id, name=row.name) for row in rows.order_by(Member.id)]
    return MissingMembers(organization=brief(part), members=shown, as_of=actor.now)


def missing_in(organization_ids: list[int], survey: Survey, day: date) -> "pw.ModelSelect[Any]":
    """Home members of these organisations who have not answered and are not exempt on a local day."""
    answered = SurveyParticipation.select(SurveyParticipation.id).where(
        SurveyParticipation.survey == survey.id, SurveyParticipation.member == Member.id
    )
    exempt = MemberExemption.select(MemberExemption.id).where(MemberExemption.member == Member.id, exempting(day))
    return (
        Member.select()
        .join(Membership, on=(Membership.member == Member.id))
        .where(
            Membership.organization.in_(organization_ids),
            Membership.kind == MembershipKind.HOME,
            in_force(day),
            ~pw.fn.EXISTS(answered),
            ~pw.fn.EXISTS(exempt),
        )
    )
