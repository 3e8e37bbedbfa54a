"""Tries are counted in the database before anything is looked at, so that asking at once from many places is no use."""

from datetime import datetime

import peewee as pw

from backend.core.crypto import keyring
from backend.core.database import delete_where, in_unit_of_work
from backend.core.errors import TooMany
from backend.people.desk_logins.models import LoginTry
from backend.people.desk_logins.rules import WINDOW


def count_try(subjects: dict[str, int], *, now: datetime) -> None:
    """Count one try for each subject; 429 with the same words for each that is over its limit."""
    waits = [_count_within_window(subject, limit, now) for subject, limit in subjects.items()]
    if any(waits):
        raise TooMany("too_many_tries", "试的次数太多，请过一会儿再试", retry_after=max(waits))


def _count_within_window(subject: str, limit: int, now: datetime) -> int:
    """Seconds to wait; 0 while the subject is within its limit."""
    try:
        row = in_unit_of_work(lambda: _counted(subject, now))
    except pw.IntegrityError:  # two first tries at once
        row = in_unit_of_work(lambda: _counted(subject, now))
    return 0 if row.tries <= limit else max(1, int((row.since + WINDOW - now).total_seconds()))


def _counted(subject: str, now: datetime) -> LoginTry:
    fresh = (
        LoginTry.update(tries=1, since=now).where(LoginTry.subject == subject, LoginTry.since <= now - WINDOW).execute()
    )
    if not fresh and not LoginTry.update(tries=LoginTry.tries + 1).where(LoginTry.subject == subject).execute():
        LoginTry.create(subject=subject, tries=1, since=now)
    row: LoginTry = LoginTry.get(LoginTry.subject == subject)
    return row


def forget_tries(subject: str) -> None:
    """Whoever got in starts anew."""
    LoginTry.delete().where(LoginTry.subject == subject).execute()


def take_back_try(subject: str) -> None:
    """A try that succeeded does not count against the others behind the same address."""
    LoginTry.update(tries=LoginTry.tries - 1).where(LoginTry.subject == subject, LoginTry.tries > 0).execute()


def name_subject(username: str) -> str:
    """Under what the tries of a user name are counted."""
    return "name:" + keyring.blind_index(username, context="desk user name")


def address_subject(address: str, kind: str = "addr") -> str:
    """Under what the tries from an address are counted."""
    return f"{kind}:" + keyring.blind_index(address, context="log-in address")


def purge_tries(*, now: datetime) -> int:
    """Forget tries whose window is over; returns how many."""
    return delete_where(LoginTry, LoginTry.since < now - WINDOW)
