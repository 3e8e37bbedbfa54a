"""One's own study card over HTTP."""

from flask import Blueprint, Response

from backend.card import printing, reading, verification
from backend.card.schemas import (
    CardQuery,
    CardRecord,
    CardShape,
    DisclosureShape,
    PublicCard,
    SetDisclosure,
    WriteReflection,
)
from backend.core.errors import NotFound
from backend.core.http import FileBytes, endpoint, now, settings
from backend.people.caller import current_caller

bp = Blueprint("card", __name__, url_prefix="/api/v1")
page = Blueprint("card_page", __name__)


@bp.get("/me/card")
@endpoint(query=CardQuery, returns=CardShape)
def read_card(query: CardQuery) -> CardShape:
    """One's own study card; its number is issued on first sight."""
    return reading.read_card(current_caller(), query, timezone=settings().timezone, now=now())


@bp.post("/me/card/records/<record_id>/reflection")
@endpoint(body=WriteReflection, returns=CardRecord)
def write_reflection(record_id: str, body: WriteReflection) -> CardRecord:
    """Write what one takes home from an entry."""
    return reading.write_reflection(current_caller(), record_id, body)


@bp.get("/me/card.pdf")
@endpoint(returns=FileBytes)
def print_card() -> Response:
    """This year's card, to be printed on A5."""
    place = settings()
    document = printing.print_card(current_caller(), public_url=place.public_url, timezone=place.timezone, now=now())
    return Response(document, mimetype="application/pdf", headers={"Cache-Control": "no-store"})


@bp.get("/me/card/disclosure")
@endpoint(returns=DisclosureShape)
def read_disclosure() -> DisclosureShape:
    """What the page behind one's printed card shows."""
    place = settings()
    return verification.read_disclosure(
        current_caller(), public_url=place.public_url, timezone=place.timezone, now=now()
    )


@bp.post("/me/card/disclosure")
@endpoint(body=SetDisclosure, returns=DisclosureShape)
def set_disclosure(body: SetDisclosure) -> DisclosureShape:
    """Allow parts of one's card to be shown, or hide them again."""
    place = settings()
    return verification.set_disclosure(
        current_caller(), body, public_url=place.public_url, timezone=place.timezone, now=now()
    )


@bp.get("/card-codes/<card_code>")
@endpoint(returns=PublicCard, public=True)
def read_public_card(card_code: str) -> PublicCard:
    """Whether a printed card is genuine, and what its holder allows to be shown."""
    return verification.read_public_card(card_code, timezone=settings().timezone)


@page.get("/verify/<card_code>")
@endpoint(returns=FileBytes, public=True)
def show_public_card(card_code: str) -> Response:
    """The same as a page for the browser of whoever scans the card."""
    try:
        card = verification.read_public_card(card_code, timezone=settings().timezone)
    except NotFound as unknown:
        return _html(verification.refused_page(unknown.message), status=404)
    return _html(verification.public_page(card))


def _html(page: str, *, status: int = 200) -> Response:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": policy}
    return Response(page, status=status, mimetype="text/html", headers=headers)
