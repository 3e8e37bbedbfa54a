"""The doctor against the emulator: each fault is named, with what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from backend.__main__ import main
from backend.core.crypto import keyring, new_public_id
from backend.core.database import bind_database, connected, database
from backend.core.migration import migrate
from backend.core.settings import Settings
from backend.demo.branch import TEMPLATES
from backend.messaging.models import Channel, GroupChat, MessageTemplate
from backend.operation import doctor
from backend.operation.doctor import Finding, Level
from backend.people.models import Organization
from tests.conftest import FakeClock
from tests.emulated import CREDENTIALS, ROBOT_KEY, Platform, emulator, platform, settings

__all__ = ["emulator", "platform", "settings"]

CORP = {"wecom_corp_id": "ww0d0e0a0b00000001", "wecom_secret": "7c5f2e3abd9f64a8ae2f3a4b5c6d7e8fa0b1c2d3"}
MINI = CREDENTIALS["MINIPROGRAM_APPID"]


@dataclass
class Surgery:
    """Where an installation is examined; `settings` may be spoilt before."""

    settings: Settings
    clock: FakeClock

    def findings(self) -> list[Finding]:
        """Everything that the doctor says."""
        return list(doctor.examine(self.settings, now=self.clock()))

    def of(self, subject: str) -> list[Finding]:
        """What the doctor says about one subject."""
        return [one for one in self.findings() if one.subject.startswith(subject)]

    def faults(self) -> list[tuple[str, str, str]]:
        """Subject, text and remedy of each fault."""
        return [tuple(one[1:]) for one in self.findings() if one.level is Level.FAULT]


@pytest.fixture
def surgery(settings: Settings, clock: FakeClock, tmp_path: Path) -> Iterator[Surgery]:
    """A healthy installation, migrated as one is: templates, and a group with a robot."""
    settings = replace(settings, database_url=f"sqlite:///{tmp_path / 'installed.db'}", **CORP)
    keyring.initialize(settings)
    migrated(settings.database_url)
    with connected():
        for purpose, template_id, title, fields in TEMPLATES:
            MessageTemplate.create(purpose=purpose, template_id=template_id, title=title, fields=fields)
        branch = Organization.create(code="B", name="支部", kind="branch", path="1.", created_at=clock())
        GroupChat.create(
            public_id=new_public_id(),
            organization=branch,
            name="工作群",
            channel=Channel.WECOM_ROBOT,
            robot_key=ROBOT_KEY,
            created_at=clock(),
        )
    yield Surgery(settings, clock)
    database.obj.close_all()


def migrated(url: str) -> None:
    """Make the database of an installation."""
    bind_database(url)
    with connected():
        migrate()


def test_a_healthy_installation_has_no_fault(surgery: Surgery) -> None:
    assert surgery.faults() == []
    assert {one.subject.split()[0] for one in surgery.findings()} >= {
        "配置", "时钟", "数据库", "小程序", "公众号", "企业微信应用", "订阅模板", "公众号菜单", "群机器人", "节假日",
        "字体",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "subject", "says", "remedy"),
    [
        ({"secret_frozen": True}, "小程序", "40243", "解冻或重置"),
        ({"ip_allowlist": ["10.1.1.1"]}, "小程序", "invalid ip 127.0.0.1", "IP 白名单"),
        ({"secret": "another-secret"}, "小程序", "40125", "AppSecret"),
    ],
)
def test_what_the_platform_refuses_is_named_with_its_remedy(
    surgery: Surgery, platform: Platform, spoil: dict[str, Any], subject: str, says: str, remedy: str
) -> None:
    platform.control("apps", appid=MINI, **spoil)
    (found,) = surgery.faults()
    assert found[0] == subject
    assert says in found[1]
    assert remedy in found[2]
    assert CREDENTIALS["MINIPROGRAM_SECRET"] not in str(surgery.findings())
    assert [one.text for one in surgery.of("订阅模板")] == ["没有检查"]


def test_a_wrong_secret_of_wecom_is_named(surgery: Surgery) -> None:
    surgery.settings = replace(surgery.settings, wecom_secret="wrong" * 9)
    ((subject, text, remedy),) = surgery.faults()
    assert (subject, "40001" in text, "企业微信为应用 Secret" in remedy) == ("企业微信应用", True, True)


def test_an_unknown_appid_is_named(surgery: Surgery) -> None:
    app = replace(surgery.settings.official, appid="wx-unknown")
    surgery.settings = replace(surgery.settings, official=app)
    assert [(found[0], "40013" in found[1]) for found in surgery.faults()] == [("公众号", True)]


@pytest.mark.parametrize(("state", "errcode"), [("removed", "93000"), ("disabled", "93004")])
def test_a_robot_that_was_revoked_is_named(surgery: Surgery, platform: Platform, state: str, errcode: str) -> None:
    platform.control("robots", key=ROBOT_KEY, **{state: True})
    ((subject, text, remedy),) = surgery.faults()
    assert subject == "群机器人 工作群"
    assert errcode in text
    assert "群" in remedy
    assert platform.sent() == []


def test_a_robot_that_we_disabled_ourselves_is_named(surgery: Surgery) -> None:
    with connected():
        GroupChat.update(disabled_at=surgery.clock(), disabled_reason="93000").execute()
    ((subject, text, _),) = surgery.faults()
    assert (subject, text) == ("群机器人 工作群", "已停用（93000）")


def test_a_template_that_the_platform_does_not_have_is_named(surgery: Surgery) -> None:
    with connected():
        MessageTemplate.update(template_id="gone").where(MessageTemplate.purpose == "order_task").execute()
        MessageTemplate.update(fields={"thing1": "title", "thing9": "x"}).where(
            MessageTemplate.purpose == "activity_notice"
        ).execute()
        MessageTemplate.delete().where(MessageTemplate.purpose == "lesson_published").execute()
    found = {subject: text for subject, text, _ in surgery.faults()}
    assert found == {
        "订阅模板 order_task": "小程序里没有模板 gone",
        "订阅模板 activity_notice": "字段与平台上的模板不符：少了 thing3、time2，多了 thing9",
    }
    assert [one.level for one in surgery.of("订阅模板 lesson_published")] == [Level.NOTICE]


def test_a_platform_out_of_reach_is_named_by_each_that_needs_it(surgery: Surgery) -> None:
    gone = {"wechat_api_url": "http://127.0.0.1:9/wx", "wecom_api_url": "http://127.0.0.1:9/qy"}
    surgery.settings = replace(surgery.settings, **gone)
    named = {subject for subject, _, _ in surgery.faults()}
    assert named == {"时钟", "小程序", "公众号", "企业微信应用", "群机器人 工作群"}
    assert [one.text for one in surgery.of("订阅模板")] == ["没有检查"]
    assert all("网络" in remedy or "外网" in remedy for _, _, remedy in surgery.faults())


@pytest.mark.parametrize(("hours", "level"), [(0, Level.WELL), (1, Level.FAULT)])
def test_a_clock_that_is_wrong_is_named(surgery: Surgery, hours: int, level: Level) -> None:
    with a_platform_at(datetime.now(UTC).replace(microsecond=0), hours) as url:
        surgery.settings = replace(surgery.settings, wechat_api_url=url)
        assert [one.level for one in surgery.of("时钟")] == [level]


class a_platform_at:  # noqa: N801 reads as what it stands for
    """A platform whose clock is some hours ahead."""

    def __init__(self, now: datetime, hours: int) -> None:
        date = format_datetime(now.replace(year=now.year + hours), usegmt=True)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response_only(200)
                self.send_header("Date", date)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def test_missing_holidays_are_a_notice_until_december(surgery: Surgery) -> None:
    surgery.clock.set(datetime(2035, 11, 30, tzinfo=UTC))
    assert [one.level for one in surgery.of("节假日")] == [Level.FAULT, Level.NOTICE]
    surgery.clock.set(datetime(2035, 12, 2, tzinfo=UTC))
    assert [one.level for one in surgery.of("节假日")] == [Level.FAULT, Level.FAULT]
    surgery.clock.set(datetime(2025, 6, 2, tzinfo=UTC))
    assert [one.level for one in surgery.of("节假日")] == [Level.WELL, Level.WELL]


def test_a_check_that_breaks_off_stops_no_other(surgery: Surgery, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_patient: object) -> Iterator[Finding]:
        raise RuntimeError("as ordered")

    monkeypatch.setitem(doctor.FROM_OUTSIDE, "配置", broken)
    assert [(found[0], found[1]) for found in surgery.faults()] == [("配置", "检查没有完成（RuntimeError）")]


def test_what_is_not_fit_for_production_is_noticed(surgery: Surgery) -> None:
    bare = replace(surgery.settings.miniprogram, aes_key="")
    none = replace(surgery.settings.official, appid="")
    changed = {"demo": True, "public_url": "http://127.0.0.1:8000", "miniprogram": bare, "official": none}
    surgery.settings = replace(surgery.settings, **changed, wecom_corp_id="")
    told = "\n".join(one.text for one in surgery.findings() if one.level is Level.NOTICE)
    for part in ("DEMO", "WECHAT_API_URL", "WECOM_API_URL", "https", "MINIPROGRAM_AES_KEY", "没有配置"):
        assert part in told
    assert surgery.faults() == []


@pytest.mark.mariadb
def test_a_mariadb_of_another_character_set_is_named(app: object, settings: Settings, clock: FakeClock) -> None:
    surgery = Surgery(settings, clock)
    assert not [one for one in surgery.of("数据库") if "字符集" in one.text]
    name = database.obj.database
    with connected():
        database.execute_sql(f"ALTER DATABASE `{name}` CHARACTER SET latin1")
    try:
        assert [one.level for one in surgery.of("数据库") if "latin1" in one.text] == [Level.FAULT]
    finally:
        with connected():
            database.execute_sql(f"ALTER DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


@pytest.fixture
def environ(platform: Platform, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The environment of a command on a database of its own."""

    def made(**changed: str) -> dict[str, str]:
        return {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'doctor.db'}",
            "SECRET_KEY": "a-test-key-of-more-than-32-characters!",
            "FIELD_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "PUBLIC_URL": "https://zhibu.example",
            **CREDENTIALS,
            "WECHAT_API_URL": f"{platform.url}/wx",
            "WECOM_API_URL": f"{platform.url}/qy",
            **changed,
        }

    return made


@pytest.fixture
def ran() -> Iterator[Callable[[list[str], dict[str, str]], Any]]:
    """Runs a command; its database is closed afterwards."""
    yield lambda command, environ: CliRunner().invoke(main, command, env=environ)
    if database.obj is not None:
        database.obj.close_all()


def test_the_command_says_everything_and_fails_only_with_a_fault(ran: Any, environ: Any) -> None:
    migrated(environ()["DATABASE_URL"])
    done = ran(["doctor"], environ())
    assert "[正常] 数据库：可以连接，结构是最新的" in done.output
    assert done.output.rstrip().splitlines()[-1].startswith("共 0 项故障")
    assert done.exit_code == 0
    wrong = ran(["doctor"], environ(MINIPROGRAM_SECRET="w" * 32))
    assert "[故障] 小程序：stable_token 错误 40125" in wrong.output
    assert "w" * 32 not in wrong.output
    assert wrong.exit_code == 1


def test_the_command_names_missing_migrations_and_a_missing_database(ran: Any, environ: Any) -> None:
    fresh = ran(["doctor"], environ())
    assert "个迁移没有应用" in fresh.output
    assert "python -m backend migrate" in fresh.output
    assert fresh.exit_code == 1
    gone = ran(["doctor"], environ(DATABASE_URL="mysql://nobody@127.0.0.1:9/none"))
    assert "[故障] 数据库：用不了（OperationalError）" in gone.output
    assert "[正常] 小程序" in gone.output
    assert gone.exit_code == 1


def test_the_command_names_every_faulty_setting_at_once(ran: Any, environ: Any) -> None:
    done = ran(["doctor"], environ(SECRET_KEY="weak", MINIPROGRAM_SECRET=""))
    assert "SECRET_KEY" in done.output
    assert "MINIPROGRAM_SECRET" in done.output
    assert done.exit_code == 1


def test_the_menu_is_put_by_a_command(ran: Any, environ: Any) -> None:
    migrated(environ()["DATABASE_URL"])
    done = ran(["menu", "put"], environ())
    assert done.output.strip() == "菜单已设置：点单、办事、学习"
    assert "[正常] 公众号菜单：已设置" in ran(["doctor"], environ()).output
    refused = ran(
        ["menu", "put"], environ(OFFICIAL_SECRET="w" * 32, FIELD_KEY="HxAPDg0MCwoJCAcGBQQDAgEAHh0cGxoZGBcWFRQTEhE=")
    )
    assert refused.exit_code == 1
