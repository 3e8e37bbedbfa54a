"""Where the demo runs, and what its programs are told."""

import stat
from pathlib import Path

import pytest

from backend.core.settings import load_settings
from backend.demo.place import Place, Unusable, demo_environment, read_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place("127.0.0.1", 8000, 8001, tmp_path / "var")


def test_the_place_has_the_documented_defaults() -> None:
    place = read_place({})
    assert (place.host, place.port, place.emulator_port) == ("127.0.0.1", 8000, 8001)
    assert place.folder == Path("var").resolve()


@pytest.mark.parametrize("text", ["", " ", "http", "0", "65536", "-1", "８０００"])
def test_what_is_no_port_is_refused_by_name(text: str) -> None:
    if text == "":
        assert read_place({"PORT": text}).port == 8000
        return
    with pytest.raises(Unusable, match=f"PORT={text} 不是端口号"):
        read_place({"PORT": text})


def test_two_listeners_on_one_port_are_refused() -> None:
    with pytest.raises(Unusable, match="不能都是 8001"):
        read_place({"PORT": "8001"})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("192.168.1.5", "http://192.168.1.5:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - nothing listens
        ("::1", "http://[::1]:8000"),
    ],
)
def test_the_address_shown_is_one_that_can_be_opened(host: str, url: str) -> None:
    assert Place(host, 8000, 8001, Path()).web_url == url


def test_the_environment_makes_valid_demo_settings(place: Place) -> None:
    settings = load_settings(demo_environment(place, {}))
    assert settings.demo
    assert settings.database_url == f"sqlite:///{place.folder}/zhibu.db"
    assert settings.wechat_api_url == "http://127.0.0.1:8001/wx"
    assert settings.miniprogram.appid == "wx0d0e0a0b00000001"
    assert len(settings.official.aes_key) == 43


def test_secrets_are_private_and_the_same_at_the_second_start(place: Place) -> None:
    first, second = (demo_environment(place, {}) for _ in range(2))
    assert first["FIELD_KEY"] == second["FIELD_KEY"]
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert stat.S_IMODE((place.folder / "demo.json").stat().st_mode) == 0o600


def test_two_demos_do_not_share_their_secrets(place: Place, tmp_path: Path) -> None:
    other = Place("127.0.0.1", 8000, 8001, tmp_path / "other")
    assert demo_environment(place, {})["SECRET_KEY"] != demo_environment(other, {})["SECRET_KEY"]


def test_secrets_and_database_of_the_caller_are_kept(place: Place) -> None:
    given = {"DATABASE_URL": "mysql://root@127.0.0.1/zhibu", "SECRET_KEY_FILE": "/run/secret"}
    environ = demo_environment(place, given)
    assert environ["DATABASE_URL"] == given["DATABASE_URL"]
    assert "SECRET_KEY" not in environ


def test_a_real_app_secret_does_not_get_into_the_demo(place: Place) -> None:
    environ = demo_environment(place, {"MINIPROGRAM_SECRET_FILE": "/run/real", "OFFICIAL_SECRET": "real"})
    assert "MINIPROGRAM_SECRET_FILE" not in environ
    assert environ["OFFICIAL_SECRET"] != "real"


def test_a_spoilt_secrets_file_is_named_with_the_way_out(place: Place) -> None:
    place.folder.mkdir()
    (place.folder / "demo.json").write_text("{")
    with pytest.raises(Unusable, match="已损坏"):
        demo_environment(place, {})


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unusable, match="VAR="):
        demo_environment(Place("127.0.0.1", 8000, 8001, tmp_path / "file" / "var"), {})
