"""Small sounds and pictures, made on the spot, and a client that sends and gets bytes."""

import io
import struct
import wave
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from backend.core.database import database
from tests.cast import Person


def wav(seconds: float = 2.0) -> bytes:
    """Silence at 1,000 samples a second."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(1_000)
        sound.writeframes(b"\x80" * int(seconds * 1_000))
    return kept.getvalue()


def mp3(frames: int = 200) -> bytes:
    """Frames of MPEG-1 layer III at 32 kbit/s and 44.1 kHz, all silent: 26 ms each."""
    frame = bytes([0xFF, 0xFB, 0x10, 0xC4]) + bytes(100)
    return frame * frames


def m4a(seconds: int = 3, *, video: bool = False) -> bytes:
    """The boxes that say how long an MP4 sound is, with no sound in them."""
    mvhd = _box(b"mvhd", bytes(12) + struct.pack(">II", 1_000, seconds * 1_000) + bytes(80))
    handler = _box(b"hdlr", bytes(8) + (b"vide" if video else b"soun") + bytes(13))
    moov = _box(b"moov", mvhd + _box(b"trak", _box(b"mdia", handler)))
    return _box(b"ftyp", b"M4A " + bytes(4) + b"M4A mp42") + moov + _box(b"mdat", bytes(64))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def ogg(seconds: int = 2) -> bytes:
    """A first page with an Opus header and a last page whose position tells the length."""
    head = b"OpusHead\x01\x01" + struct.pack("<HIhB", 0, 48_000, 0, 0)
    return (
        _page(0x02, 0, head) + _page(0x00, 0, b"OpusTags" + bytes(8)) + _page(0x04, seconds * 48_000, b"\xf8\xff\xfe")
    )


def _page(kind: int, position: int, content: bytes) -> bytes:
    header = b"OggS\x00" + bytes([kind]) + struct.pack("<qIII", position, 1, 0, 0)
    return header + bytes([1, len(content)]) + content


def picture(form: str = "JPEG", *, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A red picture."""
    kept = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(kept, form, **options)
    return kept.getvalue()


@dataclass(frozen=True)
class Raw:
    """An answer whose body need not be JSON."""

    status: int
    headers: Any
    content: bytes
    json: Any


class Files:
    """Sends files as one person and reads links as anybody."""

    def __init__(self, app: Flask, token: str) -> None:
        self._app = app
        self._token = token

    def upload(self, content: bytes, name: str = "file.bin") -> Raw:
        """POST /media as a form, as a browser does."""
        # written by hand: the test client would leave the temporary file of a large form open
        head = f'--line\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        data = head.encode() + content + b"\r\n--line--\r\n"
        return self._open("POST", "/api/v1/media", data=data, content_type="multipart/form-data; boundary=line")

    def upload_raw(self, content: bytes) -> Raw:
        """POST /media with the bare bytes."""
        return self._open("POST", "/api/v1/media", data=content, content_type="application/octet-stream")

    def chunk(self, upload: str, offset: int, content: bytes) -> Raw:
        """POST a chunk of an upload, bare."""
        path = f"/api/v1/media/uploads/{upload}/chunks?offset={offset}"
        return self._open("POST", path, data=content, content_type="application/octet-stream")

    def read(self, link: str, method: str = "GET", **headers: str) -> Raw:
        """Open a signed link without a token; `If_Range` stands for If-Range."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._open(method, link, headers=named, token=False)

    def _open(self, method: str, path: str, *, token: bool = True, **more: Any) -> Raw:
        headers = more.pop("headers", {})
        if token:
            headers["Authorization"] = f"Bearer {self._token}"
        answer = self._app.test_client().open(path, method=method, headers=headers, **more)
        content = answer.get_data()
        answer.close()
        database.connect(reuse_if_open=True)
        return Raw(answer.status_code, answer.headers, content, answer.get_json(silent=True))


@pytest.fixture
def files(app: Flask) -> Callable[[Person], Files]:
    """A client for files, for a person of the cast."""
    return lambda person: Files(app, person.token)
