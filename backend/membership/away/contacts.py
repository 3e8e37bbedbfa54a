"""Home keeps in touch with a member away: contacts are logged, and each one puts the next reminder off."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import same_day
from backend.core.crypto import new_public_id, opened
from backend.core.database import append_row, in_unit_of_work
from backend.core.errors import Conflict, Forbidden, invalid_field
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.membership.away.forms import CHOICE_LABELS
from backend.membership.away.models import FlowContact, FlowWatch, MemberFlow
from backend.membership.away.rules import contact_every, watch_at
from backend.membership.away.schemas import ContactWay, Finding, LogContact
from backend.membership.away.shapes import FlowContactShape
from backend.membership.away.standing import Scene, find_scene
from backend.membership.away.workflow import AWAY, Part
from backend.people.models import Account
from backend.people.permissions import Caller

_HOME = frozenset({Part.HOME, Part.CONTACT})


def log_contact(
    caller: Caller, public_id: str, body: LogContact, *, timezone: ZoneInfo, now: datetime
) -> FlowContactShape:
    """Put a contact down; one that reached the member settles what was raised for his silence.

    403 for whoever is neither the contact person nor keeps the home branch, 409 once the stay is over.
    """
    scene = _scene_of_home(caller, public_id, timezone=timezone, now=now)
    if scene.state not in AWAY:
        raise Conflict("not_away", "这名党员现在不在外出状态，不用登记联系")
    if body.made_on > scene.today:
        raise invalid_field("made_on", "in_the_future", "联系日期不能晚于今天")
    contact_id = new_public_id()

    def work() -> None:
        append_row(
            FlowContact,
            public_id=contact_id,
            flow=scene.flow.id,
            made_on=body.made_on,
            way=body.way,
            reached=body.reached,
            note=body.note,
            made_by=caller.account_id,
            created_at=now,
        )
        if body.reached:
            _put_off(scene, body.made_on)

    in_unit_of_work(work)
    return _shape(_contacts().where(FlowContact.public_id == contact_id).get())


def _scene_of_home(caller: Caller, public_id: str, *, timezone: ZoneInfo, now: datetime) -> Scene:
    scene = find_scene(caller, public_id, timezone=timezone, now=now)
    if not scene.parts & _HOME:
        raise Forbidden()
    return scene


def _put_off(scene: Scene, day: date) -> None:
    """The next contact counts from this day unless a later one was put down; the next look finds out by itself."""
    flow = scene.flow
    due = same_day(day, months=contact_every(abroad=flow.abroad).value)
    look = same_day(day, months=watch_at(abroad=flow.abroad).value[0])
    this = MemberFlow.id == flow.id
    MemberFlow.update(contact_due_on=due, remind_on=due).where(this, MemberFlow.contact_due_on < due).execute()
    MemberFlow.update(next_watch_on=look).where(this).execute()
    FlowWatch.update(finding=Finding.REACHED, settled_by=scene.caller.account_id, settled_at=scene.now).where(
        FlowWatch.flow == flow.id, FlowWatch.settled_at.is_null(), FlowWatch.silent_since < day
    ).execute()


def list_contacts(
    caller: Caller, public_id: str, query: PageQuery, *, timezone: ZoneInfo, now: datetime
) -> Page[FlowContactShape]:
    """The contacts of a stay, for home alone: the newest first."""
    scene = _scene_of_home(caller, public_id, timezone=timezone, now=now)
    rows = _contacts().where(FlowContact.flow == scene.flow.id)
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(FlowContact.id < before)
    found, more = page_by_id(list(rows.order_by(FlowContact.id.desc()).limit(query.limit + 1)), query.limit)
    return Page([_shape(row) for row in found], more)


def _contacts() -> "pw.ModelSelect[Any]":
    return FlowContact.select(FlowContact, Account).join(Account)


def _shape(row: Any) -> FlowContactShape:
    way = ContactWay(row.way)
    return FlowContactShape(
        id=row.public_id,
        made_on=row.made_on,
        way=way,
        way_label=CHOICE_LABELS[ContactWay][way],
        reached=row.reached,
        note=opened(row.note),
        made_by=row.made_by.display_name,
    )
