"""For those who run the system: is it well, what waits, what was given up, who did what."""

import re

from flask import request

from backend.core.clock import local_day
from backend.core.crypto import keyring
from backend.core.errors import NotFound
from backend.core.http import now, parse_values, settings
from backend.core.migration import pending
from backend.core.pages import PageQuery
from backend.core.rotation import KeyRotation
from backend.desk.frame import bp, page, show, values_of
from backend.desk.navigation import may_operate
from backend.messaging.beats import last_beat, report_missed_runs
from backend.operation.queues import read_dead_letters, read_queues
from backend.operation.retention.service import report as retention
from backend.people.audits.labels import LABELS
from backend.people.audits.schemas import AuditQuery
from backend.people.audits.service import list_entries
from backend.people.caller import current_caller
from backend.people.desk_logins.listing import list_users_below
from backend.people.permissions import Caller, Right
from backend.wechat.faults import RULINGS

OLD_S = 300  # a delivery that is due for five minutes means that the bot or the platform is down


def _operator() -> Caller:
    """The caller, if he runs the system or audits; nobody else learns that the page is there."""
    caller = current_caller()
    if not may_operate(caller):
        raise NotFound()
    return caller


@bp.get("/operation")
@page()
def operation() -> str:
    """Health, queues and dead letters."""
    caller = _operator()
    return show(
        "operation.html",
        missing=pending(),
        queues=read_queues(now=now()),
        lived_at=last_beat(),
        old_s=OLD_S,
        dead=[(one, _advice(one.fault)) for one in read_dead_letters()],
        key=keyring.current,
        rotating=list(KeyRotation.select().order_by(KeyRotation.name)),
        audits=_audits(caller),
    )


def _audits(caller: Caller) -> bool:
    return bool(caller.paths(Right.SEE_AUDIT))


def _advice(fault: str) -> str:
    """What to do about a fault that carries a number of the platform's table."""
    numbers = (int(found) for found in re.findall(r"\b\d{5,6}\b", fault))
    return next((RULINGS[number].advice for number in numbers if number in RULINGS), "")


@bp.get("/operation/silences")
@page()
def silences() -> str:
    """When no bot lived within thirty days, and what was not asked meanwhile; how long what is kept."""
    caller, zone = _operator(), settings().timezone
    missed = report_missed_runs(timezone=zone, now=now())
    kept = retention(now=now())
    return show("silences.html", missed=missed, kept=kept, audits=_audits(caller), section="desk.operation")


@bp.get("/operation/users")
@page()
def desk_users() -> str:
    """Who can log in at the desk, and who is logged in."""
    caller = _operator()
    query = parse_values(PageQuery, {"limit": 50, **values_of(request.args, "cursor")})
    found = list_users_below(caller, query, today=local_day(now(), settings().timezone), now=now())
    shown = {"users": found.items, "cursor": found.next_cursor, "audits": _audits(caller)}
    return show("desk_users.html", section="desk.operation", **shown)


@bp.get("/operation/audit")
@page()
def search_audit() -> str:
    """Who looked at or changed what, on a day."""
    caller, zone = _operator(), settings().timezone
    given = values_of(request.args, "action", "day", "actor", "about", "cursor")
    query = parse_values(AuditQuery, {"limit": 50, **given})
    found = list_entries(caller, query, timezone=zone, today=local_day(now(), zone))
    shown = {"query": query, "audits": True, "labels": LABELS, "given": {**given, "cursor": found.next_cursor}}
    return show("audit.html", entries=found.items, cursor=found.next_cursor, section="desk.operation", **shown)
