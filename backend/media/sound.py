"""How long a sound lasts, read from the file itself."""

import mmap
from pathlib import Path

from backend.core.errors import AppError

# the header of a video track in an MP4 file
VIDEO_TRACK = b"hdlr" + bytes(8) + b"vide"


def length_ms(place: Path, content_type: str) -> int:
    """Milliseconds of sound; raises 415 when the file is broken, silent of length, or a video."""
    from tinytag import TinyTag, TinyTagException

    if content_type == "audio/mp4" and _has_video(place):
        raise AppError("unsupported_media_type", "这是视频文件，请上传音频", status=415)
    try:
        with place.open("rb") as file:
            seconds = TinyTag.get(file_obj=file, filename=_hint(content_type), tags=False).duration
    except (TinyTagException, OSError, ValueError, ArithmeticError, LookupError):
        seconds = None
    if not seconds or seconds <= 0:
        raise AppError("unreadable_media", "音频无法播放，可能已损坏，请换一个文件", status=415)
    return round(seconds * 1000)


def _hint(content_type: str) -> str:
    endings = {"audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/wav": "wav", "audio/ogg": "ogg"}
    return f"sound.{endings[content_type]}"


def _has_video(place: Path) -> bool:
    with place.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(VIDEO_TRACK) >= 0
