"""Open surveys that wait for a branch: those in which fewer of its members have answered than the quota asks for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.learning.surveys.access import open_at
from backend.learning.surveys.fill import day_of, filled_at
from backend.learning.surveys.models import Survey
from backend.messaging.reminders.occasions import Span
from backend.people.models import Organization


def short_surveys(
    organization_ids: Sequence[int], *, timezone: ZoneInfo, now: datetime
) -> Mapping[int, list[tuple[str, datetime]]]:
    """For each of these organisations that is behind: title and end of the surveys, the one that ends first first."""
    found: defaultdict[int, list[tuple[str, datetime]]] = defaultdict(list)
    open_ones = Survey.select(Survey, Organization).join(Organization).where(open_at(now)) if organization_ids else []
    for survey in sorted(open_ones, key=lambda one: one.ends_at):
        for home, filled in filled_at(survey, organization_ids, day_of(survey, timezone, now)).items():
            if filled.answered < filled.needed(survey.quota_percent):
                found[home.id].append((survey.title, survey.ends_at))
    return found


def count_short(organization_ids: Sequence[int], span: Span) -> Mapping[int, int]:
    """How many surveys wait for each of these branches, for the weekly digest."""
    found = short_surveys(organization_ids, timezone=span.timezone, now=span.now)
    return {organization: len(surveys) for organization, surveys in found.items()}
