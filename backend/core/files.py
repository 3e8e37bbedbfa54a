"""Bytes that do not belong into the database: one folder, names that mean nothing, types by content."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

CHUNK_BYTES = 64 * 1024
NAME_BYTES = 16
HEAD_BYTES = 4096
ZIP = "application/zip"  # what is packed in it has to be looked into
DRAFT_SUFFIX = ".draft"
M4A_BRANDS = frozenset({b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"3gp4", b"3gp5"})
MP3_FRAME_STARTS = frozenset({0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2})


class TooManyBytes(Exception):
    """A stream went on past the limit; nothing of it was kept."""


@dataclass(frozen=True)
class StoredFile:
    """What came to lie in the store: its random name, its size in bytes and the SHA-256 in hex."""

    name: str
    size: int
    sha256: str


class FileStore:
    """A local folder of files, each whole or absent: written aside, synced, then renamed into its place."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(self, stream: IO[bytes], *, limit: int) -> StoredFile:
        """Keep a stream of at most `limit` bytes under a new name; raises TooManyBytes."""
        with self.draft() as draft:
            write_stream(stream, draft, limit=limit)
            return self.keep(draft)

    @contextlib.contextmanager
    def draft(self) -> Iterator[Path]:
        """A path for work in progress, on the same disk; what was not kept is gone after the block."""
        self._root.mkdir(parents=True, exist_ok=True)
        place = self._root / f"{new_name()}{DRAFT_SUFFIX}"
        try:
            yield place
        finally:
            place.unlink(missing_ok=True)

    def named_draft(self, name: str) -> Path:
        """The path of a draft that outlives a request; its name is one that `new_name` gave."""
        _check_name(name)
        self._root.mkdir(parents=True, exist_ok=True)
        return self._root / f"{name}{DRAFT_SUFFIX}"

    def keep(self, draft: Path) -> StoredFile:
        """Move a finished draft into the store under a new name."""
        name = new_name()
        place = self.path(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("rb") as source:
            os.fsync(source.fileno())  # also what others than `write_stream` have written
            size = os.fstat(source.fileno()).st_size
            sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        draft.replace(place)
        _sync_folder(place.parent)
        return StoredFile(name, size, sha256)

    def path(self, name: str) -> Path:
        """Where a file lies, for those who hand it on; two letters of the name spread the folders."""
        _check_name(name)
        return self._root.absolute() / name[:2] / name

    def open(self, name: str) -> IO[bytes]:
        """The file, for reading; raises FileNotFoundError."""
        return self.path(name).open("rb")

    def stat(self, name: str) -> os.stat_result | None:
        """Size and times of a file; None when there is none."""
        try:
            return self.path(name).stat()
        except FileNotFoundError:
            return None

    def delete(self, name: str) -> None:
        """Remove a file; one that is gone already is no error."""
        self.path(name).unlink(missing_ok=True)

    def names_older_than(self, at: datetime) -> Iterator[str]:
        """Names of the files last written before `at`, for whoever looks for strays."""
        for place in self._root.glob("??/*"):
            if place.stat().st_mtime < at.timestamp():
                yield place.name

    def drop_drafts_older_than(self, at: datetime) -> int:
        """Remove what a killed process left half-way; returns how many."""
        stale = [place for place in self._root.glob(f"*{DRAFT_SUFFIX}") if place.stat().st_mtime < at.timestamp()]
        for place in stale:
            place.unlink(missing_ok=True)
        return len(stale)


def new_name() -> str:
    """A random name for a file or a draft."""
    return secrets.token_hex(NAME_BYTES)


def _check_name(name: str) -> None:
    if len(name) != 2 * NAME_BYTES or not name.isalnum():
        raise ValueError("not a name of this store")


def write_stream(stream: IO[bytes], target: Path, *, limit: int, offset: int = 0) -> int:
    """Write a stream of at most `limit` bytes from `offset` on, synced; returns its length.

    Raises TooManyBytes, and FileNotFoundError when there is nothing to go on with. Never cuts what is there:
    a late repeat of a first chunk must not destroy those after it.
    """
    size = 0
    handle = os.open(target, os.O_WRONLY | (0 if offset else os.O_CREAT), 0o600)
    with open(handle, "wb") as written:
        written.seek(offset)
        while chunk := stream.read(CHUNK_BYTES):
            size += len(chunk)
            if size > limit:
                raise TooManyBytes
            written.write(chunk)
        written.flush()
        os.fsync(handle)
    return size


def _sync_folder(folder: Path) -> None:
    """An answered upload survives a power cut: the entry in the folder must be on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def content_type(head: bytes) -> str | None:
    """The type that the first 4 KB of a file show, whatever its name says; None for any other type."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head.startswith(b"OggS"):
        return "audio/ogg" if b"OpusHead" in head[:64] or b"\x01vorbis" in head[:64] else None
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return ZIP
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:12] in M4A_BRANDS else None
    return "audio/mpeg" if _looks_like_mp3(head) else None


def _looks_like_mp3(head: bytes) -> bool:
    return head.startswith(b"ID3") or (len(head) > 2 and head[0] == 0xFF and head[1] in MP3_FRAME_STARTS)
