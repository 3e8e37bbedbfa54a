"""Members: the roster and its import, claims to decide, posts with their terms, members away from home."""

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Response, request, url_for

from backend.core.clock import local_day
from backend.core.errors import NotFound, invalid_field
from backend.core.http import now, parse_values, settings
from backend.desk.forms import body_of
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import place_for
from backend.membership.away import reading as flows
from backend.membership.away import service as away_service
from backend.membership.away.forms import form_of
from backend.membership.away.schemas import FlowQuery
from backend.membership.away.steps import STEPS
from backend.membership.claims import reading as claim_reading
from backend.membership.claims import service as claim_service
from backend.membership.claims.models import ClaimState
from backend.membership.claims.schemas import ClaimQuery, DecideClaim
from backend.membership.posts import reading as post_reading
from backend.membership.posts import service as post_service
from backend.membership.posts.schemas import Appoint, EndPost, PostQuery
from backend.membership.terms import reading as terms
from backend.membership.terms.schemas import TermQuery
from backend.people import directory
from backend.people.caller import current_caller
from backend.people.permissions import Right
from backend.people.posts import ROLE_LABELS
from backend.people.roster import service as roster
from backend.people.roster.importing import Import
from backend.people.roster.reading import MAX_FILE_BYTES, MEGABYTE
from backend.people.schemas import MemberBrief, MemberQuery

STATUSES = {"full": "正式党员", "probationary": "预备党员"}
KINDS = {"home": "组织关系在本支部", "host": "流入党员", "residential": "双报到", "alliance": "联建"}
SECTION = {"section": "desk.members"}


def _today() -> Any:
    return local_day(now(), settings().timezone)


def _code() -> str | None:
    return request.values.get("organization") or None


@bp.get("/members")
@page()
def members() -> str:
    """The roster of an organisation, with search by name, pinyin or initials."""
    place = place_for(current_caller(), _code(), Right.SEE_MEMBERS)
    query = parse_values(MemberQuery, {"limit": 50, **values_of(request.args, "q", "cursor")})
    found = directory.list_members(current_caller(), place.chosen.code, query, today=_today())
    return show(
        "members.html",
        place=place,
        members=found.items,
        cursor=found.next_cursor,
        q=query.q or "",
        may_keep=current_caller().may(Right.KEEP_ROSTER, place.chosen.path),
        labels=(STATUSES, KINDS),
    )


@bp.get("/members/import")
@page()
def import_page() -> str:
    """Where a roster file is handed in."""
    place = place_for(current_caller(), _code(), Right.KEEP_ROSTER)
    roster.roster_to_keep(current_caller(), place.chosen.code)
    return show("members_import.html", place=place, **SECTION)


@bp.post("/members/import")
@page(uploads=MAX_FILE_BYTES + MEGABYTE)
def import_roster() -> str:
    """Try a roster out, or take it in whole; what was found is shown below the form."""
    caller, dry_run = current_caller(), request.form.get("way") != "apply"
    organization = roster.roster_to_keep(caller, request.form.get("organization", ""))
    with tempfile.TemporaryDirectory(prefix="roster-") as folder:
        path = Path(folder) / "roster"
        _keep_table(path)
        report = roster.take_in(path, Import(organization, caller.account_id, _today(), now()), dry_run=dry_run)
    return show("members_report.html", report=report, dry_run=dry_run)


def _keep_table(path: Path) -> None:
    """The table that was handed in as a file, or pasted from a spreadsheet with its head; 422 for neither."""
    file, pasted = request.files.get("file"), request.form.get("pasted", "")
    if file is not None and file.filename:
        with closing(file):
            file.save(path)
    elif pasted.strip():
        path.write_text(pasted, encoding="utf-8")
    else:
        raise invalid_field("file", "missing", "请选择名册文件，或把表格粘贴在下面")


@bp.get("/members/claims")
@page()
def claims() -> str:
    """Who says that he is one of the members, with what of it fits."""
    place = place_for(current_caller(), _code(), Right.DECIDE_CLAIMS)
    query = parse_values(ClaimQuery, {"state": ClaimState.SUBMITTED, "limit": 20, **values_of(request.args, "cursor")})
    found = claim_reading.branch_claims(current_caller(), place.chosen.code, query)
    return show("members_claims.html", place=place, claims=found.items, cursor=found.next_cursor, **SECTION)


@bp.post("/members/claims/<claim_id>/<verdict>")
@page()
def decide_claim(claim_id: str, verdict: str) -> Response:
    """Bind the account to the member, or turn the claim down."""
    decide = {"approve": claim_service.approve_claim, "deny": claim_service.deny_claim}.get(verdict)
    if decide is None:
        raise NotFound()
    body = parse_values(DecideClaim, values_of(request.form, "member", "note"))
    decide(current_caller(), claim_id, body, now=now())
    return done("已认领" if verdict == "approve" else "已退回", go=url_for("desk.claims"))


@bp.get("/members/posts")
@page()
def posts() -> str:
    """Who holds which post and until when; what is vacant, and by which clause."""
    caller, today = current_caller(), _today()
    place = place_for(caller, _code(), Right.SEE_TERMS, Right.APPOINT)
    code = place.chosen.code
    found = post_reading.list_posts(caller, code, PostQuery(limit=100), today=today)
    may_appoint = caller.may(Right.APPOINT, place.chosen.path)
    return show(
        "members_posts.html",
        place=place,
        posts=found.items,
        terms=terms.list_terms(caller, code, TermQuery(limit=50), today=today),
        roles=ROLE_LABELS,
        people=everybody(code) if may_appoint else [],
        may_appoint=may_appoint,
        **SECTION,
    )


def everybody(code: str) -> list[MemberBrief]:
    """The members to choose from in a form: the first hundred."""
    return directory.list_members(current_caller(), code, MemberQuery(limit=100), today=_today()).items


@bp.post("/members/posts")
@page()
def appoint() -> Response:
    """Give a member a post."""
    code = request.form.get("organization", "")
    body = parse_values(Appoint, values_of(request.form, "role", "member", "starts_on", "ends_on", "note"))
    post_service.appoint(current_caller(), code, body, today=_today(), now=now())
    return done("已任职", go=url_for("desk.posts", organization=code))


@bp.post("/members/posts/<post_id>/end")
@page()
def end_post(post_id: str) -> Response:
    """End a post."""
    body = parse_values(EndPost, values_of(request.form, "last_day", "note"))
    post_service.end_post(current_caller(), post_id, body, today=_today(), now=now())
    return done("已免去", go=url_for("desk.posts", organization=request.form.get("organization")))


@bp.get("/members/away")
@page()
def away() -> str:
    """Members away from home: our own elsewhere, and others' here."""
    place = place_for(current_caller(), _code(), Right.SEE_FLOATING)
    query = parse_values(FlowQuery, {"limit": 50, **values_of(request.args, "side", "state", "cursor")})
    found = flows.list_of_organization(current_caller(), place.chosen.code, query)
    return show("members_away.html", place=place, flows=found.items, cursor=found.next_cursor, query=query, **SECTION)


@bp.get("/members/away/<flow_id>")
@page()
def read_flow(flow_id: str) -> str:
    """One stay, with what the caller may do now."""
    flow = away_service.read_flow(current_caller(), flow_id, timezone=settings().timezone, now=now())
    wanted = {field.type for action in flow.actions for field in action.form}
    people = everybody(flow.home.code) if "member" in wanted else []
    lists = {"people": [{"id": one.public_id, "name": one.name, "note": "", "ready": True} for one in people]}
    return show("members_flow.html", flow=flow, lists=lists, **SECTION)


@bp.post("/members/away/<flow_id>/<step_name>")
@page()
def take_flow_step(flow_id: str, step_name: str) -> Response:
    """One step of a stay."""
    step = next((step for name, step in STEPS.items() if name.value == step_name), None)
    if step is None:
        raise NotFound()
    body = parse_values(step.body, body_of(form_of(step.body)))
    flow = away_service.take_step(step, current_caller(), flow_id, body, timezone=settings().timezone, now=now())
    return done(f"已办好：{flow.state_label}", go=url_for("desk.read_flow", flow_id=flow_id))
