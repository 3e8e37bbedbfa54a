"""The code on a printed card, and what the page behind it may show: nothing but what the holder allows."""

from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from backend.card.models import CardDisclosure, StudyCard
from backend.card.reading import card_number, find_holder, hours_of_year
from backend.card.schemas import CardPart, DisclosureShape, PublicCard, SetDisclosure
from backend.core.crypto import keyring
from backend.core.database import delete_where, in_unit_of_work
from backend.core.errors import NotFound
from backend.people.models import Member, Organization
from backend.people.permissions import Caller

_PURPOSE = "printed card"
_STYLE = (
    "body{font:18px/1.6 sans-serif;max-width:32em;margin:24px auto;padding:0 20px;color:#222}"
    "h1{font-size:24px}dl{display:grid;grid-template-columns:auto 1fr;gap:4px 16px}dt{color:#555}dd{margin:0}"
)


def card_code(number: str, year: int) -> str:
    """The code of one card and year: cannot be guessed, and dies with the number when the card is re-issued."""
    return f"{number}-{year}-{keyring.sign(_PURPOSE, f'{number}.{year}')}"


def read_disclosure(caller: Caller, *, public_url: str, timezone: ZoneInfo, now: datetime) -> DisclosureShape:
    """What the holder allows to be shown, and the code of this year's card; 404 for whoever is no member."""
    member = find_holder(caller)
    code = card_code(card_number(member, timezone=timezone, now=now), now.astimezone(timezone).year)
    return DisclosureShape(shows=_shown(member.id), code=code, url=verification_url(public_url, code))


def verification_url(public_url: str, code: str) -> str:
    """Where the printed code leads."""
    return f"{public_url}/verify/{code}"


def set_disclosure(
    caller: Caller, body: SetDisclosure, *, public_url: str, timezone: ZoneInfo, now: datetime
) -> DisclosureShape:
    """Change what is shown, for cards printed before too."""
    member = find_holder(caller)
    shows = ",".join(part for part in CardPart if part in body.shows)

    def work() -> None:
        delete_where(CardDisclosure, CardDisclosure.member == member.id)
        CardDisclosure.create(member=member.id, shows=shows, changed_at=now)

    in_unit_of_work(work)
    return read_disclosure(caller, public_url=public_url, timezone=timezone, now=now)


def _shown(member_id: int) -> list[CardPart]:
    said = CardDisclosure.select(CardDisclosure.shows).where(CardDisclosure.member == member_id).scalar()
    return [CardPart(part) for part in (said or "").split(",") if part]


def read_public_card(code: str, *, timezone: ZoneInfo) -> PublicCard:
    """What anybody with the code sees; 404 for a code that is none of ours or of a card no longer in force."""
    number, _, rest = code.partition("-")
    year, _, signature = rest.partition("-")
    if not keyring.signed_by_us(_PURPOSE, f"{number}.{year}", signature):
        raise _unknown()
    card: Any = (
        StudyCard.select(StudyCard, Member, Organization)
        .join(Member)
        .join(Organization)
        .where(StudyCard.number == number)
        .first()
    )
    if card is None:
        raise _unknown()
    shows = _shown(card.member_id)
    hours = hours_of_year(card.member_id, int(year), timezone) if CardPart.HOURS in shows else None
    return PublicCard(
        number_end=number[-4:],
        year=int(year),
        name=card.member.name if CardPart.NAME in shows else None,
        branch=card.member.organization.name if CardPart.BRANCH in shows else None,
        hours=None if hours is None else float(hours),
    )


def _unknown() -> NotFound:
    return NotFound("card_code_unknown", "验证码有误，或这张学习卡已经失效")


def public_page(card: PublicCard) -> str:
    """The page behind the code, for a phone's browser: no script, nothing from elsewhere."""
    rows = {
        "卡号": f"尾号 {card.number_end}",
        "年度": str(card.year),
        "姓名": card.name,
        "支部": card.branch,
        "本年学时": None if card.hours is None else f"{card.hours:g}",
    }
    lines = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows.items() if value)
    return _page("学习卡有效", f"<dl>{lines}</dl><p>只显示持卡人允许公开的内容。</p>")


def refused_page(why: str) -> str:
    """The same for a code that leads to no card."""
    return _page("没有查到这张卡", f"<p>{escape(why)}。请核对打印件上的二维码，或向持卡人所在支部核实。</p>")


def _page(heading: str, content: str) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>学习卡验证</title><style>{_STYLE}</style><h1>{heading}</h1>{content}</html>"
    )
