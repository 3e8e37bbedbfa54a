"""Passwords: what is good enough, how they are kept, and a check that takes as long for an unknown name."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backend.core.errors import invalid_field
from backend.people.desk_logins.rules import MAX_PASSWORD, MIN_KINDS, MIN_PASSWORD

# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for another when read aloud


def hashed(password: str) -> str:
    """How a password is kept."""
    return _hasher.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether this is the password that was kept; without one it takes as long and is False."""
    try:
        _hasher.verify(kept or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe())


def check_quality(password: str, *, username: str, field: str = "new_password") -> None:
    """422 for a password that is too short, too plain, or holds the user name."""
    kinds = {_kind(letter) for letter in password}
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD or len(kinds) < MIN_KINDS:
        raise invalid_field(field, "weak_password", f"密码至少 {MIN_PASSWORD} 位，字母、数字、符号里至少用两种")
    if username.lower() in password.lower():
        raise invalid_field(field, "weak_password", "密码里不要带用户名")


def _kind(letter: str) -> str:
    return "digit" if letter.isdigit() else "letter" if letter.isalpha() else "other"


def new_password() -> str:
    """A password to begin with, easy to read over the telephone: it must be changed at the first log-in."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
