"""Changing keys while people go on working: nothing is lost, nothing is unreadable, what was killed goes on."""

import base64
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import peewee as pw
import pytest
from flask import Flask

from backend.core import rotation
from backend.core.crypto import SealedField, keyring
from backend.core.database import bind_database, connected, database, in_unit_of_work
from backend.core.rotation import BATCH, KeyRotation, count_stale, rotate, sealed_tables
from backend.core.settings import Settings
from backend.people.identity import identity_index, phone_index, tail_index
from backend.people.models import Account, Member
from backend.rooms import TABLES
from tests.cast import LONG_AGO, World
from tests.conftest import make_settings
from tests.operation.test_commands import run

OLD, NEW, INDEX, NEXT_INDEX = (base64.b64encode(bytes(range(n, n + 32))).decode() for n in (0, 50, 100, 150))
PHONES = [f"138{n:08}" for n in range(2 * BATCH + 50)]


def hush(_line: str) -> None:
    """Say nothing."""


def use(settings: Settings, tmp_path: Path, **keys: str) -> None:
    """Go on with these keys, as after a restart."""
    keyring.initialize(make_settings(settings.database_url, tmp_path, **keys))


@pytest.fixture
def filled(world: World, settings: Settings, tmp_path: Path) -> World:
    """Many accounts with phones and one member with everything, all under the oldest key."""
    use(settings, tmp_path, FIELD_KEY=f"1:{OLD}")
    in_unit_of_work(lambda: [_account(phone) for phone in PHONES])
    number = "51162219900307123X"
    Member.update(
        identity=number,
        identity_index=identity_index(number),
        identity_tail_index=tail_index(number),
        phone=PHONES[0],
        phone_index=phone_index(PHONES[0]),
    ).where(Member.id == world.member.member.id).execute()
    return world


def _account(phone: str) -> None:
    Account.create(
        public_id=f"p{phone}", display_name="某人", created_at=LONG_AGO, phone=phone, phone_index=phone_index(phone)
    )


def all_is_well() -> None:
    """Every phone opens, is found by the index of today, and is sealed with the key of today."""
    rows = list(Account.select().where(Account.phone.is_null(False)))
    assert len(rows) == len(PHONES)
    assert all(row.phone_index == phone_index(row.phone.open()) for row in rows)
    assert {row.phone.raw[0] for row in rows} == {keyring.current}
    assert not any(count_stale(table) for table in sealed_tables(TABLES))


def test_every_table_with_a_sealed_field_is_found() -> None:
    assert {table._meta.table_name for table in sealed_tables(TABLES)} >= {
        "account",
        "member",
        "service_order",
        "group_chat",
        "leave_request",
        "membership_claim",
        "platform_token",
        "wechat_identity",
    }


def test_every_column_of_a_blind_index_says_of_what_it_is_the_index() -> None:
    """A new one that is not declared would be lost with the next change of keys."""
    declared = {
        (table._meta.table_name, name)
        for table in TABLES
        for field in rotation.sealed_fields(table)
        for name in field.indexed_by
    }
    named = {
        (table._meta.table_name, field.name)
        for table in TABLES
        for field in table._meta.sorted_fields
        if field.name.endswith("_index")
    }
    assert named == declared


@pytest.mark.parametrize("suite", ["aes:", "sm4:", ""])
def test_all_values_and_indexes_come_to_the_new_keys(
    filled: World, settings: Settings, tmp_path: Path, suite: str
) -> None:
    use(settings, tmp_path, FIELD_KEY=f"2:{suite}{NEW},1:{OLD}", INDEX_KEY=INDEX)
    before = phone_index(PHONES[3])
    assert Account.get_or_none(Account.phone_index == before) is None
    outcome = {one.table: one for one in rotate(TABLES, hush)}
    assert (outcome["account"].changed, outcome["account"].left) == (len(PHONES), 0)
    all_is_well()
    use(settings, tmp_path, FIELD_KEY=f"2:{suite}{NEW}", INDEX_KEY=INDEX)  # the old key is gone
    all_is_well()
    member = Member.get_by_id(filled.member.member.id)
    assert (member.identity.open(), member.phone.open()) == ("51162219900307123X", PHONES[0])
    assert member.identity_index == identity_index("51162219900307123X")
    assert member.identity_tail_index == tail_index("51162219900307123X")
    assert Account.get(Account.phone_index == before).phone.open() == PHONES[3]
    assert [one.changed for one in rotate(TABLES, hush)] == [0] * len(sealed_tables(TABLES))


def test_only_the_index_key_may_change(filled: World, settings: Settings, tmp_path: Path) -> None:
    use(settings, tmp_path, FIELD_KEY=f"1:{OLD}", INDEX_KEY=f"1:{INDEX}")
    rotate(TABLES, hush)
    use(settings, tmp_path, FIELD_KEY=f"1:{OLD}", INDEX_KEY=f"2:{NEXT_INDEX},1:{INDEX}")
    rotate(TABLES, hush)
    use(settings, tmp_path, FIELD_KEY=f"1:{OLD}", INDEX_KEY=f"2:{NEXT_INDEX}")
    all_is_well()


class Killed(BaseException):
    """What a kill looks like from inside."""


def test_a_rotation_that_was_killed_goes_on_where_it_was(filled: World, settings: Settings, tmp_path: Path) -> None:
    use(settings, tmp_path, FIELD_KEY=f"2:{NEW},1:{OLD}", INDEX_KEY=INDEX)

    def die(_line: str) -> None:
        raise Killed

    with pytest.raises(Killed):
        rotate([Account], die)
    state = KeyRotation.get()
    assert (state.name, state.changed) == (
        "account",
        Account.select().where(Account.id <= state.done_up_to).count() - 9,
    )
    assert 0 < count_stale(Account) < len(PHONES)
    assert {row.phone.open() for row in Account.select().where(Account.phone.is_null(False))} == set(PHONES)
    told: list[str] = []
    (outcome,) = rotate([Account], told.append)
    assert outcome.changed == len(PHONES)
    assert len(told) == 2  # of three batches one was done
    rotate(TABLES, hush)
    all_is_well()
    assert KeyRotation.select().count() == 0


def test_what_is_written_meanwhile_is_not_lost(filled: World, settings: Settings, tmp_path: Path, app: Flask) -> None:
    use(settings, tmp_path, FIELD_KEY=f"2:{NEW},1:{OLD}", INDEX_KEY=INDEX)
    changed, done = [f"139{n:08}" for n in range(40)], threading.Event()

    def write() -> None:
        with connected():
            for n, phone in enumerate(changed):
                row = Account.public_id == f"p{PHONES[n * 11]}"
                in_unit_of_work(Account.update(phone=phone, phone_index=phone_index(phone)).where(row).execute)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    rotate(TABLES, hush)
    writer.join()
    rotate(TABLES, hush)
    assert done.is_set()
    all_is_well()
    phones = {row.phone.open() for row in Account.select().where(Account.phone.is_null(False))}
    assert phones == (set(PHONES) - {PHONES[n * 11] for n in range(40)}) | set(changed)


def test_a_row_that_changed_since_it_was_read_is_left_alone(filled: World, settings: Settings, tmp_path: Path) -> None:
    use(settings, tmp_path, FIELD_KEY=f"2:{NEW},1:{OLD}", INDEX_KEY=INDEX)
    row = Account.get(Account.public_id == f"p{PHONES[0]}")
    Account.update(phone="13900000000", phone_index="x").where(Account.id == row.id).execute()
    assert rotation._rotate_row(Account, row, rotation.sealed_fields(Account)) is False
    assert Account.get_by_id(row.id).phone.open() == "13900000000"


def test_what_an_old_process_wrote_is_counted_as_left(filled: World, settings: Settings, tmp_path: Path) -> None:
    use(settings, tmp_path, FIELD_KEY=f"2:{NEW},1:{OLD}", INDEX_KEY=INDEX)
    rotate(TABLES, hush)
    assert count_stale(Account) == 0
    use(settings, tmp_path, FIELD_KEY=f"1:{OLD},2:{NEW}", INDEX_KEY=INDEX)
    Account.update(phone="13900000000").where(Account.public_id == f"p{PHONES[0]}").execute()
    use(settings, tmp_path, FIELD_KEY=f"2:{NEW},1:{OLD}", INDEX_KEY=INDEX)
    assert count_stale(Account) == 1


@pytest.mark.sqlite
def test_the_command_survives_a_kill_and_says_when_it_is_done(tmp_path: Path) -> None:
    assert run(tmp_path, "backend", "migrate").returncode == 0
    refused = run(tmp_path, "backend", "keys", "rotate")
    assert refused.returncode == 1
    assert "INDEX_KEY" in refused.stderr
    url = f"sqlite:///{tmp_path / 'zhibu.db'}"
    keyring.initialize(make_settings(url, tmp_path))
    bind_database(url)
    with connected():
        in_unit_of_work(lambda: [_account(f"138{n:08}") for n in range(4_000)])
    database.obj.close_all()
    keys = {"FIELD_KEY": f"2:sm4:{NEW},1:{OLD}", "INDEX_KEY": INDEX}
    words = [sys.executable, "-m", "backend", "keys", "rotate"]
    environ = {**_environ(tmp_path), **keys}
    with subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("account")
        process.send_signal(signal.SIGKILL)
    again = run(tmp_path, "backend", "keys", "rotate", **keys)
    assert again.returncode == 0, again.stderr
    assert "account：重新加密 4000 行" in again.stdout
    assert "可以去掉旧密钥" in again.stdout
    keyring.initialize(make_settings(url, tmp_path, FIELD_KEY=f"2:sm4:{NEW}", INDEX_KEY=INDEX))
    with connected():
        assert {row.phone.raw[0] for row in Account.select()} == {2}
        assert Account.get(Account.phone_index == phone_index("13800003999")).phone.open() == "13800003999"
    database.obj.close_all()


def _environ(folder: Path) -> dict[str, str]:
    from tests.operation.test_commands import SETTINGS

    return {
        **os.environ,
        **SETTINGS,
        "DATABASE_URL": f"sqlite:///{folder / 'zhibu.db'}",
        "MEDIA_ROOT": str(folder / "media"),
    }


def test_a_sealed_field_of_a_model_keeps_its_options() -> None:
    class Note(pw.Model):
        text = SealedField(null=True, indexed_by={"text_index": str})

    assert Note.text.null is True
    assert list(Note.text.indexed_by) == ["text_index"]
