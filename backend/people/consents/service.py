"""Giving, withdrawing and asking for consents."""

from collections.abc import Callable, Mapping
from datetime import datetime

import peewee as pw

from backend.core.database import in_unit_of_work, insert_row
from backend.core.errors import Conflict
from backend.people.consents.models import PURPOSE_LABELS, Consent, ConsentPurpose
from backend.people.consents.schemas import ConsentShape, ConsentState, GiveConsent, OwnConsents
from backend.people.consents.texts import TEXTS, VERSION

HISTORY_SHOWN = 100


# what follows in the rooms, in the same unit of work, when a purpose is agreed to or withdrawn
Effects = Mapping[tuple[ConsentPurpose, bool], Callable[..., None]]


def record_consent(account_id: int, body: GiveConsent, effects: Effects, *, now: datetime) -> ConsentShape:
    """Append a word to the ledger, with all that follows; the same word again is in force and appends nothing."""

    def work() -> Consent:
        last = _last(account_id, body.purpose)
        if last is not None and (last.version, last.given) == (body.version, body.given):
            return last
        entry: Consent = Consent.create(
            account=account_id, purpose=body.purpose, version=body.version, given=body.given, at=now
        )
        effect = effects.get((body.purpose, body.given))
        if effect is not None and (last is None or last.given != body.given):
            effect(account_id, now=now)
        return entry

    return _shape(in_unit_of_work(work))


def settle_consent(
    account_id: int, purpose: ConsentPurpose, *, said: bool, known: bool | None = None, now: datetime
) -> None:
    """In the unit of work of a step that needs a consent: given already, or given with it, or 409 `no_consent`.

    `known` is whether it was given already, where that has been looked up.
    """
    if has_consent(account_id, purpose) if known is None else known:
        return
    if not said:
        sentence = f"这一步需要您先同意“{PURPOSE_LABELS[purpose]}”"
        raise Conflict("no_consent", sentence, purpose=purpose.value, text=TEXTS[purpose], version=VERSION)
    insert_row(Consent, account=account_id, purpose=purpose.value, version=VERSION, given=True, at=now)


def has_consent(account_id: int, purpose: ConsentPurpose) -> bool:
    """Whether the account's last word on a purpose is yes: ask before every use, since it may be withdrawn."""
    last = _last(account_id, purpose)
    return last is not None and last.given


def _last(account_id: int, purpose: ConsentPurpose) -> Consent | None:
    found: Consent | None = (
        Consent.select()
        .where(Consent.account == account_id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .first()
    )
    return found


def own_consents(account_id: int) -> OwnConsents:
    """What is in force for each purpose, and the newest entries of the ledger."""
    last = Consent.select(pw.fn.MAX(Consent.id)).where(Consent.account == account_id).group_by(Consent.purpose)
    in_force = {row.purpose: _shape(row) for row in Consent.select().where(Consent.id.in_(last))}
    history = Consent.select().where(Consent.account == account_id).order_by(Consent.id.desc()).limit(HISTORY_SHOWN)
    return OwnConsents(
        current=[_with_text(in_force.get(purpose) or _never_asked(purpose)) for purpose in ConsentPurpose],
        history=[_shape(row) for row in history],
    )


def _with_text(shape: ConsentShape) -> ConsentState:
    return ConsentState(**shape.model_dump(), text=TEXTS[shape.purpose], text_version=VERSION)


def _never_asked(purpose: ConsentPurpose) -> ConsentShape:
    return ConsentShape(purpose=purpose, label=PURPOSE_LABELS[purpose], given=False, version=None, at=None)


def _shape(row: Consent) -> ConsentShape:
    purpose = ConsentPurpose(row.purpose)
    return ConsentShape(purpose=purpose, label=PURPOSE_LABELS[purpose], given=row.given, version=row.version, at=row.at)
