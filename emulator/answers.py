"""How each of the two servers writes its answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response

from emulator.errors import WECHAT_WORDS, WECOM_WORDS, PlatformError
from emulator.ids import random_text, rid, wecom_hint


@dataclass(frozen=True)
class File:
    """An answer that is not JSON: an image."""

    content: bytes
    content_type: str


class WeChatDialect:
    """api.weixin.qq.com: `rid` behind every error."""

    content_type = "application/json; encoding=utf-8"

    def ok(self) -> Response:
        return self.response({"errcode": 0, "errmsg": "ok"})

    def response(self, result: Mapping[str, Any] | File) -> Response:
        if isinstance(result, File):
            return Response(result.content, content_type=result.content_type)
        return Response(_json(result), content_type=self.content_type)

    def refusal(self, error: PlatformError, now: float) -> Response:
        words = error.text or WECHAT_WORDS.get(error.errcode, "error")
        hint = f" hint: [{random_text(8)}-{random_text(6)}]" if error.hint else ""
        body = {"errcode": error.errcode, "errmsg": f"{words}{hint} rid: {rid(now)}", **error.extra}
        return self.response(body)


class WeComDialect:
    """qyapi.weixin.qq.com: a hint, the address and a link behind every error; both also as headers."""

    content_type = "application/json; charset=UTF-8"

    def ok(self) -> Response:
        return self.response({"errcode": 0, "errmsg": "ok"})

    def response(self, result: Mapping[str, Any] | File) -> Response:
        if isinstance(result, File):
            return Response(result.content, content_type=result.content_type)
        response = Response(_json(result), content_type=self.content_type)
        response.headers["Error-Code"] = str(result.get("errcode", 0))
        response.headers["Error-Msg"] = str(result.get("errmsg", "ok")).encode("ascii", "replace").decode()
        return response

    def refusal(self, error: PlatformError, now: float) -> Response:
        words = error.text or WECOM_WORDS.get(error.errcode, "error")
        more = f"more info at https://open.work.weixin.qq.com/devtool/query?e={error.errcode}"
        errmsg = f"{words}, hint: [{wecom_hint(now)}], from ip: 127.0.0.1, {more}"
        return self.response({"errcode": error.errcode, "errmsg": errmsg, **error.extra})


Dialect = WeChatDialect | WeComDialect
DIALECTS: dict[str, Dialect] = {"/wx": WeChatDialect(), "/qy": WeComDialect()}


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
