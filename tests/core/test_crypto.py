"""Personal fields at rest: sealed, bound to their column, found without being read."""

import base64
from collections.abc import Iterator
from pathlib import Path

import peewee as pw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.crypto import (
    Keyring,
    Sealed,
    SealedField,
    Sm4Gcm,
    digest,
    keyring,
    mask_name,
    mask_phone,
    new_public_id,
    new_token,
    opened,
)
from backend.core.database import Record, database
from backend.core.settings import Settings
from tests.conftest import make_settings

OLD = base64.b64encode(bytes(range(32))).decode()
NEW = base64.b64encode(bytes(range(100, 132))).decode()


def ring(field_key: str, signing_key: str = "a-test-key-of-more-than-32-characters!") -> Keyring:
    """A keyring with these keys."""
    made = Keyring()
    changed = {"FIELD_KEY": field_key, "SECRET_KEY": signing_key}
    made.initialize(make_settings("sqlite:///:memory:", Path(), **changed))
    return made


SUITES = pytest.mark.parametrize("key", [OLD, f"1:aes:{OLD}", f"1:sm4:{OLD}"])


@SUITES
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_in_its_own_column_only(text: str, key: str) -> None:
    keys = ring(key)
    sealed = keys.seal(text, context="account.phone")
    assert keys.open(sealed, context="account.phone") == text
    with pytest.raises(ValueError, match=r"account\.name does not open"):
        keys.open(sealed, context="account.name")


def test_a_sealed_value_shows_nothing_and_never_looks_the_same_twice() -> None:
    keys = ring(OLD)
    first, second = (keys.seal("13812345678", context="c") for _ in range(2))
    assert first != second
    assert b"138" not in first


@SUITES
@pytest.mark.parametrize("place", range(1 + 12 + 11 + 16))
def test_one_changed_byte_is_noticed(place: int, key: str) -> None:
    keys = ring(key)
    sealed = bytearray(keys.seal("13812345678", context="c"))
    sealed[place] ^= 1
    with pytest.raises(ValueError, match="c"):
        keys.open(bytes(sealed), context="c")


@SUITES
@pytest.mark.parametrize("raw", [b"", b"\x01", b"\x01" + bytes(12), b"\x01" + bytes(20), bytes(40)])
def test_what_was_never_sealed_does_not_open(raw: bytes, key: str) -> None:
    with pytest.raises(ValueError, match="c"):
        ring(key).open(raw, context="c")


def test_the_suite_goes_with_the_number_of_the_key() -> None:
    before, during, after = ring(f"1:{OLD}"), ring(f"2:sm4:{NEW},1:{OLD}"), ring(f"2:sm4:{NEW}")
    assert during.open(before.seal("旧", context="c"), context="c") == "旧"
    assert after.open(during.seal("新", context="c"), context="c") == "新"
    with pytest.raises(ValueError, match="does not open"):
        ring(f"2:aes:{NEW}").open(after.seal("新", context="c"), context="c")


def test_sm4_gcm_gives_what_the_standard_gives() -> None:
    """RFC 8998, A.1."""
    cipher = Sm4Gcm(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    text = b"".join(bytes([byte]) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    nonce = bytes.fromhex("00001234567800000000ABCD")
    more = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    sealed = cipher.encrypt(nonce, text, more)
    assert sealed.hex().upper() == (
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert cipher.decrypt(nonce, sealed, more) == text


def test_keys_rotate_without_a_day_on_which_nothing_opens() -> None:
    before, during, after = ring(f"1:{OLD}"), ring(f"2:{NEW},1:{OLD}"), ring(f"2:{NEW}")
    old_value = before.seal("旧", context="c")
    new_value = during.seal("新", context="c")
    assert during.open(old_value, context="c") == "旧"
    assert after.open(new_value, context="c") == "新"
    with pytest.raises(ValueError, match="no key 1"):
        after.open(old_value, context="c")
    with pytest.raises(ValueError, match="no key 2"):
        before.open(new_value, context="c")


def test_the_blind_index_outlives_a_rotation_and_a_restart() -> None:
    index = ring(f"1:{OLD}").blind_index("13812345678", context="phone")
    assert ring(f"2:{NEW},1:{OLD}").blind_index("13812345678", context="phone") == index
    assert len(index) == 32


def test_the_blind_index_tells_values_columns_and_installations_apart() -> None:
    keys = ring(OLD)
    indexes = {
        keys.blind_index("13812345678", context="phone"),
        keys.blind_index("13812345679", context="phone"),
        keys.blind_index("13812345678", context="identity"),
        ring(NEW).blind_index("13812345678", context="phone"),
    }
    assert len(indexes) == 4


def test_a_signature_counts_for_one_purpose_one_text_and_one_installation() -> None:
    keys = ring(OLD)
    signature = keys.sign("media", "a1")
    assert keys.signed_by_us("media", "a1", signature)
    assert not keys.signed_by_us("rating", "a1", signature)
    assert not keys.signed_by_us("media", "a2", signature)
    assert not keys.signed_by_us("media", "a1", signature[:-1])
    assert not keys.signed_by_us("media", "a1", "签名")
    assert not ring(OLD, "another-key-of-more-than-32-characters").signed_by_us("media", "a1", signature)


class Diary(Record):
    """A table with a sealed column, for these tests."""

    id = pw.BigAutoField()
    secret = SealedField(null=True)
    other = SealedField(null=True)


@pytest.fixture
def diary(bound: None) -> Iterator[None]:
    """The table, for the length of a test."""
    database.create_tables([Diary])
    yield
    database.drop_tables([Diary])


@pytest.mark.usefixtures("diary")
def test_a_sealed_column_gives_a_value_that_must_be_opened_on_purpose() -> None:
    Diary.create(secret="身份证 110101199003070000")
    row = Diary.get()
    assert isinstance(row.secret, Sealed)
    assert (str(row.secret), f"{row.secret!r}") == ("<Sealed>", "<Sealed>")
    assert (row.secret.open(), opened(row.secret)) == ("身份证 110101199003070000",) * 2
    (raw,) = database.execute_sql("SELECT secret FROM diary").fetchone()
    assert b"110101" not in bytes(raw)


@pytest.mark.usefixtures("diary")
def test_a_cell_that_was_moved_to_another_column_does_not_open() -> None:
    Diary.create(secret="甲")
    database.execute_sql("UPDATE diary SET other = secret")
    with pytest.raises(ValueError, match=r"diary\.other"):
        Diary.get().other.open()


@pytest.mark.usefixtures("diary")
def test_a_row_saved_again_keeps_its_sealed_value_and_nothing_stays_nothing() -> None:
    row = Diary.create(secret="甲")
    again = Diary.get_by_id(row.id)
    again.save()
    assert Diary.get_by_id(row.id).secret.open() == "甲"
    assert Diary.get_by_id(row.id).other is None
    assert (opened(None), opened("新")) == (None, "新")


def test_the_application_binds_the_keyring(settings: Settings, app: object) -> None:
    assert keyring.open(keyring.seal("甲", context="c"), context="c") == "甲"
    assert [key.number for key in settings.field_keys] == [1]


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("13812345678", "138****5678"), ("+8613812345678", "+86****5678"), ("8812345", "****45"), ("", "****")],
)
def test_phones_are_masked(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(("name", "shown"), [("李桂芳", "李**"), ("李", "李*"), ("欧阳修文", "欧***"), ("", "*")])
def test_names_are_masked(name: str, shown: str) -> None:
    assert mask_name(name) == shown


def test_public_ids_and_tokens_do_not_repeat_and_are_kept_as_digests() -> None:
    ids, tokens = {new_public_id() for _ in range(1_000)}, {new_token() for _ in range(1_000)}
    assert len(ids) == len(tokens) == 1_000
    assert all(len(one) == 16 and one.isalnum() and one == one.lower() for one in ids)
    assert all(len(one) >= 43 for one in tokens)
    assert digest("token") != digest("Token")
    assert len(digest("token")) == 64
