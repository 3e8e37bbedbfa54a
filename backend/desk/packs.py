"""Content packs of a month: items of one's own layer, publishing, receipts, use, and what became of it below."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request, url_for

from backend.core.database import rows_of
from backend.core.errors import Forbidden, NotFound
from backend.core.http import now, parse_values, settings
from backend.desk.forms import uploads
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import Place, place_for
from backend.learning.lessons.service import Actor
from backend.learning.packs import reading, service, use
from backend.learning.packs.models import ItemKind, PackCategory
from backend.learning.packs.report import report
from backend.learning.packs.schemas import (
    AddItem,
    ItemContent,
    OpenPack,
    OrderItems,
    PackQuery,
    PackReportQuery,
    PackView,
    PublishLayer,
    ReceivePack,
    UseItems,
)
from backend.media.rules import MEGABYTE
from backend.people.caller import current_caller
from backend.people.permissions import Right

SECTION = {"section": "desk.lessons"}
_RIGHTS = (Right.WRITE_LESSONS, Right.REVIEW_LESSONS, Right.KEEP_ROLL)
UPLOADS = 60 * MEGABYTE
CONTENT = ("category", "kind", "title", "source", "text", "url")
KINDS = {
    ItemKind.ARTICLE: "文章（贴正文）",
    ItemKind.POLICY: "政策（贴正文）",
    ItemKind.AUDIO: "音频（上传录音）",
    ItemKind.VIDEO_LINK: "视频（贴链接）",
    ItemKind.E_BOOK: "电子书（贴链接）",
    ItemKind.FILM: "影片（贴链接）",
}


def _actor() -> Actor:
    return Actor(current_caller(), settings().timezone, now())


def _place() -> Place:
    return place_for(current_caller(), request.values.get("organization"), *_RIGHTS)


@bp.get("/packs")
@page()
def packs() -> str:
    """The packs that reach one, and the form for a new month."""
    place, actor = _place(), _actor()
    query = parse_values(PackQuery, {"limit": 24, **values_of(request.args, "cursor")})
    found = reading.list_packs(query, actor)
    may_write = actor.caller.may(Right.WRITE_LESSONS, place.chosen.path)
    shown = {"packs": found.items, "cursor": found.next_cursor, "may_write": may_write}
    return show("packs.html", place=place, **shown, **SECTION)


@bp.post("/packs")
@page()
def open_pack() -> Response:
    """Open the pack of a month for all below an organisation."""
    made = service.open_pack(parse_values(OpenPack, values_of(request.form, *OpenPack.model_fields)), _actor())
    return _to(made.public_id, "已建好，请添加内容")


@bp.get("/packs/<pack_id>")
@page()
def read_pack(pack_id: str) -> str:
    """A pack with the items of all layers, one's own part in it, and what became of it below."""
    place, actor = _place(), _actor()
    pack = reading.show_pack(pack_id, actor)
    own = [item.id for item in pack.items if item.organization.code == place.chosen.code]
    may = {right.value: actor.caller.may(right, place.chosen.path) for right in _RIGHTS}
    shown = {"own": own, "may": may, "kinds": KINDS, "categories": _categories(), **_report(pack, place, actor)}
    return show("pack.html", pack=pack, place=place, today=actor.today, **shown, **SECTION)


def _categories() -> dict[str, str]:
    rows = PackCategory.select(PackCategory.code, PackCategory.label).order_by(PackCategory.position)
    return dict(rows_of(rows))


def _report(pack: PackView, place: Place, actor: Actor) -> dict[str, Any]:
    """Branch by branch, for who sees the numbers there."""
    query = parse_values(PackReportQuery, {"organization": place.chosen.code, "limit": 50, **_cursor()})
    try:
        found = report(pack.id, query, actor)
    except (Forbidden, NotFound):
        return {"branches": [], "cursor": None}
    return {"branches": found.items, "cursor": found.next_cursor}


def _cursor() -> dict[str, str]:
    return values_of(request.args, "cursor")


def _content() -> dict[str, Any]:
    sounds = uploads("media")
    return {**values_of(request.form, *CONTENT), **({"media": sounds[0]} if sounds else {})}


@bp.post("/packs/<pack_id>/items")
@page(uploads=UPLOADS)
def add_item(pack_id: str) -> Response:
    """Add an item of one's own layer, as a draft."""
    body = parse_values(AddItem, {**_content(), **values_of(request.form, "organization")})
    service.add_item(pack_id, body, _actor())
    return _to(pack_id, "已加入，审核人发布后下级才看得到")


@bp.post("/pack-items/<item_id>/revise")
@page(uploads=UPLOADS)
def revise_item(item_id: str) -> Response:
    """Say a draft of one's own anew."""
    item = service.revise_item(item_id, parse_values(ItemContent, _content()), _actor())
    return _to(item.pack.public_id, "已修改")


@bp.post("/pack-items/<item_id>/withdraw")
@page()
def withdraw_item(item_id: str) -> Response:
    """Take an item out of its pack."""
    return _to(service.withdraw_item(item_id, _actor()).pack.public_id, "已撤下")


def _publish(pack: str) -> None:
    body = parse_values(PublishLayer, values_of(request.form, "organization"))
    service.publish_layer(pack, body.organization, _actor())


def _receive(pack: str) -> None:
    body = parse_values(ReceivePack, values_of(request.form, "organization"))
    use.receive_pack(pack, body.organization, _actor())


def _use(pack: str) -> None:
    given = {**values_of(request.form, "organization", "used_on"), "items": request.form.getlist("items")}
    use.use_items(pack, parse_values(UseItems, given), _actor())


def _order(pack: str) -> None:
    given = {**values_of(request.form, "organization"), "items": request.form.getlist("items")}
    service.order_items(pack, parse_values(OrderItems, given), _actor())


STEPS: Mapping[str, tuple[str, Callable[[str], None]]] = {
    "publish": ("已发布，下级都能看到", _publish),
    "receive": ("已签收", _receive),
    "use": ("已登记", _use),
    "order": ("已调整顺序", _order),
}


@bp.post("/packs/<pack_id>/<step>")
@page()
def step_pack(pack_id: str, step: str) -> Response:
    """Publish one's layer, take notice, report what was studied, put items in order."""
    if step not in STEPS:
        raise NotFound()
    said, take = STEPS[step]
    take(pack_id)
    return _to(pack_id, said)


def _to(pack_id: str, message: str) -> Response:
    place = request.form.get("organization") or None
    return done(message, go=url_for("desk.read_pack", pack_id=pack_id, organization=place))
