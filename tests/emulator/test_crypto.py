"""Signatures and the AES envelope, against the platform's own examples and against wechatpy."""

import json

import pytest
from wechatpy.crypto import WeChatCrypto

from emulator.callbacks.crypto import CryptoError, decrypt, encrypt, signature
from tests.emulator.speaking import MINI

TOKEN = "AAAAA"
EXAMPLE_KEY = "A" * 43
EXAMPLE_APPID = "wxba5fad812f8e6fb9"


@pytest.mark.parametrize(
    ("timestamp", "nonce", "wanted"),
    [
        ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
    ],
    ids=["verification", "push"],
)
def test_signature_of_the_documentation(timestamp: str, nonce: str, wanted: str) -> None:
    assert signature(TOKEN, timestamp, nonce) == wanted


def test_encrypted_message_is_read_by_wechatpy() -> None:
    sealed = encrypt(EXAMPLE_KEY, EXAMPLE_APPID, "中文 message".encode())
    seal = signature(TOKEN, "1714112445", "415670741", sealed)
    crypto = WeChatCrypto(TOKEN, EXAMPLE_KEY, EXAMPLE_APPID)
    opened = crypto.decrypt_message({"Encrypt": sealed}, seal, "1714112445", "415670741")
    assert opened == "中文 message"


def test_decrypted_message_was_written_by_wechatpy() -> None:
    crypto = WeChatCrypto(TOKEN, EXAMPLE_KEY, EXAMPLE_APPID)
    reply = crypto.encrypt_message("<xml>答复</xml>", "415670741", "1714112445")
    sealed = reply.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    assert decrypt(EXAMPLE_KEY, EXAMPLE_APPID, sealed).decode() == "<xml>答复</xml>"


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 31, 32, 33, 5000])
def test_message_of_any_length_comes_back(length: int) -> None:
    message = bytes(range(256)) * 20
    sealed = encrypt(MINI.aes_key, MINI.appid, message[:length])
    assert decrypt(MINI.aes_key, MINI.appid, sealed) == message[:length]


def test_same_message_is_never_sealed_the_same() -> None:
    assert encrypt(EXAMPLE_KEY, "wx", b"x") != encrypt(EXAMPLE_KEY, "wx", b"x")


@pytest.mark.parametrize(
    ("key", "appid"), [(EXAMPLE_KEY, EXAMPLE_APPID), (MINI.aes_key, "wx0000000000000000")], ids=["key", "app"]
)
def test_message_of_another_key_or_app_is_refused(key: str, appid: str) -> None:
    sealed = encrypt(MINI.aes_key, MINI.appid, json.dumps({"a": 1}).encode())
    with pytest.raises(CryptoError):
        decrypt(key, appid, sealed)


@pytest.mark.parametrize("sealed", ["", "AAAA", "no base64 at all!", "QUJD" * 16])
def test_what_is_no_message_is_refused(sealed: str) -> None:
    with pytest.raises(CryptoError):
        decrypt(MINI.aes_key, MINI.appid, sealed)


def test_demo_key_is_a_whole_one() -> None:
    assert len(MINI.aes_key) == 43
    assert decrypt(MINI.aes_key, "a", encrypt(MINI.aes_key, "a", b"b")) == b"b"
