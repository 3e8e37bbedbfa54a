"""An order that comes by telephone, taken down while talking: few fields, the questions of the kind, nothing twice."""

from typing import Any

from flask import Response, request, url_for

from backend.core.errors import NotFound
from backend.core.http import now, parse_values, settings
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import home_of
from backend.people.caller import current_caller
from backend.people.models import Organization
from backend.people.permissions import Right
from backend.service.catalogue.kinds import Question
from backend.service.catalogue.listing import list_service_types
from backend.service.orders import submission
from backend.service.orders.request import SubmitOrder
from backend.service.orders.schemas import ProxyConsent

ANSWER = "answer-"
# how the person has agreed whom it is about; only his own call owes him no call back
CONSENTS = {
    ProxyConsent.OWN_CALL: "本人来电",
    ProxyConsent.BY_PHONE: "别人来电，本人已在电话里同意",
    ProxyConsent.IN_PERSON: "别人来电，本人当面同意过",
    ProxyConsent.CHILD: "子女来电",
}


def _home() -> Organization:
    """Where the caller takes orders; nobody else learns of the page."""
    home = home_of(current_caller(), Right.HANDLE_ORDERS)
    if home is None:
        raise NotFound()
    return home


@bp.get("/orders/new")
@page()
def new_order() -> str:
    """The form for an order that comes by telephone."""
    home = _home()
    types = list_service_types(home.path)
    questions = types[0].questions if types else []
    return show("order_new.html", home=home, types=types, questions=questions, consents=CONSENTS)


@bp.get("/orders/new/questions")
@page()
def ask_questions() -> str:
    """What the form asks for one kind of service."""
    return show("order_questions.html", questions=_questions(_home(), request.args.get("service_type", "")))


def _questions(home: Organization, code: str) -> list[Question]:
    return next((kind.questions for kind in list_service_types(home.path) if kind.code == code), [])


@bp.post("/orders/new")
@page()
def enter_order() -> Response:
    """Take down an order for somebody on the telephone."""
    home = _home()
    other = values_of(request.form, "name", "phone", "relation", "consent")
    given = values_of(request.form, "service_type", "title", "description")
    body = {
        "description": given.get("title", ""),  # one sentence is enough while somebody waits on the line
        **given,
        "place": {"text": request.form.get("place", "").strip()},
        "organization": home.code,
        "on_behalf_of": {"relation": "来电居民", "consent": ProxyConsent.OWN_CALL, **other},
        "answers": _answers(home, given.get("service_type", "")),
    }
    order = submission.submit_order(
        parse_values(SubmitOrder, body), caller=current_caller(), timezone=settings().timezone, now=now()
    )
    return done(f"已登记，工单号 {order.number}", go=url_for("desk.board", box="to-accept"))


def _answers(home: Organization, code: str) -> dict[str, Any]:
    """What was filled of the questions of this kind; fields that belonged to another kind are left behind."""
    asked = {one.code: one for one in _questions(home, code)}
    given = values_of(request.form, *(ANSWER + one for one in asked))
    return {name.removeprefix(ANSWER): _read(asked[name.removeprefix(ANSWER)], text) for name, text in given.items()}


def _read(question: Question, text: str) -> str | int | bool:
    """An answer as its type is; what is none stays text, and the service says so."""
    match question.type.value:
        case "flag":
            return text == "true"
        case "number" if text.isdecimal():
            return int(text)
        case _:
            return text
