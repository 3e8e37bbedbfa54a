"""One-time passwords (RFC 6238) and the recovery codes that stand in for them."""

import hmac
import secrets
from datetime import datetime

import pyotp

from backend.core.crypto import keyring, opened
from backend.core.database import update_exactly_one
from backend.core.errors import Unauthorized
from backend.people.desk_logins.models import DeskLogin, RecoveryCode
from backend.people.desk_logins.rules import ONE_TIME_STEP_S, RECOVERY_CODES, STEPS_OFF
from backend.people.desk_logins.schemas import OneTimeSetup

ISSUER = "支部"


class BadOneTimePassword(Unauthorized):
    """Wrong, too old, or used before."""

    code, message = "bad_otp", "动态口令不对或已用过，请等下一个再试"


def spend(login: DeskLogin, otp: str, *, now: datetime) -> None:
    """Use up a one-time password, or a recovery code in its place, within a unit of work; raises BadOneTimePassword."""
    step = _step_of(opened(login.totp_secret) or "", otp, now)
    if step is None:
        _spend_recovery_code(login, otp, now)
        return
    unused = DeskLogin.totp_step.is_null() | (DeskLogin.totp_step < step)
    update_exactly_one(
        DeskLogin.update(totp_step=step).where(DeskLogin.id == login.id, unused), lost=BadOneTimePassword
    )


def begin(login: DeskLogin) -> OneTimeSetup:
    """A fresh secret for an authenticator app; the one in force, if any, stays so until this one is confirmed."""
    secret = pyotp.random_base32()
    DeskLogin.update(totp_waiting=secret).where(DeskLogin.id == login.id).execute()
    address = pyotp.TOTP(secret).provisioning_uri(name=login.username, issuer_name=ISSUER)
    return OneTimeSetup(secret=secret, address=address)


def confirm(login: DeskLogin, otp: str, *, now: datetime) -> list[str]:
    """Put the waiting secret in force by its first password; gives fresh recovery codes, shown this once."""
    secret = opened(login.totp_waiting) or ""
    step = _step_of(secret, otp, now)
    if step is None:
        raise BadOneTimePassword()
    DeskLogin.update(totp_secret=secret, totp_waiting=None, totp_step=step).where(DeskLogin.id == login.id).execute()
    return _new_recovery_codes(login)


def _step_of(secret: str, otp: str, now: datetime) -> int | None:
    """The step whose password this is, the newest first; None for no password of now."""
    current = int(now.timestamp()) // ONE_TIME_STEP_S
    one_time = pyotp.TOTP(secret)
    if not secret:
        return None
    for step in range(current + STEPS_OFF, current - STEPS_OFF - 1, -1):
        if hmac.compare_digest(one_time.generate_otp(step).encode(), otp.encode()):
            return step
    return None


def _spend_recovery_code(login: DeskLogin, code: str, now: datetime) -> None:
    update_exactly_one(
        RecoveryCode.update(used_at=now).where(
            RecoveryCode.login == login,
            RecoveryCode.code_digest.in_(_indexes(code)),
            RecoveryCode.used_at.is_null(),
        ),
        lost=BadOneTimePassword,
    )


def _new_recovery_codes(login: DeskLogin) -> list[str]:
    RecoveryCode.delete().where(RecoveryCode.login == login).execute()
    codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES)]
    for code in codes:
        RecoveryCode.create(login=login, code_digest=_indexes(code)[0])
    return codes


def _indexes(code: str) -> tuple[str, ...]:
    plain = code.replace("-", "").replace(" ", "").lower()
    return keyring.blind_indexes(plain, context="recovery code")
