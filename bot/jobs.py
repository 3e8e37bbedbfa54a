"""Every periodic job on one screen. Each asks the database what is due at `now`; none keeps a schedule of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from backend.branch_life.dues.due import remind_of_dues
from backend.branch_life.duties.due import generate_duties, settle_duties
from backend.branch_life.schedules.due import plan_scheduled_activities
from backend.core.audit_chain import link_entries
from backend.core.files import FileStore
from backend.learning.lessons.due import (
    LessonCodes,
    make_posters,
    publish_due_lessons,
    realign_sundays,
    schedule_stand_ins,
    warn_of_gaps,
)
from backend.media.due import hand_over_unanswered, purge_old_uploads, purge_unused_media, sweep_stray_files
from backend.membership.away.due import advise_transfers, remind_of_contacts, watch_silences
from backend.membership.erasures.due import erase_due_accounts
from backend.membership.headcounts.due import count_members
from backend.membership.terms.due import remind_of_terms, remind_of_vacancies
from backend.messaging.due import post_digests
from backend.messaging.fan_outs.due import count_fan_outs, wake_paused
from backend.messaging.reminders.due import forget_runs, remind
from backend.operation.retention.due import let_go
from backend.rooms import ERASURE, PLATFORM_EVENTS, REMINDERS, STILL_TRUE
from backend.service.orders.due import (
    act_on_clocks,
    climb_ladder,
    dispatch_by_duty,
    release_abandoned,
    remind_helpers,
    resume_held_orders,
)
from backend.tally.due import fold
from backend.wechat import pushes
from backend.wechat.gateway import Gateway
from backend.workdays.due import warn_of_missing_year
from bot.transports.customer_group import look_after_posts

Question = Callable[..., int]


@dataclass(frozen=True)
class Job:
    """A question about now, safe to ask twice, late, or on two machines; `every_s` is in seconds.

    `speaks`: its answer may be a message, so a simulation asks it too.
    """

    name: str
    every_s: float
    ask: Question
    speaks: bool = False


RELAY_EVERY_S = 1.0


def jobs_for(
    store: FileStore, timezone: ZoneInfo, codes: LessonCodes, gateway: Gateway | None = None
) -> tuple[Job, ...]:
    """The table of jobs; some look after the files of `store`, some ask about local days of `timezone`,
    one draws posters with `codes`, one asks WeCom by the `gateway` what owners of customer groups did."""
    look_after_owners = partial(look_after_posts, gateway=gateway, still_true=STILL_TRUE)
    return (
        Job("let stand-ins take empty Sundays", 300, partial(schedule_stand_ins, timezone=timezone), speaks=True),
        Job("move lessons of worked Sundays", 3600, partial(realign_sundays, timezone=timezone)),
        Job("warn, expire and close orders", 60, partial(act_on_clocks, timezone=timezone), speaks=True),
        Job("let duty lists dispatch", 60, partial(dispatch_by_duty, timezone=timezone), speaks=True),
        Job("supervise overdue orders", 60, partial(climb_ladder, timezone=timezone), speaks=True),
        Job("remind helpers of orders", 60, partial(remind_helpers, timezone=timezone), speaks=True),
        Job("take orders back from who left", 60, partial(release_abandoned, timezone=timezone), speaks=True),
        Job("resume held orders", 60, partial(resume_held_orders, timezone=timezone), speaks=True),
        Job("warn of a missing calendar", 86_400, partial(warn_of_missing_year, timezone=timezone), speaks=True),
        Job("publish due lessons", 5, publish_due_lessons, speaks=True),
        Job("draw posters of lessons", 30, partial(make_posters, store=store, codes=codes)),
        Job("warn of empty Sundays", 300, partial(warn_of_gaps, timezone=timezone), speaks=True),
        Job("plan fixed Party days", 3600, partial(plan_scheduled_activities, timezone=timezone), speaks=True),
        Job("remind of dues", 86_400, partial(remind_of_dues, timezone=timezone), speaks=True),
        Job("remind of ending terms", 3600, partial(remind_of_terms, timezone=timezone), speaks=True),
        Job("remind of empty posts", 86_400, partial(remind_of_vacancies, timezone=timezone), speaks=True),
        Job("remind of members away", 3600, partial(remind_of_contacts, timezone=timezone), speaks=True),
        Job("look for silent members", 3600, partial(watch_silences, timezone=timezone), speaks=True),
        Job("advise transfers", 3600, partial(advise_transfers, timezone=timezone), speaks=True),
        Job("write what is owed", 300, partial(generate_duties, timezone=timezone)),
        Job("settle what was owed", 300, partial(settle_duties, timezone=timezone)),
        Job("hand unchecked files to people", 60, hand_over_unanswered, speaks=True),
        Job("remind", 60, partial(remind, questions=REMINDERS, timezone=timezone), speaks=True),
        Job("forget old reminder runs", 86_400, partial(forget_runs, timezone=timezone)),
        Job("post group digests", 60, post_digests, speaks=True),
        Job("look after customer groups", 60, look_after_owners, speaks=True),
        Job("wake paused sendings", 5, wake_paused),
        Job("count large sendings", 10, count_fan_outs),
        Job("count members", 3600, count_members),
        Job("fold tallies", 5, fold),
        Job("link audit entries", 5, link_entries),
        Job("act on platform events", 1, partial(pushes.handle_waiting, handlers=PLATFORM_EVENTS)),
        Job("erase accounts", 60, partial(erase_due_accounts, reach=ERASURE)),
        Job("let go of what was kept long enough", 3600, let_go),
        Job("purge old platform events", 600, pushes.purge),
        Job("purge old uploads", 3600, purge_old_uploads),
        Job("purge unused media", 3600, partial(purge_unused_media, store=store)),
        Job("sweep stray files", 86_400, partial(sweep_stray_files, store=store)),
    )
