"""Orders over HTTP: submit, read, the queues, and one route for each action of the machine."""

from collections.abc import Callable

from flask import Blueprint, Response

from backend.core.http import Body, endpoint, now, settings
from backend.core.pages import Page, PageQuery
from backend.people.caller import current_caller
from backend.service.orders import board, boxes, moderation, proposal, service, submission, withholding
from backend.service.orders.actions import STEPS
from backend.service.orders.engine import Step
from backend.service.orders.judging import ModerationNote, ShowPicture, WithholdPicture
from backend.service.orders.queries import BoardQuery, BoxQuery
from backend.service.orders.request import SubmitOrder
from backend.service.orders.shapes import BoxCounts, ModerationItem, OrderBrief, OrderShape, ProposalShape, WishShape
from backend.service.orders.workflow import ACTION_LABELS

bp = Blueprint("orders", __name__, url_prefix="/api/v1")


@bp.post("/orders")
@endpoint(body=SubmitOrder, returns=OrderShape, status=201)
def submit_order(body: SubmitOrder) -> OrderShape:
    """Submit a request (点单)."""
    return submission.submit_order(body, caller=current_caller(), timezone=settings().timezone, now=now())


@bp.get("/orders")
@endpoint(query=BoxQuery, returns=Page[OrderBrief])
def list_orders(query: BoxQuery) -> Page[OrderBrief]:
    """One of the queues, oldest first."""
    return boxes.list_orders(query, caller=current_caller(), timezone=settings().timezone, now=now())


@bp.get("/orders/boxes")
@endpoint(returns=BoxCounts)
def count_boxes() -> BoxCounts:
    """How much lies in each box that the caller has."""
    return boxes.count_boxes(caller=current_caller(), timezone=settings().timezone, now=now())


@bp.get("/micro-wishes")
@endpoint(query=BoardQuery, returns=Page[WishShape], public=True)
def list_wishes(query: BoardQuery) -> Page[WishShape]:
    """The public board of wishes that wait for somebody, newest first."""
    return board.list_wishes(query)


@bp.get("/orders/<number>/proposal")
@endpoint(returns=ProposalShape)
def propose(number: str) -> ProposalShape:
    """To whom the order might be dispatched: three at most, each with its reasons."""
    return proposal.propose(number, caller=current_caller(), timezone=settings().timezone, now=now())


@bp.get("/orders/<number>")
@endpoint(returns=OrderShape)
def read_order(number: str) -> OrderShape:
    """An order as the caller may see it; opening a phone number is logged."""
    return service.read_order_for(number, caller=current_caller(), timezone=settings().timezone, now=now())


@bp.post("/orders/<number>/pictures/<picture_id>/withhold")
@endpoint(body=WithholdPicture, returns=OrderShape)
def withhold_picture(number: str, picture_id: str, body: WithholdPicture) -> OrderShape:
    """Let nobody but moderators see a picture of an order; its uploader is told why."""
    caller, timezone = current_caller(), settings().timezone
    return withholding.withhold_picture(number, picture_id, body, caller=caller, timezone=timezone, now=now())


@bp.post("/orders/<number>/pictures/<picture_id>/show")
@endpoint(body=ShowPicture, returns=OrderShape)
def show_picture(number: str, picture_id: str, body: ShowPicture) -> OrderShape:
    """Show a withheld picture again."""
    caller, timezone = current_caller(), settings().timezone
    return withholding.show_picture(number, picture_id, body, caller=caller, timezone=timezone, now=now())


@bp.get("/moderation")
@endpoint(query=PageQuery, returns=Page[ModerationItem])
def list_moderation(query: PageQuery) -> Page[ModerationItem]:
    """Texts, then files, that wait for a moderator."""
    return moderation.list_waiting(query, caller=current_caller(), now=now())


@bp.post("/moderation/<subject_id>/pass")
@endpoint(body=ModerationNote)
def pass_subject(subject_id: str, body: ModerationNote) -> None:
    """Let a text or a file pass."""
    moderation.decide(subject_id, passed=True, note=body.note, caller=current_caller(), now=now())


@bp.post("/moderation/<subject_id>/refuse")
@endpoint(body=ModerationNote)
def refuse_subject(subject_id: str, body: ModerationNote) -> None:
    """Refuse a text or a file; its author is told what to do."""
    moderation.decide(subject_id, passed=False, note=body.note, caller=current_caller(), now=now())


def _view_of(step: Step) -> Callable[..., Response]:
    def take_step(number: str, body: Body) -> OrderShape:
        return service.perform_step(
            step, number, body, caller=current_caller(), timezone=settings().timezone, now=now()
        )

    take_step.__name__ = step.action.replace("-", "_") + "_order"
    take_step.__doc__ = f"{ACTION_LABELS[step.action]} ({step.action})."
    return endpoint(body=step.body, returns=OrderShape)(take_step)


for _step in STEPS.values():
    bp.add_url_rule(f"/orders/<number>/{_step.action}", view_func=_view_of(_step), methods=["POST"])
