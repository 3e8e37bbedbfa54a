"""From what many want to learn to a lecture: one line of the list of needs becomes an order of the lecture kind."""

from datetime import datetime

from backend.core.errors import Conflict, invalid_field
from backend.learning.lessons.service import Actor
from backend.learning.surveys.results import read_needs
from backend.learning.surveys.schemas import NeedItem, OrderLecture
from backend.people.access import find_organization
from backend.service.models import ServiceOrder, ServiceType
from backend.service.orders.request import OrderPlace, SubmitOrder
from backend.service.orders.shapes import OrderShape
from backend.service.orders.submission import submit_order
from backend.service.orders.workflow import State

LECTURE = "lecture"
LONGEST_TITLE, LONGEST_TOPIC = 60, 200


def order_lecture(survey_id: str, body: OrderLecture, actor: Actor) -> OrderShape:
    """Ask for a lecture on a need, in a branch; once for each need, branch and survey, else 409 `lecture_ordered`."""
    found = read_needs(survey_id, actor)
    if found.refused:
        raise Conflict("results_withheld", found.refused)
    need = next((one for one in found.items if (one.number, one.need) == (body.number, body.need)), None)
    if need is None or not need.amount:
        raise invalid_field("need", "unknown_need", "需求清单里没有这一项，请刷新")
    title = f"党课点单：{need.need}"[:LONGEST_TITLE]
    _refuse_second(title, found.survey.opens_at, body.organization)
    request = SubmitOrder(
        service_type=LECTURE,
        title=title,
        description=_said(found.survey.title, need),
        place=OrderPlace(text=find_organization(body.organization).name),
        organization=body.organization,
        answers={"topic": need.need[:LONGEST_TOPIC], "listeners": need.amount},
        consent=body.consent,
    )
    return submit_order(request, caller=actor.caller, timezone=actor.timezone, now=actor.now)


def _said(survey: str, need: NeedItem) -> str:
    return f"来自《{survey}》第 {need.number} 题“{need.question}”：{need.answered} 人作答，{need.amount} 人选了这一项。"


def _refuse_second(title: str, since: datetime, code: str) -> None:
    known: ServiceOrder | None = (
        ServiceOrder.select(ServiceOrder.number)
        .join(ServiceType)
        .where(
            ServiceType.code == LECTURE,
            ServiceOrder.title == title,
            ServiceOrder.organization == find_organization(code).id,
            ServiceOrder.created_at >= since,
            ServiceOrder.state.not_in((State.CANCELLED, State.NOT_ACCEPTED)),
        )
        .first()
    )
    if known:
        raise Conflict("lecture_ordered", "这一项已经点过单了", number=known.number)
