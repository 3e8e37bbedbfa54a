"""What a person wants to be told by service notification; the inbox always has everything."""

from collections.abc import Iterable
from datetime import datetime

from backend.core.database import among, in_unit_of_work, rows_of
from backend.messaging.models import NotificationOptOut
from backend.messaging.rules import PURPOSE_LABELS, Purpose
from backend.messaging.schemas import Preferences, PreferenceShape


def turned_off(account_ids: Iterable[int]) -> set[tuple[int, str]]:
    """Who of these does not want which kind of notification."""
    rows = NotificationOptOut.select(NotificationOptOut.account, NotificationOptOut.purpose).where(
        NotificationOptOut.account.in_(among(account_ids))
    )
    return {(account, purpose) for account, purpose in rows_of(rows)}


def list_preferences(account_id: int) -> list[PreferenceShape]:
    """Every kind of service notification, and whether its owner wants it."""
    off = {purpose for _, purpose in turned_off([account_id])}
    return [
        PreferenceShape(purpose=purpose, title=PURPOSE_LABELS[purpose], notify=purpose not in off)
        for purpose in Purpose
    ]


def set_preferences(account_id: int, body: Preferences, *, now: datetime) -> list[PreferenceShape]:
    """Turn kinds on or off; what the body does not name stays as it is."""

    def work() -> None:
        wanted = {one.purpose: one.notify for one in body.kinds}
        NotificationOptOut.delete().where(
            NotificationOptOut.account == account_id,
            NotificationOptOut.purpose.in_([purpose for purpose, notify in wanted.items() if notify]),
        ).execute()
        off = [purpose for purpose, notify in wanted.items() if not notify]
        if off:
            rows = [{"account": account_id, "purpose": purpose, "at": now} for purpose in off]
            NotificationOptOut.insert_many(rows).on_conflict_ignore().execute()

    in_unit_of_work(work)
    return list_preferences(account_id)
