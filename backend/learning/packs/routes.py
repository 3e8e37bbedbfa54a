"""Content packs over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.learning.lessons.service import Actor
from backend.learning.packs import materials, reading, report, service, use
from backend.learning.packs.schemas import (
    AddItem,
    ChooseMaterials,
    ItemContent,
    MaterialsView,
    OpenPack,
    OrderItems,
    PackBrief,
    PackQuery,
    PackReportQuery,
    PackReportRow,
    PackView,
    PublishLayer,
    ReceivePack,
    UseItems,
)
from backend.people.caller import current_caller

bp = Blueprint("packs", __name__, url_prefix="/api/v1")


def _actor() -> Actor:
    return Actor(current_caller(), settings().timezone, now())


@bp.post("/packs")
@endpoint(body=OpenPack, returns=PackView, status=201)
def open_pack(body: OpenPack) -> PackView:
    """Open the content pack of a month for all below an organisation."""
    actor = _actor()
    return reading.show_pack(service.open_pack(body, actor).public_id, actor)


@bp.get("/packs")
@endpoint(query=PackQuery, returns=Page[PackBrief])
def read_packs(query: PackQuery) -> Page[PackBrief]:
    """Packs of the caller's organisations and all above them, newest first."""
    return reading.list_packs(query, _actor())


@bp.get("/packs/<pack_id>")
@endpoint(returns=PackView)
def read_pack(pack_id: str) -> PackView:
    """A pack with the items of all layers that reach the caller."""
    return reading.show_pack(pack_id, _actor())


@bp.post("/packs/<pack_id>/items")
@endpoint(body=AddItem, returns=PackView, status=201)
def add_item(pack_id: str, body: AddItem) -> PackView:
    """Add an item of a layer, as a draft."""
    actor = _actor()
    service.add_item(pack_id, body, actor)
    return reading.show_pack(pack_id, actor)


@bp.post("/packs/<pack_id>/publish")
@endpoint(body=PublishLayer, returns=PackView)
def publish_layer(pack_id: str, body: PublishLayer) -> PackView:
    """Publish the drafts of a layer that somebody else added."""
    actor = _actor()
    service.publish_layer(pack_id, body.organization, actor)
    return reading.show_pack(pack_id, actor)


@bp.post("/packs/<pack_id>/order")
@endpoint(body=OrderItems, returns=PackView)
def order_items(pack_id: str, body: OrderItems) -> PackView:
    """Put the items of a layer in another order."""
    actor = _actor()
    return reading.show_pack(service.order_items(pack_id, body, actor).public_id, actor)


@bp.get("/activities/<activity_id>/materials")
@endpoint(returns=MaterialsView)
def read_materials(activity_id: str) -> MaterialsView:
    """What a meeting studies; for who plans it also what the packs of its month offer."""
    return materials.show_materials(activity_id, _actor())


@bp.put("/activities/<activity_id>/materials")
@endpoint(body=ChooseMaterials, returns=MaterialsView)
def choose_materials(activity_id: str, body: ChooseMaterials) -> MaterialsView:
    """Give a meeting its material from the packs that reach its branch."""
    return materials.choose_materials(activity_id, body, _actor())


@bp.post("/pack-items/<item_id>/revise")
@endpoint(body=ItemContent, returns=PackView)
def revise_item(item_id: str, body: ItemContent) -> PackView:
    """Say a draft of one's own anew."""
    actor = _actor()
    return reading.show_pack(service.revise_item(item_id, body, actor).pack.public_id, actor)


@bp.post("/pack-items/<item_id>/withdraw")
@endpoint()
def withdraw_item(item_id: str) -> None:
    """Take an item out of its pack."""
    service.withdraw_item(item_id, _actor())


@bp.post("/packs/<pack_id>/receipts")
@endpoint(body=ReceivePack)
def receive_pack(pack_id: str, body: ReceivePack) -> None:
    """Take notice of a pack for a branch."""
    use.receive_pack(pack_id, body.organization, _actor())


@bp.post("/packs/<pack_id>/uses")
@endpoint(body=UseItems)
def use_items(pack_id: str, body: UseItems) -> None:
    """Report what a branch studied, perhaps in a meeting of its own."""
    use.use_items(pack_id, body, _actor())


@bp.get("/packs/<pack_id>/report")
@endpoint(query=PackReportQuery, returns=Page[PackReportRow])
def read_pack_report(pack_id: str, query: PackReportQuery) -> Page[PackReportRow]:
    """Receipts and use, branch by branch."""
    return report.report(pack_id, query, _actor())
