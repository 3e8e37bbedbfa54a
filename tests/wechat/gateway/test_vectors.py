"""The examples of the platform's own documentation (wechat.md §B.8), byte for byte."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto, WeChatWxaCrypto
from wechatpy.exceptions import InvalidAppIdException

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


# The product takes phone numbers by code and decrypts nothing of a user's; these two hold the library and our reading
# of the page to the examples, should it ever have to.
SESSION_KEY = "HyVFkGl5F5OQWJZZaNzBBg=="
RAW_DATA = (
    '{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN",'
    '"avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpuj'
    'xyzYsrztuuICqIM5ibXQ/0"}'
)
DATA_KEY, DATA_IV = "tiihtNczf5v6AKRyjwEUhQ==", "r7BXXKkLb8qrSNn05n0qiA=="
SEALED_DATA = (
    "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOET"
    "KUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXw"
    "u0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UI"
    "eorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYV"
    "oKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew=="
)


def test_the_signature_of_raw_data() -> None:
    signature = hashlib.sha1((RAW_DATA + SESSION_KEY).encode(), usedforsecurity=False).hexdigest()
    assert signature == "75e81ceda165f4ffa64f4068af58c64b8f54b88c"


def test_the_encrypted_data_of_the_documentation_opens_for_its_own_app_only() -> None:
    opened = WeChatWxaCrypto(DATA_KEY, DATA_IV, "wx4f4bc4dec97d474b").decrypt_message(SEALED_DATA)
    assert (opened["nickName"], opened["watermark"]["appid"]) == ("Band", "wx4f4bc4dec97d474b")
    with pytest.raises(InvalidAppIdException):
        WeChatWxaCrypto(DATA_KEY, DATA_IV, "wx0000000000000000").decrypt_message(SEALED_DATA)
