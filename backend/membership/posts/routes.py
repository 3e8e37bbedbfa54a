"""Posts over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.membership.posts import reading, service
from backend.membership.posts.schemas import Appoint, EndPost, PostEntry, PostQuery
from backend.people.caller import current_caller

bp = Blueprint("posts", __name__, url_prefix="/api/v1")


@bp.get("/organizations/<code>/roles")
@endpoint(query=PostQuery, returns=Page[PostEntry])
def list_posts(code: str, query: PostQuery) -> Page[PostEntry]:
    """Who holds which post in an organisation, and who did."""
    return reading.list_posts(current_caller(), code, query, today=local_day(now(), settings().timezone))


@bp.post("/organizations/<code>/roles")
@endpoint(body=Appoint, returns=PostEntry, status=201)
def appoint(code: str, body: Appoint) -> PostEntry:
    """Give somebody a post."""
    today = local_day(now(), settings().timezone)
    post_id = service.appoint(current_caller(), code, body, today=today, now=now())
    return reading.read_post(current_caller(), post_id, today=today)


@bp.post("/posts/<post_id>/end")
@endpoint(body=EndPost, returns=PostEntry)
def end_post(post_id: str, body: EndPost) -> PostEntry:
    """End a post, at once or on a day to come."""
    today = local_day(now(), settings().timezone)
    service.end_post(current_caller(), post_id, body, today=today, now=now())
    return reading.read_post(current_caller(), post_id, today=today)
