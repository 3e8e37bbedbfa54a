"""Upload of files and voices that a robot posts afterwards."""

from typing import Any

from emulator.calls import Call, Endpoint
from emulator.errors import PlatformError
from emulator.ids import media_id
from emulator.qy.webhook import robot_of
from emulator.state import Media

SMALLEST = 5
LARGEST = {"file": 20 * 1024 * 1024, "voice": 2 * 1024 * 1024}


def upload(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/webhook/upload_media?key=&type=file|voice, multipart with a part `media`."""
    robot = robot_of(call)
    codes = call.platform.world.settings.code
    kind = call.query("type")
    if kind not in LARGEST:
        raise PlatformError(codes("upload_type"))
    part = call.request.files.get("media")
    if part is None:
        raise PlatformError(codes("upload_without_media"))
    size = len(part.read())
    if not SMALLEST <= size <= LARGEST[kind]:
        raise PlatformError(codes("upload_size"))
    media = Media(media_id(), kind, part.filename or "media", size, robot.key, call.now)
    call.platform.state.media[media.id] = media
    created_at = str(int(call.now))
    return {"errcode": 0, "errmsg": "ok", "type": kind, "media_id": media.id, "created_at": created_at}


ENDPOINTS = [Endpoint("POST", "/cgi-bin/webhook/upload_media", upload, bearer="", json_body=False)]
