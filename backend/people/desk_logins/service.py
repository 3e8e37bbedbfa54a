"""Log-in at the desk by user name and password, and what keeps a log-in safe."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.core import audit
from backend.core.clock import local_day
from backend.core.database import in_unit_of_work
from backend.core.errors import AppError, Conflict, Forbidden, NotFound, Unauthorized, invalid_field
from backend.people import directory
from backend.people.access import DESK, caller_of, find_caller, issue_token
from backend.people.desk_logins import lockout, one_time, passwords
from backend.people.desk_logins.models import DeskLogin
from backend.people.desk_logins.rules import ONE_TIME_PASSWORD_ROLES, TRIES_PER_ADDRESS, TRIES_PER_NAME
from backend.people.desk_logins.schemas import (
    ChangePassword,
    ConfirmOneTime,
    ConfirmPassword,
    DeskCredentials,
    DeskSession,
    OneTimeSetup,
    RecoveryCodes,
)
from backend.people.permissions import Caller
from backend.people.sessions.service import end_all_sessions


class BadCredentials(Unauthorized):
    """Unknown name, wrong password, or locked by an administrator: all look the same."""

    code, message = "bad_credentials", "用户名或密码不对，请核对后再试"


@dataclass(frozen=True)
class Visit:
    """Where a log-in comes from."""

    address: str
    device: str
    timezone: ZoneInfo


def log_in(body: DeskCredentials, visit: Visit, *, now: datetime) -> DeskSession:
    """A session for a user name and password.

    401 `bad_credentials`, `otp_needed`, `bad_otp`; 403 `no_desk_right`; 409 `password_change_needed`,
    `otp_setup_needed` (with what the authenticator app needs); 429 after too many tries.
    """
    username = body.username.lower()
    name, address = lockout.name_subject(username), lockout.address_subject(visit.address)
    lockout.count_try({name: TRIES_PER_NAME, address: TRIES_PER_ADDRESS}, now=now)
    login: DeskLogin | None = DeskLogin.get_or_none(DeskLogin.username == username)
    fits = passwords.fits(body.password.get_secret_value(), login.password_hash if login else None)
    if login is None or not fits or login.locked_at:
        raise BadCredentials()
    if login.totp_secret is None:
        lockout.forget_tries(name)  # the password was right, and there is nothing else to guess
    caller = caller_of(login.account_id, timezone=visit.timezone, now=now)
    require_desk(caller)
    _check_one_time(login, caller, body.otp)
    _check_first_password(login, body)

    def work() -> tuple[str, datetime, list[str]]:
        codes = _settle(login, body, now)
        lockout.forget_tries(name)
        lockout.take_back_try(address)
        token, expires_at = issue_token(login.account, DESK, device=visit.device, now=now)
        return token, expires_at, codes

    return session_of(*in_unit_of_work(work), timezone=visit.timezone, now=now)


def session_of(token: str, expires_at: datetime, codes: list[str], *, timezone: ZoneInfo, now: datetime) -> DeskSession:
    """What a new desk session tells its owner."""
    caller = find_caller(token, timezone=timezone, now=now)
    account = directory.account_shape(caller, today=local_day(now, timezone))
    return DeskSession(token=token, expires_at=expires_at, recovery_codes=codes, account=account)


def require_desk(caller: Caller) -> None:
    """Raise 403 for an account none of whose posts gives any right."""
    if not caller.has_desk:
        raise Forbidden("no_desk_right", "您目前没有工作台的职务，请联系党支部书记")


def needs_one_time(caller: Caller) -> bool:
    """Whether a password alone is too little for what the account may do."""
    return any(post.role in ONE_TIME_PASSWORD_ROLES for post in caller.hats.posts)


def _check_one_time(login: DeskLogin, caller: Caller, otp: str | None) -> None:
    """Ask for what is missing; whether it is right is seen when it is spent."""
    if login.totp_secret is not None:
        if not otp:
            raise Unauthorized("otp_needed", "请输入动态口令")
    elif needs_one_time(caller) and not (otp and login.totp_waiting):
        setup = in_unit_of_work(lambda: one_time.begin(login))
        message = "您的职务须用动态口令登录：请用身份验证器扫码，再输入它显示的 6 位数字"
        raise AppError("otp_setup_needed", message, status=409, setup=setup.model_dump())


def _check_first_password(login: DeskLogin, body: DeskCredentials) -> None:
    if login.must_change and body.new_password is None:
        raise Conflict("password_change_needed", "首次登录，请先设置您自己的密码")
    if body.new_password is not None:
        _check_new(login, body.password.get_secret_value(), body.new_password.get_secret_value())


def _check_new(login: DeskLogin, old: str, new: str) -> None:
    if new == old:
        raise invalid_field("new_password", "same_password", "新密码不能与原密码相同")
    passwords.check_quality(new, username=login.username)


def _settle(login: DeskLogin, body: DeskCredentials, now: datetime) -> list[str]:
    """Spend the one-time password, keep the new password; recovery codes when the former was confirmed just now."""
    codes: list[str] = []
    if login.totp_secret is not None:
        one_time.spend(login, body.otp or "", now=now)
    elif login.totp_waiting is not None and body.otp:
        codes = one_time.confirm(login, body.otp, now=now)
    if body.new_password is not None:
        _keep_password(login, body.new_password.get_secret_value())
    return codes


def _keep_password(login: DeskLogin, password: str) -> None:
    DeskLogin.update(password_hash=passwords.hashed(password), must_change=False).where(
        DeskLogin.id == login.id
    ).execute()


def _own_login(caller: Caller, password: str, *, now: datetime) -> DeskLogin:
    """One's own user name, its password confirmed; tries count as at log-in."""
    login: DeskLogin | None = DeskLogin.get_or_none(DeskLogin.account == caller.account_id)
    if login is None:
        raise NotFound("no_desk_login", "您还没有工作台用户名，请联系管理员")
    lockout.count_try({lockout.name_subject(login.username): TRIES_PER_NAME}, now=now)
    if not passwords.fits(password, login.password_hash):
        raise invalid_field("password", "bad_password", "现在的密码不对")
    lockout.forget_tries(lockout.name_subject(login.username))
    return login


def change_password(caller: Caller, body: ChangePassword, *, now: datetime) -> None:
    """Take a new password; every other desk session of the account ends."""
    login = _own_login(caller, body.password.get_secret_value(), now=now)
    new = body.new_password.get_secret_value()
    _check_new(login, body.password.get_secret_value(), new)

    def work() -> None:
        _keep_password(login, new)
        end_all_sessions(caller.account_id, channel=DESK, but=caller.token_id, now=now)
        audit.record(
            "desk.password_changed",
            audit.Subject(f"account:{caller.public_id}", account_id=caller.account_id),
            actor_id=caller.account_id,
            purpose="本人修改密码",
            now=now,
        )

    in_unit_of_work(work)


def begin_one_time(caller: Caller, body: ConfirmPassword, *, now: datetime) -> OneTimeSetup:
    """Set up one-time passwords for one's own log-in, or anew with another phone; counts once confirmed."""
    login = _own_login(caller, body.password.get_secret_value(), now=now)
    return in_unit_of_work(lambda: one_time.begin(login))


def confirm_one_time(caller: Caller, body: ConfirmOneTime, *, now: datetime) -> RecoveryCodes:
    """Confirm what was set up by its first one-time password; from now on log-in asks for one."""
    login: DeskLogin | None = DeskLogin.get_or_none(DeskLogin.account == caller.account_id)
    if login is None or login.totp_waiting is None:
        raise Conflict("no_otp_setup", "没有待确认的动态口令，请重新设置")
    lockout.count_try({lockout.name_subject(login.username): TRIES_PER_NAME}, now=now)

    def work() -> list[str]:
        lockout.forget_tries(lockout.name_subject(login.username))
        return one_time.confirm(login, body.otp, now=now)

    return RecoveryCodes(codes=in_unit_of_work(work))
