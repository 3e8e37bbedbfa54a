"""The store of bytes: whole or absent, under names of its own."""

import io
from pathlib import Path

import pytest

from backend.core.files import FileStore, TooManyBytes, content_type, new_name, write_stream


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "media")
    stored = store.save(io.BytesIO(b"hello"), limit=5)
    with store.open(stored.name) as file:
        assert file.read() == b"hello"
    assert (stored.size, stored.sha256[:8]) == (5, "2cf24dba")
    store.delete(stored.name)
    store.delete(stored.name)
    assert store.stat(stored.name) is None


def test_too_many_bytes_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TooManyBytes):
        FileStore(tmp_path).save(io.BytesIO(b"hello!"), limit=5)
    assert list(tmp_path.rglob("*")) == []


def test_a_late_repeat_of_the_first_chunk_destroys_nothing(tmp_path: Path) -> None:
    draft = FileStore(tmp_path).named_draft(new_name())
    write_stream(io.BytesIO(b"first "), draft, limit=10)
    write_stream(io.BytesIO(b"second"), draft, limit=10, offset=6)
    write_stream(io.BytesIO(b"first "), draft, limit=10)
    assert draft.read_bytes() == b"first second"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 31, "a" * 30 + "/b", "a" * 33])
def test_only_names_of_the_store_are_opened(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name of this store"):
        FileStore(tmp_path).path(name)


def test_nothing_has_no_type() -> None:
    assert content_type(b"") is None
    assert content_type(b"\xff") is None
