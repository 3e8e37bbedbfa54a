"""The examples of the platform's own documentation (wechat.md §B.8), byte for byte."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto

from backend.core.errors import AppError
from backend.core.settings import WeChatApp
from backend.wechat import callbacks
from backend.wechat.callbacks import Push

APP = WeChatApp(appid="wxba5fad812f8e6fb9", secret="s", token="AAAAA", aes_key="A" * 43)
SEALED = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsX"
    "UnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajA"
    "sjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
SEALED_REPLY = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
EVENT = {
    "ToUserName": "gh_97417a04a28d",
    "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
    "MsgType": "event",
    "Event": "debug_demo",
    "debug_str": "hello world",
}


def query(timestamp: int, nonce: str, signature: str, **more: str) -> dict[str, str]:
    """The query of a push."""
    return {"timestamp": str(timestamp), "nonce": nonce, "signature": signature, **more}


VERIFICATION = query(1714036504, "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696")
PLAIN = query(1714037059, "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78")
SAFE = query(
    1714112445,
    "415670741",
    "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
    encrypt_type="aes",
    msg_signature="046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
)


def at(timestamp: int) -> datetime:
    """The instant of a time stamp."""
    return datetime.fromtimestamp(timestamp, UTC)


def test_the_verification_of_an_address() -> None:
    callbacks.verify(APP, VERIFICATION, now=at(1714036504))


def test_a_plain_push() -> None:
    body = json.dumps({**EVENT, "CreateTime": 1714037059}).encode()
    assert callbacks.open_push(APP, Push(PLAIN, body), now=at(1714037059))["debug_str"] == "hello world"


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_safe_push_in_either_format(form: str) -> None:
    outside = {"ToUserName": "gh_97417a04a28d", "Encrypt": SEALED}
    body = json.dumps(outside) if form == "json" else xmltodict.unparse({"xml": outside})
    event = callbacks.open_push(APP, Push(SAFE, body.encode()), now=at(1714112445))
    assert event == {**EVENT, "CreateTime": 1714112445}


def test_a_safe_push_is_proved_by_the_signature_over_its_body() -> None:
    push = Push({**SAFE, "signature": "f" * 40}, json.dumps({"Encrypt": SEALED}).encode())
    assert callbacks.open_push(APP, push, now=at(1714112445))["Event"] == "debug_demo"
    for forged in ({"msg_signature": "f" * 40}, {"nonce": "1"}, {"timestamp": "1714112446"}):
        with pytest.raises(AppError) as caught:
            callbacks.open_push(APP, Push({**SAFE, **forged}, push.body), now=at(1714112445))
        assert caught.value.code == "bad_signature"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_either_kind_is_too_old_after_five_minutes(seconds: int) -> None:
    late = timedelta(seconds=seconds)
    for push, timestamp in ((Push(SAFE, b"{}"), 1714112445), (Push(PLAIN, b"{}"), 1714037059)):
        with pytest.raises(AppError) as caught:
            callbacks.open_push(APP, push, now=at(timestamp) + late)
        assert caught.value.code == "stale_callback"


def test_the_reply_of_the_documentation_opens() -> None:
    crypto = WeChatCrypto(APP.token, APP.aes_key, APP.appid)
    signature = "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    opened = crypto.decrypt_message({"Encrypt": SEALED_REPLY}, signature, "1713424427", "415670741")
    assert json.loads(opened) == {"demo_resp": "good luck"}


def test_our_reply_is_sealed_as_the_documentation_says() -> None:
    sealed = callbacks.seal_reply(APP, Push(SAFE, b""), "<xml>答复</xml>", now=at(1713424427))
    fields = xmltodict.parse(sealed)["xml"]
    assert (fields["TimeStamp"], fields["Nonce"]) == ("1713424427", "415670741")
    crypto = WeChatCrypto(APP.token, APP.aes_key, APP.appid)
    opened = crypto.decrypt_message(fields, fields["MsgSignature"], "1713424427", "415670741")
    assert opened == "<xml>答复</xml>"


def test_a_plain_push_gets_a_plain_reply() -> None:
    assert callbacks.seal_reply(APP, Push(PLAIN, b""), "<xml/>", now=at(1713424427)) == "<xml/>"


def test_a_push_said_to_be_sealed_must_be() -> None:
    with pytest.raises(AppError) as caught:
        callbacks.open_push(APP, Push(SAFE, json.dumps(EVENT).encode()), now=at(1714112445))
    assert caught.value.code == "bad_callback"
