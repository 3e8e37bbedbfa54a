"""The small tree of errors that a client may see: a stable code, a Chinese sentence and an HTTP status."""

from typing import Any


class AppError(Exception):
    """Something that the caller can understand and act on; `message` is Chinese, `extra` joins the body."""

    code = "error"
    message = "请求无法完成，请稍后再试"
    status = 400

    def __init__(
        self, code: str | None = None, message: str | None = None, *, status: int | None = None, **extra: Any
    ) -> None:
        self.code = code or self.code
        self.message = message or self.message
        self.status = status or self.status
        self.extra = extra
        super().__init__(f"{self.code}: {self.message}")


class NotFound(AppError):
    """Absent, or not to be seen by this caller: the two must look the same."""

    code, message, status = "not_found", "没有找到，或您无权查看", 404


class Forbidden(AppError):
    """The caller sees the thing but may not do this to it."""

    code, message, status = "forbidden", "您没有权限进行此操作", 403


class Unauthorized(AppError):
    """No token, or one that is forged, expired or revoked."""

    code, message, status = "unauthorized", "登录已失效，请重新登录", 401


class Conflict(AppError):
    """A lost race or a step that the present state does not allow."""

    code, message, status = "conflict", "状态已变化，请刷新后再试", 409


class Invalid(AppError):
    """A body that is well formed but not acceptable; `errors` lists field, code and message."""

    code, message, status = "invalid", "填写的内容有误", 422


class TooMany(AppError):
    """A limit was reached; `retry_after` is in seconds."""

    code, message, status = "too_many_requests", "操作太频繁，请稍后再试", 429

    def __init__(self, code: str | None = None, message: str | None = None, *, retry_after: int) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


class Unavailable(AppError):
    """Something that we depend on does not answer; nothing was lost."""

    code, message, status = "unavailable", "服务暂时不可用，请稍后再试", 503


class Unconfirmed(AppError):
    """The database did not say whether it has kept what was done: either all of it or nothing."""

    code, message, status = "unconfirmed", "网络中断，刚才的操作可能已经完成，请刷新查看后再决定是否重试", 503


def invalid_field(field: str, code: str, message: str) -> Invalid:
    """One field that breaks a rule which only the service knows."""
    return Invalid(message=message, errors=[{"field": field, "code": code, "message": message}])
