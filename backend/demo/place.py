"""Where the demo runs: addresses, the data folder, and the settings that its programs get from there."""

import base64
import errno
import json
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EMULATED_WORLD = ROOT / "emulator" / "demo.json"
SECRETS_FILE = "demo.json"
LOOPBACK = "127.0.0.1"
LAST_PORT = 65_535

MAKE_SECRET: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "FIELD_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}


class Unusable(Exception):
    """The demo cannot run as asked; the text is one Chinese line with the remedy."""


@dataclass(frozen=True)
class Place:
    """Listeners and data folder of one running demo."""

    host: str
    port: int
    emulator_port: int
    folder: Path

    @property
    def web_url(self) -> str:
        """Address of the web process as seen from this machine."""
        host = LOOPBACK if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - read, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def emulator_url(self) -> str:
        """Address of the emulator, which hands out log-ins and therefore stays on loopback."""
        return f"http://{LOOPBACK}:{self.emulator_port}"

    def has_secrets(self) -> bool:
        """Whether a demo was ever started here."""
        return (self.folder / SECRETS_FILE).exists()


def read_place(environ: Mapping[str, str]) -> Place:
    """The place that PORT, EMULATOR_PORT, HOST and VAR name; raises Unusable for what is no port."""
    port, emulator_port = _port(environ, "PORT", 8000), _port(environ, "EMULATOR_PORT", 8001)
    if port == emulator_port:
        raise Unusable(f"PORT 与 EMULATOR_PORT 不能都是 {port}，请换一个，例如 EMULATOR_PORT={port + 1} make run")
    folder = Path(environ.get("VAR") or "var").resolve()
    return Place(environ.get("HOST") or LOOPBACK, port, emulator_port, folder)


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise Unusable(f"{name}={text} 不是端口号，请用 1–{LAST_PORT} 之间的数，例如 {name}={default} make run")
    return int(text)


def check_ports(place: Place) -> None:
    """Raise Unusable if somebody else listens where we shall."""
    _check_port("PORT", place.host, place.port)
    _check_port("EMULATOR_PORT", LOOPBACK, place.emulator_port)


def _check_port(name: str, host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unusable(_why_not(error, name, host, port)) from None


def _why_not(error: OSError, name: str, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        other = port + 100 if port + 100 <= LAST_PORT else port - 100
        return f"端口 {port} 已被其他程序占用，请换一个：{name}={other} make run"
    if error.errno == errno.EACCES:
        return f"没有权限使用端口 {port}，请换一个 1024 以上的：{name}={port + 8000} make run"
    return f"不能在 {host}:{port} 上监听（{error.strerror}），请检查 HOST 与 {name}"


def demo_environment(place: Place, environ: Mapping[str, str]) -> dict[str, str]:
    """What the programs get: the caller's environment, its platforms replaced by the emulator."""
    given = {"DATABASE_URL": f"sqlite:///{place.folder / 'zhibu.db'}", **_kept_secrets(place.folder)}
    missing = {
        name: value for name, value in given.items() if not environ.get(name) and not environ.get(f"{name}_FILE")
    }
    ours = {**_own_settings(place), **_emulated_settings()}
    # NAME_FILE would win over NAME: a real secret must not get into the demo
    inherited = {name: value for name, value in environ.items() if name.removesuffix("_FILE") not in ours}
    return {**inherited, **missing, **ours}


def _own_settings(place: Place) -> dict[str, str]:
    return {
        "DEMO": "true",
        "PUBLIC_URL": place.web_url,
        "MEDIA_ROOT": str(place.folder / "media"),
        "WECHAT_API_URL": f"{place.emulator_url}/wx",
        "WECOM_API_URL": f"{place.emulator_url}/qy",
        "EMULATOR_CALLBACK_BASE": place.web_url,
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }


def _emulated_settings() -> dict[str, str]:
    """Credentials of the apps that exist in the emulator; no secrets, they open nothing else."""
    world = json.loads(EMULATED_WORLD.read_text(encoding="utf-8"))
    apps = {
        f"{app['kind']}_{part}".upper(): str(app[part])
        for app in world["apps"]
        for part in ("appid", "secret", "token", "aes_key")
    }
    return {**apps, "WECOM_CORP_ID": world["wecom"]["corp_id"], "WECOM_SECRET": world["wecom"]["secret"]}


def _kept_secrets(folder: Path) -> dict[str, str]:
    """The secrets of this data folder, made at the first start: what they sealed must stay readable."""
    file = folder / SECRETS_FILE
    try:
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        if not MAKE_SECRET.keys() <= kept.keys():
            kept = {name: make() for name, make in MAKE_SECRET.items()} | kept
            _write_privately(file, json.dumps(kept, indent=1))
    except ValueError:
        raise Unusable(f"{file} 已损坏；删除整个目录 {folder} 可重新开始演示") from None
    except OSError as error:
        raise Unusable(f"数据目录 {folder} 不可用（{error.strerror}），请用 VAR=… 换一个") from None
    return kept


def _write_privately(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
