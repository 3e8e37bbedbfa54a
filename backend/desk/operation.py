"""For those who run the system: is it well, what waits, what was given up, who did what."""

from flask import request

from backend.core.clock import local_day
from backend.core.errors import NotFound
from backend.core.http import now, parse_values, settings
from backend.core.migration import pending
from backend.desk.frame import bp, page, show, values_of
from backend.desk.navigation import may_operate
from backend.messaging.beats import last_beat
from backend.operation.queues import read_dead_letters, read_queues
from backend.people.audits.labels import LABELS
from backend.people.audits.schemas import AuditQuery
from backend.people.audits.service import list_entries
from backend.people.caller import current_caller
from backend.people.permissions import Caller, Right

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
        dead=read_dead_letters(),
        audits=bool(caller.paths(Right.SEE_AUDIT)),
    )


@bp.get("/operation/audit")
@page()
def search_audit() -> str:
    """Who looked at or changed what, on a day."""
    caller, zone = _operator(), settings().timezone
    given = values_of(request.args, "action", "day", "actor", "about", "cursor")
    query = parse_values(AuditQuery, {"limit": 50, **given})
    found = list_entries(caller, query, timezone=zone, today=local_day(now(), zone))
    shown = {"query": query, "labels": LABELS, "given": {**given, "cursor": found.next_cursor}}
    return show("audit.html", entries=found.items, cursor=found.next_cursor, section="desk.operation", **shown)
