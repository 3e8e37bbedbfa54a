"""What the pages show, as JSON: who there is, and what is new since a sequence number."""

from typing import Any

from emulator.clock import iso
from emulator.control.outbox import as_answer
from emulator.plain import to_plain
from emulator.platform import Platform
from emulator.wx.subscribe import credits_of

MOST_PEOPLE = 200
MOST_ITEMS = 400
MOST_NOTES = 100
MOST_DELIVERIES = 30


def people(platform: Platform) -> dict[str, Any]:
    """Users and groups for the list at the side."""
    with platform.lock:
        world = platform.world
        users = [
            {"id": u.name, "name": u.display_name, "phone": world.phone(u), "follows": u.follows}
            for u in world.users[:MOST_PEOPLE]
        ]
        apps = {app.kind: {"appid": app.appid, "name": app.name} for app in world.apps}
        return {
            "users": users,
            "groups": _groups(platform),
            "apps": apps,
            "open_page_url": world.settings.open_page_url,
        }


def _groups(platform: Platform) -> list[dict[str, Any]]:
    """Robots' groups first, then whatever else received something."""
    world = platform.world
    groups = {
        robot.key: {"id": robot.key, "name": robot.name, "robot": robot.robot_name, "kind": "企业微信群"}
        for robot in world.robots
    }
    kinds = [
        (world.wecom.customer_groups.items(), "客户群"),
        (((chat.chatid, chat.name) for chat in platform.state.app_chats.values()), "应用群"),
    ]
    for entries, kind in kinds:
        groups |= {key: {"id": key, "name": name or key, "robot": "支部应用", "kind": kind} for key, name in entries}
    for item in platform.state.sent:
        if item.robot and item.robot not in groups:
            groups[item.robot] = {"id": item.robot, "name": item.group, "robot": "小程序", "kind": "微信群"}
    return list(groups.values())


def news(platform: Platform, after: int, chat: str) -> dict[str, Any]:
    """What happened after `after`; for a chat (`user:NAME`, `group:KEY`) also what its controls show."""
    with platform.lock:
        state = platform.state
        return {
            "epoch": platform.epoch,
            "now": iso(platform.clock.now()),
            "offset_s": platform.clock.offset_s,
            "seq": state.seq,
            "sent": [as_answer(item) for item in _newest(state.sent, after, MOST_ITEMS)],
            "refusals": [_timed(item) for item in _newest(state.refusals, after, MOST_NOTES)],
            "deliveries": [_timed(item) for item in state.deliveries[-MOST_DELIVERIES:]],  # each time: they change
            "tasks": _open_tasks(platform),
            "grants": _grants(platform, chat.removeprefix("user:")) if chat.startswith("user:") else [],
            "menu": _menu(platform) if chat.startswith("user:") else [],
        }


def _newest(items: list[Any], after: int, most: int) -> list[Any]:
    """From the end backwards, since everything new stands there."""
    found: list[Any] = []
    for item in reversed(items):
        if item.seq <= after or len(found) >= most:
            break
        found.append(item)
    return found[::-1]


def _timed(item: Any) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(item)
    return plain | {"at": iso(item.at)}


def _open_tasks(platform: Platform) -> list[dict[str, Any]]:
    tasks = platform.state.group_tasks.values()
    return [
        {"msgid": task.msgid, "sender": task.sender, "text": task.content["text"].get("content", "")}
        for task in tasks
        if not task.cancelled and 0 in task.status.values()
    ]


def _menu(platform: Platform) -> list[dict[str, Any]]:
    """The buttons below the official account's chat."""
    accounts = [app.appid for app in platform.world.apps if app.kind == "official"]
    menu = platform.state.menus.get(accounts[0]) if accounts else None
    return list(menu["button"]) if menu else []


def _grants(platform: Platform, name: str) -> list[dict[str, Any]]:
    """Each template that a user may accept, with how many messages are left."""
    user = platform.world.user(name)
    if user is None:
        return []
    grants = []
    for template in platform.world.templates:
        if template.use == "template":
            continue
        kind = "official" if template.use == "bizsend" else "miniprogram"
        openid = platform.openid(platform.world.app_of_kind(kind).appid, user)
        left = credits_of(platform.state, openid, template.id)
        grants.append({"id": template.id, "title": template.title, "left": left, "kind": template.kind})
    return grants
