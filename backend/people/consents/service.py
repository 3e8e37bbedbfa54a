"""Giving, withdrawing and asking for consents."""

from datetime import datetime

import peewee as pw

from backend.core.database import in_unit_of_work
from backend.people.consents.models import PURPOSE_LABELS, Consent, ConsentPurpose
from backend.people.consents.schemas import ConsentShape, GiveConsent, OwnConsents

HISTORY_SHOWN = 100


def record_consent(account_id: int, body: GiveConsent, *, now: datetime) -> ConsentShape:
    """Append a word to the ledger; the same word again is in force already and appends nothing."""

    def work() -> Consent:
        last = _last(account_id, body.purpose)
        if last is not None and (last.version, last.given) == (body.version, body.given):
            return last
        entry: Consent = Consent.create(
            account=account_id, purpose=body.purpose, version=body.version, given=body.given, at=now
        )
        return entry

    return _shape(in_unit_of_work(work))


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
        current=[in_force.get(purpose) or _never_asked(purpose) for purpose in ConsentPurpose],
        history=[_shape(row) for row in history],
    )


def _never_asked(purpose: ConsentPurpose) -> ConsentShape:
    return ConsentShape(purpose=purpose, label=PURPOSE_LABELS[purpose], given=False, version=None, at=None)


def _shape(row: Consent) -> ConsentShape:
    purpose = ConsentPurpose(row.purpose)
    return ConsentShape(purpose=purpose, label=PURPOSE_LABELS[purpose], given=row.given, version=row.version, at=row.at)
