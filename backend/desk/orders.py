"""The dispatch board: queues, an order with its line of time and its actions, the work slip."""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from backend.core.clock import local_day
from backend.core.errors import AppError, Conflict, NotFound
from backend.core.http import now, parse_values, settings
from backend.desk.forms import body_of
from backend.desk.frame import bp, done, is_part, page, prompted, show, values_of
from backend.desk.language import say
from backend.desk.navigation import home_of
from backend.desk.wording import local
from backend.people import directory
from backend.people.access import find_organization
from backend.people.caller import current_caller
from backend.people.models import Account, OrganizationPost
from backend.people.permissions import HANDLER_ROLES, Caller, Right
from backend.people.posts import in_office
from backend.people.schemas import MemberQuery
from backend.service.catalogue.listing import EVERYWHERE, list_service_types
from backend.service.grids.reading import list_grids
from backend.service.grids.schemas import GridShape
from backend.service.models import Priority
from backend.service.orders import boxes, proposal, service, withholding
from backend.service.orders.actions import STEPS
from backend.service.orders.forms import CHOICE_LABELS, form_of
from backend.service.orders.judging import ShowPicture, WithholdPicture
from backend.service.orders.queries import BoxQuery
from backend.service.orders.schemas import Box
from backend.service.orders.shapes import OrderBrief, OrderShape, Proposed
from backend.service.orders.workflow import Action
from backend.service.teams.reading import list_teams

BOXES = {
    Box.TO_ACCEPT: "待受理",
    Box.TO_CALL_BACK: "待电话核实",
    Box.TO_DISPATCH: "待派单",
    Box.WAITING_CLAIM: "待接单",
    Box.BRANCH_IN_HAND: "办理中",
    Box.TO_FOLLOW_UP: "待回访",
    Box.RETURNED: "退回",
    Box.UNROUTED: "待分网格",
    Box.OVERDUE: "超时",
    Box.ALL: "全部",
}
PRIORITIES = {one.value: label for one, label in CHOICE_LABELS[Priority].items()}
# what the state mostly asks for stands above everything else that it allows
FIRST_ACTIONS = frozenset({Action.ACCEPT, Action.DISPATCH, Action.APPROVE, Action.RULE, Action.FOLLOW_UP})
PAGE_SIZE = 30
# what cannot be taken back, with what happens: asked a second time
FINAL = {
    Action.REFUSE: "不予受理？居民会收到原因，这张工单就此结束。",
    Action.CANCEL: "撤销这张工单？撤销后不能恢复。",
    Action.MERGE: "并入另一张工单？并入后这张单不再单独办理。",
    Action.REFER: "转给外单位？转出后由对方办理。",
    Action.CLOSE_REFERRED: "结案？结案后不能再改。",
    Action.COMPLETE: "办结？居民会收到公开答复。",
}
UPLOADS = 60_000_000  # bytes of a form with pictures


@dataclass(frozen=True)
class Person:
    """Somebody whom an order may go to; not ready without an account."""

    id: str
    name: str
    note: str
    ready: bool


FILTERS = ("organization", "kind", "priority", "overdue", "grid")


def _query() -> BoxQuery:
    given = values_of(request.args, "box", "cursor", *FILTERS)
    default = Box.TO_ACCEPT if home_of(current_caller(), Right.HANDLE_ORDERS) else Box.OVERDUE
    return parse_values(BoxQuery, {"box": default, "limit": PAGE_SIZE, **given})


def _address(query: BoxQuery, **changed: str | None) -> str:
    """The same board with other filters: they live in the address."""
    kept = {"box": query.box.value, **_filters(query), "cursor": query.cursor, **changed}
    return urlencode({name: value for name, value in kept.items() if value})


def _filters(query: BoxQuery) -> dict[str, str]:
    """What is filtered by, as it stands in an address."""
    chosen = {
        "organization": query.organization,
        "kind": query.kind,
        "priority": query.priority and query.priority.value,
        "overdue": "true" if query.overdue else None,
        "grid": query.grid,
    }
    return {name: value for name, value in chosen.items() if value}


@bp.get("/orders")
@page()
def board() -> str:
    """The queues with their counts, and one of them."""
    caller, zone, query = current_caller(), settings().timezone, _query()
    found = boxes.list_orders(query, caller=caller, timezone=zone, now=now())
    counts = _counts()
    return show(
        "board.html",
        query=query,
        boxes={box: label for box, label in BOXES.items() if box in counts},
        counts=counts,
        types=list_service_types(_path(query.organization, caller)),
        grids=_grids(caller),
        may_enter=home_of(caller, Right.HANDLE_ORDERS) is not None,
        **_rows(found.items, found.next_cursor, query),
    )


def _path(code: str | None, caller: Caller) -> str:
    """Whose kinds one filters by: those of the organisation in the address, else of one's own post."""
    if code is not None:
        return find_organization(code).path
    home = home_of(caller, Right.SEE_ORDERS, Right.HANDLE_ORDERS)
    return home.path if home else EVERYWHERE


def _grids(caller: Caller) -> list[GridShape]:
    """The grids to choose from: those of the place whose orders one handles."""
    home = home_of(caller, Right.HANDLE_ORDERS)
    if home is None or not caller.may(Right.SEE_MEMBERS, home.path):
        return []
    return list_grids(caller, home.code, today=local_day(now(), settings().timezone))


def _counts() -> dict[Box, int]:
    found = boxes.count_boxes(caller=current_caller(), timezone=settings().timezone, now=now(), wanted=tuple(BOXES))
    return found.root


def _rows(items: list[OrderBrief], cursor: str | None, query: BoxQuery) -> dict[str, Any]:
    return {
        "orders": items,
        "mark": _mark(items),
        "filters": _filters(query),
        "priorities": PRIORITIES,
        "here": _address(query),
        "further": _address(query, cursor=cursor) if cursor else None,
    }


def _mark(items: list[OrderBrief]) -> str:
    """Changes when what the rows show does, so that a look at an unchanged queue sends nothing."""
    shown = [
        (one.number, one.state, one.overdue, one.due_at, one.moderation, one.voice, one.call_owed, one.supervised_level)
        for one in items
    ]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


@bp.get("/orders/rows")
@page()
def board_rows() -> Any:
    """The rows again, if they have changed: asked every quarter of a minute."""
    query = _query()
    found = boxes.list_orders(query, caller=current_caller(), timezone=settings().timezone, now=now())
    if request.args.get("mark") == _mark(found.items):
        return Response(status=204)
    return show("board_rows.html", query=query, **_rows(found.items, found.next_cursor, query))


@bp.get("/orders/counts")
@page()
def board_counts() -> str:
    """The counts beside the queues again."""
    counts = _counts()
    shown, query = {box: label for box, label in BOXES.items() if box in counts}, _query()
    return show("board_tabs.html", boxes=shown, counts=counts, query=query, filters=_filters(query))


@bp.get("/orders/find")
@page()
def find_order() -> AnyResponse:
    """The order with the number that somebody reads out."""
    return redirect(url_for("desk.read_order", number=request.args.get("number", "").strip() or "-"), 303)


@bp.get("/orders/<number>")
@page()
def read_order(number: str) -> str:
    """An order: in the drawer of the board, or on a page of its own."""
    order = service.read_order_for(number, caller=current_caller(), timezone=settings().timezone, now=now())
    actions = sorted(order.actions, key=lambda one: one.name not in FIRST_ACTIONS)
    order_page = {"order": order, "actions": actions, "lists": _lists(order), "section": "desk.board"}
    shown = {**order_page, "first": FIRST_ACTIONS, "final": FINAL}
    return show("order_part.html" if is_part() else "order.html", priorities=PRIORITIES, **shown)


def _lists(order: OrderShape) -> dict[str, Any]:
    """What the forms of the order's actions let one choose from, and nothing that no form needs."""
    wanted = {field.type for action in order.actions for field in action.form}
    lists: dict[str, Any] = {}
    if wanted & {"target", "member"}:
        lists["people"] = _people(order.organization)
    if "target" in wanted:
        lists["proposals"] = _proposed(order.number)
        lists["teams"] = list_teams(current_caller(), order.organization)
    if "service_type" in wanted:
        lists["types"] = list_service_types(find_organization(order.organization).path)
    if "grid" in wanted:
        lists["grids"] = _grids(current_caller())
    return lists


def _proposed(number: str) -> list[Proposed]:
    """Three at most, each with its reasons; nobody where nobody can be proposed now."""
    try:
        return proposal.propose(number, caller=current_caller(), timezone=settings().timezone, now=now()).candidates
    except AppError:
        return []


def _people(code: str) -> list[Person]:
    """Members of the branch, and volunteers who are none."""
    today = local_day(now(), settings().timezone)
    members = directory.list_members(current_caller(), code, MemberQuery(limit=100), today=today).items
    people = [Person(one.public_id, one.name, "" if one.claimed else "未登录过", one.claimed) for one in members]
    rows = (
        OrganizationPost.select(OrganizationPost, Account)
        .join(Account)
        .where(
            OrganizationPost.organization == find_organization(code),
            OrganizationPost.role.in_(sorted(HANDLER_ROLES)),
            in_office(today),
        )
    )
    known = {person.name for person in people}
    volunteers = {row.account.public_id: row.account.display_name for row in rows}
    return people + [Person(id, name, "志愿者", True) for id, name in volunteers.items() if name not in known]


@bp.post("/orders/<number>/<action>")
@page(uploads=UPLOADS)
def take_step(number: str, action: str) -> Response:
    """One step of the machine, with the form that the API describes."""
    step = next((step for name, step in STEPS.items() if name.value == action), None)
    if step is None:
        raise NotFound()
    body = parse_values(step.body, body_of(form_of(step.body)))
    try:
        order = service.perform_step(
            step, number, body, caller=current_caller(), timezone=settings().timezone, now=now()
        )
    except Conflict as conflict:
        raise _explained(conflict, number) from None
    return done(f"已办好：{order.state_label}", "order-changed")


def _explained(conflict: Conflict, number: str) -> Conflict:
    """The same refusal with where the order stands now and what was done since the form was opened."""
    order = service.read_order_for(number, caller=current_caller(), timezone=settings().timezone, now=now())
    seen = request.form.get("_seen", "")
    fresh = order.log[int(seen) :] if seen.isdecimal() else order.log[-1:]
    notes = [f"（{one.note}）" if one.note else "" for one in fresh]
    since = zip(fresh, notes, strict=True)
    changed = [f"{local(one.at)} {say(one.actor)}：{say(one.label)}{note}" for one, note in since]
    return Conflict(conflict.code, conflict.message, now=say(order.state_label), changed=changed)


@bp.post("/orders/<number>/pictures/<picture_id>/<verdict>")
@page()
def judge_picture(number: str, picture_id: str, verdict: str) -> Response:
    """Withhold a picture from everybody but moderators, with a reason that its uploader reads; or show it again."""
    scene: dict[str, Any] = {"caller": current_caller(), "timezone": settings().timezone, "now": now()}
    if verdict == "withhold":
        withholding.withhold_picture(number, picture_id, parse_values(WithholdPicture, {"reason": prompted()}), **scene)
        return done("已不再展示，上传的人会看到原因", "order-changed")
    if verdict == "show":
        withholding.show_picture(number, picture_id, ShowPicture(), **scene)
        return done("已恢复展示", "order-changed")
    raise NotFound()


@bp.get("/orders/<number>/slip")
@page()
def print_slip(number: str) -> str:
    """A work slip on paper, for those who go without a phone."""
    order = service.read_order_for(number, caller=current_caller(), timezone=settings().timezone, now=now())
    return show("order_slip.html", order=order, section="desk.board")
