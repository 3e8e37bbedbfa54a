"""Open311 GeoReport v2, reading only: services and what they ask, requests, one request, discovery; JSON and XML."""

import json
from datetime import datetime
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from backend.core.errors import AppError
from backend.people.access import find_organization
from backend.service.catalogue.kinds import Question, QuestionType
from backend.service.catalogue.listing import EVERYWHERE, list_service_types
from backend.service.catalogue.schemas import ServiceTypeShape
from backend.service.models import ServiceOrder, ServiceType
from backend.service.open_data.ledger import ledger_rows
from backend.service.open_data.rules import LEDGER_REACH, MOST_REQUESTS
from backend.service.open_data.schemas import RequestsQuery, ServicesQuery
from backend.service.orders.workflow import OPEN, STATE_LABELS, State

Row = dict[str, Any]
CHANGESET = "2026-11-23T00:00:00+08:00"
OPEN_WORD, CLOSED_WORD = "open", "closed"
DATATYPES = {
    QuestionType.TEXT: "text",
    QuestionType.NUMBER: "number",
    QuestionType.FLAG: "singlevaluelist",
    QuestionType.DATE: "datetime",
    QuestionType.CHOICE: "singlevaluelist",
}
FORMATS = {"json": "application/json", "xml": "text/xml"}


def services(query: ServicesQuery) -> list[Row]:
    """GET Service List: the kinds of service; orders are submitted in the mini program, not here."""
    return [
        {
            "service_code": one.code,
            "service_name": one.name,
            "description": one.hint,
            "metadata": bool(one.questions),
            "type": "realtime",
            "keywords": "",
            "group": one.takers_label,
        }
        for one in _offered(query)
    ]


def service(code: str, query: ServicesQuery) -> Row:
    """GET Service Definition: what a kind of service asks beside the words; 404 for a kind that is not offered."""
    for one in _offered(query):
        if one.code == code:
            attributes = [_attribute(place, asked) for place, asked in enumerate(one.questions, start=1)]
            return {"service_code": code, "attributes": attributes}
    raise AppError("not_found", "service_code not found", status=404)


def _offered(query: ServicesQuery) -> list[ServiceTypeShape]:
    place = query.jurisdiction_id
    return list_service_types(find_organization(place).path if place else EVERYWHERE)


def _attribute(place: int, asked: Question) -> Row:
    return {
        "variable": True,
        "code": asked.code,
        "datatype": DATATYPES[asked.type],
        "required": asked.required,
        "datatype_description": None,
        "order": place,
        "description": asked.label,
        "values": [{"key": key, "name": name} for key, name in _choices(asked)],
    }


def _choices(asked: Question) -> list[tuple[str, str]]:
    """Yes and no are a list to choose from there: the specification has no flags."""
    if asked.type is QuestionType.FLAG:
        return [("true", "是"), ("false", "否")]
    return [(one.value, one.label) for one in asked.choices]


def requests(query: RequestsQuery, *, timezone: ZoneInfo, now: datetime) -> list[Row]:
    """GET Service Requests of one organisation: the last 90 days unless told otherwise, at most 1000."""
    rows = ledger_rows(find_organization(query.jurisdiction_id).id, now=now)
    if query.service_request_id is not None:
        rows = rows.where(ServiceOrder.number.in_(query.service_request_id.split(",")))
    else:
        rows = rows.where(ServiceOrder.created_at >= (query.start_date or now - LEDGER_REACH.value))
    if query.end_date is not None:
        rows = rows.where(ServiceOrder.created_at <= query.end_date)
    if query.service_code is not None:
        rows = rows.where(ServiceType.code.in_(query.service_code.split(",")))
    if query.status is not None:
        rows = rows.where(ServiceOrder.state.in_(_states(query.status)))
    found = rows.order_by(ServiceOrder.id.desc()).limit(MOST_REQUESTS.value)
    return [_request(row, timezone) for row in found]


def _states(status: str) -> list[State]:
    words = set(status.split(","))
    if not words <= {OPEN_WORD, CLOSED_WORD}:
        raise AppError("bad_status", "status 只能是 open 或 closed", status=400)
    return [state for state in State if _word(state) in words]


def _word(state: State) -> str:
    return OPEN_WORD if state in OPEN else CLOSED_WORD


def request(number: str, *, timezone: ZoneInfo, now: datetime) -> list[Row]:
    """GET Service Request: a list of the one; 404 when the ledger does not show it."""
    order: ServiceOrder | None = ServiceOrder.get_or_none(ServiceOrder.number == number)
    rows = ledger_rows(order.organization_id, now=now).where(ServiceOrder.number == number) if order else []
    found = [_request(row, timezone) for row in rows]
    if not found:
        raise AppError("not_found", "service_request_id not found", status=404)
    return found


def _request(row: ServiceOrder, timezone: ZoneInfo) -> Row:
    """The place is the middle of the grid, and the words are those that the branch has approved."""
    state, grid = State(row.state), row.grid
    return {
        "service_request_id": row.number,
        "status": _word(state),
        "status_notes": row.ledger_reply or STATE_LABELS[state],
        "service_name": row.service_type.name,
        "service_code": row.service_type.code,
        "description": None,
        "agency_responsible": row.organization.name,
        "service_notice": None,
        "requested_datetime": _moment(row.created_at, timezone),
        "updated_datetime": _moment(row.closed_at or row.completed_at or row.created_at, timezone),
        "expected_datetime": None,
        "address": grid.name if grid else row.organization.name,
        "address_id": None,
        "zipcode": None,
        "lat": grid.lat if grid else None,
        "long": grid.lng if grid else None,
        "media_url": None,
    }


def _moment(at: datetime, timezone: ZoneInfo) -> str:
    """W3C format with offset, to the second."""
    return at.astimezone(timezone).isoformat(timespec="seconds")


def discovery(public_url: str) -> Row:
    """Service discovery: where the one endpoint is and what it speaks."""
    return {
        "changeset": CHANGESET,
        "contact": public_url,
        "key_service": "只读接口，不需要密钥",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{public_url}/open311/v2",
                "changeset": CHANGESET,
                "type": "production",
                "formats": sorted(FORMATS.values()),
            }
        ],
    }


def written(root: str, item: str, data: list[Row] | Row, form: str) -> str:
    """As JSON, or as XML with these names for the list and its items."""
    if form == "json":
        return json.dumps(data, ensure_ascii=False)
    top = ElementTree.Element(root)
    if isinstance(data, list):
        for row in data:
            _fill(ElementTree.SubElement(top, item), row)
    else:
        _fill(top, data)
    return ElementTree.tostring(top, encoding="unicode", xml_declaration=True)


def _fill(parent: ElementTree.Element, row: Row) -> None:
    for name, value in row.items():
        child = ElementTree.SubElement(parent, name)
        if isinstance(value, list):
            for one in value:
                part = ElementTree.SubElement(child, name[:-1])
                _fill(part, one) if isinstance(one, dict) else setattr(part, "text", str(one))
        elif value is not None:
            child.text = str(value).lower() if isinstance(value, bool) else str(value)
