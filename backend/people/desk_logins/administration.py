"""User names as an administrator keeps them, on the command line."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from backend.core import audit
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict, NotFound, invalid_field
from backend.people.access import DESK, find_organization
from backend.people.desk_logins import lockout, passwords
from backend.people.desk_logins.models import DeskLogin, RecoveryCode
from backend.people.models import Account, Organization, OrganizationPost, Role
from backend.people.posts import in_office
from backend.people.sessions.service import end_all_sessions

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
ON_THE_SERVER = "管理员在服务器上操作"


@dataclass(frozen=True)
class NewUser:
    """Whom to give a user name: somebody new (`name`) or an account that is there; with a post, or without."""

    username: str
    name: str | None
    account: str | None
    role: str | None
    organization: str | None


def create_user(wanted: NewUser, *, today: date, now: datetime) -> str:
    """Make a user and return the password to begin with; AppError says what is wrong with the wish."""
    username = _username(wanted.username)
    role = _role(wanted)
    password = passwords.new_password()

    def work() -> None:
        if DeskLogin.select().where(DeskLogin.username == username).exists():
            raise Conflict("username_taken", f"用户名 {username} 已有人用")
        account = _account(wanted, now)
        _give_login(account, username, password, now)
        if role:
            _appoint(account, role, wanted.organization or "", today)
        _record("desk.user_created", account.id, username, now)

    in_unit_of_work(work)
    return password


def _username(text: str) -> str:
    username = text.lower()
    if not USERNAME.fullmatch(username):
        raise invalid_field("username", "bad_username", "用户名须为 2–40 个小写字母、数字、点、横线或下划线")
    return username


def _role(wanted: NewUser) -> Role | None:
    if bool(wanted.role) != bool(wanted.organization):
        raise invalid_field("role", "half_a_post", "--role 与 --organization 须同时填写")
    if wanted.role and wanted.role not in set(Role):
        raise invalid_field("role", "unknown_role", "没有这个职务，可用：" + "、".join(Role))
    return Role(wanted.role) if wanted.role else None


def _account(wanted: NewUser, now: datetime) -> Account:
    if bool(wanted.name) == bool(wanted.account):
        raise invalid_field("account", "whose", "--name（新建账号）与 --account（已有账号）须填且只填一个")
    if wanted.name:
        account: Account = Account.create(public_id=new_public_id(), display_name=wanted.name, created_at=now)
        return account
    found: Account | None = Account.get_or_none(Account.public_id == wanted.account)
    if found is None:
        raise NotFound("account_not_found", "没有这个账号")
    if DeskLogin.select().where(DeskLogin.account == found).exists():
        raise Conflict("has_username", "这个账号已有用户名")
    return found


def _give_login(account: Account, username: str, password: str, now: datetime) -> None:
    DeskLogin.create(
        account=account,
        username=username,
        password_hash=passwords.hashed(password),
        must_change=True,
        created_at=now,
    )


def _appoint(account: Account, role: Role, code: str, today: date) -> None:
    OrganizationPost.create(organization=find_organization(code), account=account, role=role, starts_on=today)


def reset_password(username: str, *, one_time: bool, now: datetime) -> str:
    """A new password to begin with; desk sessions end, and one-time passwords are set up anew if asked for."""
    password = passwords.new_password()

    def work() -> None:
        login = _find(username)
        login.password_hash, login.must_change = passwords.hashed(password), True
        if one_time:
            login.totp_secret = login.totp_waiting = None
            RecoveryCode.delete().where(RecoveryCode.login == login).execute()
        login.save()
        _shut_out(login, now)
        _record("desk.password_reset", login.account_id, login.username, now)

    in_unit_of_work(work)
    return password


def set_locked(username: str, *, locked: bool, now: datetime) -> str:
    """Stop a user name from logging in, or let it again, its tries forgotten; says so."""

    def work() -> None:
        login = _find(username)
        login.locked_at = now if locked else None
        login.save()
        if locked:
            _shut_out(login, now)
        lockout.forget_tries(lockout.name_subject(login.username))
        _record("desk.user_locked" if locked else "desk.user_unlocked", login.account_id, login.username, now)

    in_unit_of_work(work)
    return "已停用" if locked else "已恢复"


def list_users(*, today: date) -> list[str]:
    """One line a user: name, person, posts in force, and what is special."""
    logins = list(DeskLogin.select(DeskLogin, Account).join(Account).order_by(DeskLogin.username))
    posts = _posts([login.account_id for login in logins], today)
    return ["\t".join(_line(login, posts.get(login.account_id, []))) for login in logins]


def _line(login: DeskLogin, posts: list[str]) -> tuple[str, ...]:
    return login.username, login.account.display_name, "、".join(posts) or "无职务", state_of(login)


def _posts(accounts: list[int], today: date) -> dict[int, list[str]]:
    rows = (
        OrganizationPost.select(OrganizationPost, Organization)
        .join(Organization)
        .where(OrganizationPost.account.in_(accounts), in_office(today))
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.account_id, []).append(f"{row.role}@{row.organization.code}")
    return found


def state_of(login: DeskLogin) -> str:
    """What is special about a user, in words."""
    words = {
        "已停用": login.locked_at is not None,
        "待改密码": login.must_change,
        "动态口令": login.totp_secret is not None,
    }
    return "、".join(word for word, holds in words.items() if holds) or "正常"


def _find(username: str) -> DeskLogin:
    login: DeskLogin | None = DeskLogin.get_or_none(DeskLogin.username == username.lower())
    if login is None:
        raise NotFound("user_not_found", f"没有用户 {username}")
    return login


def _shut_out(login: DeskLogin, now: datetime) -> None:
    end_all_sessions(login.account_id, channel=DESK, now=now)


def _record(action: str, account_id: int, username: str, now: datetime) -> None:
    subject = audit.Subject(f"user:{username}", account_id=account_id)
    audit.record(action, subject, actor_id=None, purpose=ON_THE_SERVER, now=now)
