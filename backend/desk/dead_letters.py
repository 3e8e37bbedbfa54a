"""What the bot gave up on: of what it died, what to do about it, and another try."""

from flask import Response, request, url_for

from backend.core.errors import Forbidden
from backend.core.http import now, parse_values
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import home_of
from backend.messaging.dead_letters import service
from backend.messaging.dead_letters.schemas import DeadLetterQuery, DeadState, ReasonQuery, RetryAll
from backend.people.caller import current_caller
from backend.people.permissions import Right

STATES = {DeadState.OPEN: "还没重发", DeadState.RETRIED: "已重发"}


@bp.get("/messages/dead")
@page()
def dead_letters() -> str:
    """The reasons, the most frequent first, and the letters of one of them."""
    caller = current_caller()
    home = home_of(caller, Right.STEER_SENDINGS)
    if home is None:
        raise Forbidden()
    given = values_of(request.args, "kind", "reason", "state", "cursor")
    query = parse_values(DeadLetterQuery, {"limit": 30, **given})
    found = service.list_dead_letters(caller, query)
    reasons = service.list_reasons(caller, ReasonQuery()) if query.state is DeadState.OPEN else []
    shown = {"letters": found.items, "cursor": found.next_cursor, "reasons": reasons, "query": query, "given": given}
    return show("dead_letters.html", home=home, states=STATES, section="desk.group_chats", **shown)


@bp.post("/messages/dead/retry")
@page()
def retry_all() -> Response:
    """All of one reason again; a thousand at a time."""
    body = parse_values(RetryAll, values_of(request.form, "organization", "kind", "reason"))
    again = service.retry_all(current_caller(), body, now=now())
    left = f"，还有 {again.left} 条，请再点一次" if again.left else ""
    return done(f"{again.retried} 条重新排队{left}", go=url_for("desk.dead_letters"))


@bp.post("/messages/dead/<letter_id>/retry")
@page()
def retry_one(letter_id: str) -> Response:
    """One of them again."""
    service.retry_one(current_caller(), letter_id, now=now())
    return done("已重新排队", go=url_for("desk.dead_letters"))
