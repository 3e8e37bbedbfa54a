"""The code of a place: short enough to be typed from a poster, unguessable, and found whichever way it is typed."""

import secrets
import unicodedata
from io import BytesIO

import segno

from backend.core.errors import NotFound
from backend.people.models import Organization
from backend.people.places.models import CODE_LENGTH, ServiceCentre

SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"  # without 0, 1, i, l, o: nobody has to ask which one it is
SCENE = "place."  # with the code: 14 of the 32 characters that a mini program code carries
MODULE_PX = 12
QUIET_ZONE = 4  # modules; what ISO/IEC 18004 asks for


def new_place_code() -> str:
    """Eight signs, about 8 · 10¹¹ possibilities."""
    return "".join(secrets.choice(SIGNS) for _ in range(CODE_LENGTH))


def find_place(code: str) -> ServiceCentre:
    """The open place whose present code this is, however it was typed; raises NotFound `place_not_found`."""
    place: ServiceCentre | None = (
        ServiceCentre.select(ServiceCentre, Organization)
        .join(Organization)
        .where(ServiceCentre.code == _plain(code), ServiceCentre.closed_at.is_null())
        .first()
    )
    if place is None:
        raise NotFound("place_not_found", "没有找到这个场所码：可能已更换或停用，请以场所张贴的最新二维码为准")
    return place


def _plain(typed: str) -> str:
    """A scanned scene or a typed code as it is stored: `place.` cut, full-width and capital letters made ordinary."""
    kept = "".join(sign for sign in unicodedata.normalize("NFKC", typed) if not sign.isspace() and sign != "-")
    return kept.lower().removeprefix(SCENE)


def scene_of(place: ServiceCentre) -> str:
    """What a code that opens the mini program carries."""
    return SCENE + place.code


def poster(place: ServiceCentre, public_url: str, kind: str) -> bytes:
    """The QR of a place as `svg` or `png`: the address of the client, with the scene as its query."""
    image = BytesIO()
    drawn = segno.make(f"{public_url}/m/?scene={scene_of(place)}", micro=False, error="q")
    drawn.save(image, kind=kind, scale=MODULE_PX, border=QUIET_ZONE, **({"title": place.name} if kind == "svg" else {}))
    return image.getvalue()
