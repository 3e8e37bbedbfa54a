"""What of an organisation waits for the caller's word, beside its orders: the inbox of ten minutes a day."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import peewee as pw

from backend.branch_life.waiting import activities_asked_about, invitations_to
from backend.core.database import sizes_of
from backend.core.http import Shape
from backend.membership.waiting import claims_of, pleas_of, stays_of
from backend.messaging.forwards import waiting_in
from backend.people.access import find_organization, require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.service.report_ins.reading import reported_to

MOST_COUNTED = 100
MOST_ACTIVITIES = 5


class Waits(StrEnum):
    """For what a word is owed."""

    CLAIMS = "claims"
    REQUESTS = "requests"
    JOINT = "joint"
    STAYS = "stays"
    TRANSFERS = "transfers"
    REPORT_INS = "report_ins"
    CORRECTIONS = "corrections"
    FORWARDS = "forwards"


class WaitingShape(Shape):
    """How many of one kind (counted up to a hundred); requests come by the activity that they are about."""

    what: Waits
    count: int
    activity: str | None = None
    title: str | None = None


# one question a line of the answer, or several that are added up
Questions = Mapping[Waits, "Sequence[pw.ModelSelect[Any]]"]


def list_waiting(caller: Caller, code: str, *, now: datetime) -> list[WaitingShape]:
    """All that waits in one organisation for a word that the caller may give; 404 for strangers to it."""
    organization = find_organization(code)
    require(caller, Right.SEE_ORGANIZATION, organization)
    asked = _questions(caller, organization, now)
    parts = {(what, part): query for what, queries in asked.items() for part, query in enumerate(queries)}
    sizes = sizes_of(parts, most=MOST_COUNTED)
    counts = {what: sum(sizes[what, part] for part in range(len(queries))) for what, queries in asked.items()}
    found = [WaitingShape(what=what, count=count) for what, count in counts.items() if count]
    return [*_requests(caller, organization, now), *found]


def _requests(caller: Caller, organization: Organization, now: datetime) -> list[WaitingShape]:
    if not caller.may(Right.KEEP_ROLL, organization.path):
        return []
    about = activities_asked_about([organization.id], MOST_ACTIVITIES, now=now)
    return [
        WaitingShape(what=Waits.REQUESTS, count=count, activity=public_id, title=title)
        for public_id, title, count in about
    ]


def _questions(caller: Caller, organization: Organization, now: datetime) -> Questions:
    """What the caller may decide on there, each with the question how many."""
    here = [organization.id]
    pleas = pleas_of(here)
    parts: Mapping[Right, Questions] = {
        Right.DECIDE_CLAIMS: {
            Waits.CLAIMS: [claims_of(here)],
            Waits.TRANSFERS: [pleas["组织关系转入"]],
            Waits.REPORT_INS: [reported_to(here)],
            Waits.CORRECTIONS: [pleas["名册更正"]],
        },
        Right.KEEP_FLOATING: {Waits.STAYS: [*stays_of(here).values()]},
        Right.PLAN_ACTIVITIES: {Waits.JOINT: [invitations_to(here, now=now)]},
        Right.MANAGE_GROUPS: {Waits.FORWARDS: [waiting_in(here)]},
    }
    allowed = [questions for right, questions in parts.items() if caller.may(right, organization.path)]
    return {what: queries for questions in allowed for what, queries in questions.items()}
