"""Settings: every fault named, all at once, and nothing secret shown."""

from pathlib import Path

import pytest

from backend.core.settings import Settings, SettingsError, load_settings

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OTHER_KEY = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="
SOUND = {
    "SECRET_KEY": "k3J9s0dLq8Zx7CvB2nMwEr5TyUiOpAaSdFg",
    "FIELD_KEY": KEY,
    "PUBLIC_URL": "https://zhibu.example",
    "MINIPROGRAM_APPID": "wx1",
    "MINIPROGRAM_SECRET": "mini-secret",
    "MINIPROGRAM_TOKEN": "mini-token",
    "MINIPROGRAM_AES_KEY": "A" * 43,
}


def read(**changed: str) -> Settings:
    """Sound settings with some of them changed; an empty text stands for one that is missing."""
    return load_settings({**SOUND, **changed})


def faults(**changed: str) -> list[str]:
    """What is said about them, each as the name of the setting."""
    with pytest.raises(SettingsError) as caught:
        read(**changed)
    return [fault.partition("：")[0] for fault in caught.value.faults]


def test_sound_settings_are_read_with_the_defaults_of_the_contract() -> None:
    settings = read()
    assert settings.database_url == "sqlite:///var/zhibu.db"
    assert (settings.timezone.key, settings.demo, settings.redis_url) == ("Asia/Shanghai", False, None)
    assert settings.wechat_api_url == "https://api.weixin.qq.com"
    assert settings.wecom_api_url == "https://qyapi.weixin.qq.com"


def test_all_faults_are_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"PUBLIC_URL": "http://zhibu.example", "DEMO": "yes", "DATABASE_URL": "oracle://x/y"})
    named = [fault.partition("：")[0] for fault in caught.value.faults]
    assert named == [
        "DEMO",
        "SECRET_KEY",
        "FIELD_KEY",
        "PUBLIC_URL",
        "MINIPROGRAM_APPID",
        "MINIPROGRAM_SECRET",
        "MINIPROGRAM_TOKEN",
        "DATABASE_URL",
    ]
    assert all(f"  - {fault}" in str(caught.value) for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 64),
        ("FIELD_KEY", ""),
        ("FIELD_KEY", "not base64 at all"),
        ("FIELD_KEY", "AAECAwQ="),
        ("FIELD_KEY", "A" * 43 + "="),
        ("FIELD_KEY", f"one:{KEY}"),
        ("FIELD_KEY", f"0:{KEY}"),
        ("FIELD_KEY", f"1:des:{KEY}"),
        ("FIELD_KEY", f"1:sm4:sm4:{KEY}"),
        ("FIELD_KEY", f"sm4:{KEY}"),
        ("INDEX_KEY", "AAECAwQ="),
        ("INDEX_KEY", f"1:{KEY},1:{OTHER_KEY}"),
        ("FIELD_KEY", f"256:{KEY}"),
        ("FIELD_KEY", f"1:{KEY},1:{OTHER_KEY}"),
        ("FIELD_KEY", f"{KEY},{OTHER_KEY}"),
        ("MINIPROGRAM_APPID", ""),
        ("MINIPROGRAM_SECRET", ""),
        ("MINIPROGRAM_TOKEN", ""),
        ("MINIPROGRAM_AES_KEY", "too short"),
        ("MINIPROGRAM_AES_KEY", "-" * 43),
        ("PUBLIC_URL", "http://zhibu.example"),
        ("PUBLIC_URL", "zhibu.example"),
        ("PUBLIC_URL", "https://[::1"),
        ("TIMEZONE", "Mars/Olympus"),
        ("TIMEZONE", "../etc/passwd"),
        ("DEMO", "1"),
        ("DATABASE_URL", "postgres://u@h/d"),
        ("DATABASE_URL", "mysql://u@h"),
        ("DATABASE_URL", "mysql://u@h:port/d"),
        ("DATABASE_URL", "sqlite:///"),
    ],
)
def test_one_fault_names_its_setting(name: str, value: str) -> None:
    assert faults(**{name: value}) == [name]


def test_an_official_account_is_needed_whole_or_not_at_all() -> None:
    assert read().official.appid == ""
    assert faults(OFFICIAL_APPID="wx2") == ["OFFICIAL_SECRET", "OFFICIAL_TOKEN"]
    assert faults(OFFICIAL_APPID="wx2", OFFICIAL_SECRET="s", OFFICIAL_TOKEN="t", OFFICIAL_AES_KEY="short") == [
        "OFFICIAL_AES_KEY"
    ]


@pytest.mark.parametrize("name", ["WECHAT_API_URL", "WECOM_API_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "http://api.weixin.qq.com",
        "https://api.weixin.qq.com.evil.example",
        "https://127.0.0.1.evil.example/wx",
        "http://127.0.0.1@evil.example/wx",
        "127.0.0.1:8001/wx",
        "ftp://127.0.0.1/wx",
        "http://[::1",
        "http://10.0.0.5/wx",
    ],
)
def test_a_platform_elsewhere_is_refused(name: str, url: str) -> None:
    assert faults(**{name: url}) == [name]


@pytest.mark.parametrize("host", ["127.0.0.1:8001", "localhost:8001", "[::1]:8001", "127.8.9.10"])
def test_a_platform_on_this_machine_is_taken(host: str) -> None:
    assert read(WECHAT_API_URL=f"http://{host}/wx/").wechat_api_url == f"http://{host}/wx"


def test_a_proxy_is_taken_only_on_a_second_word() -> None:
    url = "https://proxy.example/wechat"
    assert read(WECHAT_API_URL=url, ALLOW_WECHAT_PROXY="true").wechat_api_url == url
    assert faults(WECHAT_API_URL=url, WECOM_API_URL=url, ALLOW_WECHAT_PROXY="perhaps") == [
        "ALLOW_WECHAT_PROXY",
        "WECHAT_API_URL",
        "WECOM_API_URL",
    ]


def test_the_bots_figures_are_off_unless_a_port_is_named() -> None:
    assert read().metrics_port is None
    assert read(METRICS_PORT="9102").metrics_port == 9102
    for wrong in ("0", "65536", "-1", "http", "９１０２", "1e3"):
        assert faults(METRICS_PORT=wrong) == ["METRICS_PORT"]


SECRETS = {
    "DATABASE_URL": "mysql://u:p@h/d",
    "REDIS_URL": "redis://:p@h/0",
    "SECRET_KEY": SOUND["SECRET_KEY"],
    "FIELD_KEY": KEY,
    "MINIPROGRAM_SECRET": "from a file",
    "MINIPROGRAM_TOKEN": "from a file",
    "MINIPROGRAM_AES_KEY": "B" * 43,
    "OFFICIAL_SECRET": "from a file",
    "OFFICIAL_TOKEN": "from a file",
    "OFFICIAL_AES_KEY": "B" * 43,
    "WECOM_SECRET": "from a file",
}


@pytest.mark.parametrize("name", SECRETS)
def test_each_secret_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    official = {"OFFICIAL_APPID": "wx2", "OFFICIAL_SECRET": "s", "OFFICIAL_TOKEN": "t"}
    direct = read(**{**official, name: SECRETS[name]})
    (tmp_path / "secret").write_text(SECRETS[name] + "\n")
    from_file = {**official, name: "", f"{name}_FILE": str(tmp_path / "secret")}
    assert read(**from_file) == direct


def test_a_file_wins_over_the_plain_setting(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the file's")
    assert read(MINIPROGRAM_SECRET_FILE=str(tmp_path / "secret")).miniprogram.secret == "the file's"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "binary"):
        assert "WECOM_SECRET_FILE" in faults(WECOM_SECRET_FILE=str(path))


def test_the_first_field_key_is_the_one_that_encrypts() -> None:
    assert [key.number for key in read(FIELD_KEY=f"2:{OTHER_KEY}, 1:{KEY}").field_keys] == [2, 1]
    assert [key.number for key in read(FIELD_KEY=KEY).field_keys] == [1]


def test_url_safe_base64_is_taken_too() -> None:
    plain = KEY.replace("A", "/").replace("B", "+")
    assert read(FIELD_KEY=plain.replace("/", "_").replace("+", "-")) == read(FIELD_KEY=plain)


def test_nothing_secret_is_shown_by_repr() -> None:
    urls = {"DATABASE_URL": "mysql://u:database-pass@h/d", "REDIS_URL": "redis://:redis-pass@h/0"}
    settings = read(**{**SECRETS, **urls, "OFFICIAL_APPID": "wx2"})
    shown = repr(settings) + str(settings)
    hidden = ["database-pass", "redis-pass", "from a file", "B" * 43, KEY, SOUND["SECRET_KEY"]]
    assert not [secret for secret in hidden if secret in shown]
    assert "\\x" not in shown  # the bytes of the keys
    assert "wx2" in shown


def test_settings_cannot_be_changed() -> None:
    settings = read()
    with pytest.raises(AttributeError):
        settings.demo = True  # type: ignore[misc]


def test_media_are_handed_to_nginx_where_it_is_named() -> None:
    assert read().media_accel == ""
    assert read(MEDIA_ACCEL="/kept-media/").media_accel == "/kept-media"
    for wrong in ("kept-media", "//x", "/a b", "/a;return 200", "https://x/y"):
        assert faults(MEDIA_ACCEL=wrong) == ["MEDIA_ACCEL"]
