"""What comes with a request beside its words: photos, and a voice note from whoever would rather speak than type."""

from datetime import datetime

from backend.core.errors import invalid_field
from backend.media.models import MediaKind
from backend.media.service import find_pictures, find_uploaded
from backend.people.consents.models import ConsentPurpose
from backend.people.consents.service import settle_consent
from backend.people.permissions import Caller
from backend.service.orders.request import MOST_PHOTOS, SubmitOrder
from backend.tally.rules import Rule

LONGEST_VOICE = Rule(180_000, "毫秒", "本系统设定：三分钟，一遍听得完")


def enclosed(body: SubmitOrder, caller: Caller, *, now: datetime) -> list[int]:
    """Row ids of the photos and the voice note, in the unit of work of the request.

    409 `no_consent` where photos come from somebody who has not agreed to their use; 422 for a request without
    words and voice, for more than nine photos, for files that are not his, and for a voice note longer than three
    minutes.
    """
    if not body.description.strip() and body.voice is None:
        raise invalid_field("description", "missing", "请写下要办的事，或者录一段语音")
    if len(body.attachments) > MOST_PHOTOS:
        sentence = f"一张工单最多{MOST_PHOTOS}张照片，请去掉几张再提交，已上传的不用重传"
        raise invalid_field("attachments", "too_long", sentence)
    if body.attachments:
        settle_consent(caller.account_id, ConsentPurpose.PHOTO, said=body.photo_consent, now=now)
    files = find_pictures(body.attachments, uploader_id=caller.account_id, field="attachments")
    return [*files, _voice(body.voice, caller)] if body.voice else files


def _voice(public_id: str, caller: Caller) -> int:
    sound = find_uploaded(public_id, kind=MediaKind.AUDIO, uploader_id=caller.account_id, field="voice")
    if (sound.duration_ms or 0) > LONGEST_VOICE.value:
        raise invalid_field("voice", "voice_too_long", "语音最长三分钟，请分开说，或者写成文字")
    return int(sound.id)
