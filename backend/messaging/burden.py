"""What the system costs its users in messages and prompts: counted when it happens, never by person."""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.messaging.limits import list_limits, settings_above
from backend.messaging.schemas import BurdenQuery, BurdenShape
from backend.people.access import find_organization, in_subtree, require
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right
from backend.tally import counting

INBOX, NOTIFIED, CAPPED, PROMPTED = "message_inbox", "message_notified", "message_capped", "prompt_shown"
OPENED, FORWARDED = "message_opened", "forward_done"
# what people do by hand and what is counted anyway: no phone reports touches, and nobody's are kept
ORDER_STEPS = ("order_submitted", "order_accepted", "order_claimed", "order_completed", "order_closed")
TAPS = (OPENED, PROMPTED, FORWARDED, "check_in", *ORDER_STEPS)
TAPS_RULE = "打开消息、回答订阅提示、转发、签到，以及工单的提交、受理、接单、办结、结案，各计 1 次"
WEEK = timedelta(days=7)
SHOWN_BY_DEFAULT = timedelta(days=28)


def note(measure: str, account_ids: Collection[int], *, organization_id: int | None, day: date) -> None:
    """Count each time that a reader is named: at his home branch or, if he is no member, where it came from."""
    counting.count_people(measure, Counter(account_ids), organization_id, day=day)


def read_burden(caller: Caller, code: str, query: BurdenQuery, *, timezone: ZoneInfo, now: datetime) -> BurdenShape:
    """Messages and prompts of an organisation and all below it, and what that makes for a member in a week."""
    organization = find_organization(code)
    require(caller, Right.SEE_NUMBERS, organization)
    last = query.last or local_day(now, timezone)
    first = query.first or last - SHOWN_BY_DEFAULT + timedelta(days=1)
    measures = dict.fromkeys((INBOX, NOTIFIED, CAPPED, *TAPS))
    sums = counting.totals(list(measures), organization.path, first=first, last=last)
    taps = sum(sums[measure] for measure in TAPS)
    members = Member.select().join(Organization).where(in_subtree(Organization.path, organization.path)).count()
    person_weeks = members * ((last - first + timedelta(days=1)) / WEEK)
    wanted = sums[NOTIFIED] + sums[CAPPED]

    def average(amount: int) -> float:
        return round(amount / person_weeks, 2) if person_weeks > 0 else 0.0

    return BurdenShape(
        organization=code,
        first=first,
        last=last,
        members=members,
        messages=sums[INBOX],
        notifications=sums[NOTIFIED],
        capped=sums[CAPPED],
        prompts=sums[PROMPTED],
        taps=taps,
        taps_rule=TAPS_RULE,
        messages_per_member_week=average(sums[INBOX]),
        notifications_per_member_week=average(sums[NOTIFIED]),
        prompts_per_member_week=average(sums[PROMPTED]),
        taps_per_member_week=average(taps),
        capped_share=round(sums[CAPPED] / wanted, 4) if wanted else 0.0,
        limits=list_limits(settings_above([organization.id]).get(organization.id, [])),
        as_of=now,
    )
