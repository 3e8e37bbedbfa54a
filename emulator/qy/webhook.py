"""Posts of a group's robot: who may post, how fast, and what reaches the group."""

import json
from typing import Any

from emulator.calls import Call, Endpoint
from emulator.config import Robot
from emulator.errors import PlatformError
from emulator.qy.webhook_content import KINDS, Post
from emulator.state import RobotWindow

WINDOW_S = 60
BLOCKED_S = 60


def robot_of(call: Call) -> Robot:
    """Raises PlatformError 93000 (no such key) or 93004 (disabled)."""
    robot = call.platform.world.robot(call.query("key"))
    if robot is None or robot.removed:
        raise PlatformError(93000)
    if robot.disabled:
        raise PlatformError(93004)
    return robot


def send(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/webhook/send?key="""
    robot = robot_of(call)
    _count_post(call, robot)
    body = _body(call)
    kind = body.get("msgtype")
    read = KINDS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise PlatformError(40008)
    content = body.get(str(kind))
    if not isinstance(content, dict):
        raise PlatformError(44004)
    post = read(call, content)
    _deliver(call, robot, str(kind), post, content)
    return {"errcode": 0, "errmsg": "ok"}


def _body(call: Call) -> dict[str, Any]:
    """Malformed JSON is answered as a wrong message type, with a warning."""
    try:
        body = json.loads(call.request.get_data())
    except ValueError:
        raise PlatformError(40008, "invalid message type. Warning: wrong json format. ") from None
    if not isinstance(body, dict):
        raise PlatformError(40008)
    return body


def _count_post(call: Call, robot: Robot) -> None:
    """20 posts in any 60 seconds; who posts more is blocked for 60 seconds. Raises PlatformError 45009."""
    now = call.now
    window = call.platform.state.robot_windows.setdefault(robot.key, RobotWindow())
    if now < window.blocked_until:
        raise PlatformError(45009)
    window.posts = [at for at in window.posts if now - WINDOW_S < at <= now]
    if len(window.posts) >= call.platform.world.settings.webhook_per_minute:
        window.blocked_until = now + BLOCKED_S
        raise PlatformError(45009)
    window.posts.append(now)


def _deliver(call: Call, robot: Robot, kind: str, post: Post, content: dict[str, Any]) -> None:
    call.platform.deliver(
        "wecom_robot",
        post.title or kind,
        post.text,
        {"msgtype": kind, kind: post.kept if post.kept is not None else content},
        robot=robot.key,
        group=robot.name,
        page=post.url,
        lines=post.lines,
    )


ENDPOINTS = [Endpoint("POST", "/cgi-bin/webhook/send", send, bearer="", json_body=False)]
