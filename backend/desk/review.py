"""What waits for a moderator's eye, and posts that a person has to forward."""

from flask import Response, request, url_for

from backend.core.errors import Forbidden
from backend.core.http import now, parse_values, settings
from backend.core.pages import PageQuery
from backend.desk.frame import bp, done, page, show, values_of
from backend.messaging import forwards as posts
from backend.messaging.schemas import ForwardQuery
from backend.people.caller import current_caller
from backend.people.permissions import Right
from backend.service.orders import moderation as moderating
from backend.service.orders.judging import ModerationNote

STATES = {"pending": "机器检查中", "review": "机器拿不准", "refused": "机器或前一位审核人未通过"}


@bp.get("/moderation")
@page()
def moderation() -> str:
    """Texts and pictures that nothing has passed yet."""
    query = parse_values(PageQuery, {"limit": 20, **values_of(request.args, "cursor")})
    found = moderating.list_waiting(query, caller=current_caller(), now=now())
    return show("moderation.html", items=found.items, cursor=found.next_cursor, states=STATES)


@bp.post("/moderation/<subject_id>/<verdict>")
@page()
def moderate(subject_id: str, verdict: str) -> Response:
    """Let one pass, or refuse it with a reason."""
    note = parse_values(ModerationNote, values_of(request.form, "note")).note
    moderating.decide(subject_id, passed=verdict == "pass", note=note, caller=current_caller(), now=now())
    return done("已通过" if verdict == "pass" else "已退回，会告诉提交人怎么改", go=url_for("desk.moderation"))


@bp.get("/forwards")
@page()
def forwards() -> str:
    """Posts that the bot made ready for ordinary WeChat groups."""
    if not current_caller().paths(Right.MANAGE_GROUPS):
        raise Forbidden()
    query = parse_values(ForwardQuery, {"limit": 20, **values_of(request.args, "cursor")})
    found = posts.list_forwards(current_caller(), query)
    return show("forwards.html", items=found.items, cursor=found.next_cursor, section="desk.today")


@bp.post("/forwards/<forward_id>/done")
@page()
def finish_forward(forward_id: str) -> Response:
    """Note that a post was forwarded."""
    posts.finish_forward(current_caller(), forward_id, timezone=settings().timezone, now=now())
    return done("已记下", go=url_for("desk.forwards"))
