"""The driver's inner loop, for the statements that every request runs: a packet out, its answers in.

PyMySQL builds an object for every packet and every column and asks each value how it wants to be escaped, which
costs the small statements of ours more than all else that they do. Here one packet of statements is sent over the
driver's connection and its answers are read as they come: "done", or rows of one text. Everything else (connecting,
errors, values of rarer types) stays the driver's.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import compress
from operator import call
from typing import Any, NamedTuple

from pymysql.constants import COMMAND, CR, FIELD_TYPE, SERVER_STATUS
from pymysql.err import InternalError, OperationalError
from pymysql.protocol import MysqlPacket

RECEIVE = 16_384
OK, NULL, TWO_BYTES, THREE_BYTES, EIGHT_BYTES, END, ERROR = 0x00, 0xFB, 0xFC, 0xFD, 0xFE, 0xFE, 0xFF
LONGEST_END = 8
LONGEST_PACKET = 0xFF_FFFF  # what is longer comes in pieces, and is not for this module
_WIDTHS = {TWO_BYTES: 2, THREE_BYTES: 3, EIGHT_BYTES: 8}


class Answer(NamedTuple):
    """What the last statement of a packet gave: how many rows it found, the id that it made, its rows of one text."""

    found: int
    new_id: int
    texts: list[str]


def spelled(conn: Any, sql: str, values: Sequence[Any]) -> str:
    """The statement with its values."""
    return sql % tuple(spellings(conn, values))


def spellings(conn: Any, values: Sequence[Any]) -> list[str]:
    """Values as they are written in a statement."""
    escape = conn.escape
    if conn.server_status & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES:
        return [escape(value) for value in values]
    return [(_SPELLINGS.get(type(value)) or (_plain if isinstance(value, str) else escape))(value) for value in values]


def _quoted(text: str) -> str:
    """Within quotes, in UTF-8, the backslash and the quote mean something and nothing else does; the driver escapes
    the double quotes of every JSON document, too, which costs it and the server."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "'" in text:
        text = text.replace("'", "''")
    return f"'{text}'"


def _plain(text: str) -> str:
    """A member of an enumeration of texts as the text that it is."""
    return _quoted(str.__str__(text))


# the types that nearly all values have; another goes the driver's way
_SPELLINGS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    int: str,
    bool: lambda flag: "1" if flag else "0",
    type(None): lambda _nothing: "NULL",
    date: lambda day: f"'{day.isoformat()}'",
}


def run(conn: Any, statements: str) -> Answer:
    """Send statements in one packet; the first that fails raises the driver's error, and those after it do not run.

    Every statement must give either no rows or rows of one column of text.
    """
    conn._execute_command(COMMAND.COM_QUERY, statements)
    return _answers(conn, text_at=0)


def prepare(conn: Any, statement: str) -> int:
    """The server's number for a statement with a `?` for each value."""
    conn._execute_command(COMMAND.COM_STMT_PREPARE, statement)
    packets = _packets(conn)
    first = next(packets)
    if first[0] == ERROR:
        MysqlPacket(first, conn.encoding).raise_for_error()
    number, columns, values = _PREPARED.unpack_from(first, 1)
    for _ in range(sum(count + 1 for count in (values, columns) if count)):
        next(packets)  # what each is like, and the end of them
    return int(number)


def execute(conn: Any, packed: bytes) -> Answer:
    """Run what was prepared: as `run`, but the server need not read the values out of a text."""
    size = len(packed) + 1
    if conn._sock is None or conn._result is not None or size >= LONGEST_PACKET:
        conn._execute_command(COMMAND.COM_STMT_EXECUTE, packed)  # which refuses, tidies up, and cuts in pieces
    else:
        conn._write_bytes(_COMMAND.pack(size, COMMAND.COM_STMT_EXECUTE) + packed)
    return _answers(conn, text_at=_PREPARED_TEXT_AT)


def packed(number: int, values: Sequence[Any]) -> bytes | None:
    """The number of a statement and its values, each with its type; None when one is of a rarer type."""
    if not values:
        return _EXECUTE.pack(number, 0, 1)
    layout = _layout(tuple(map(type, values)))
    if layout is None:
        return None
    told, given, ways, sizes = layout
    # all of it by functions in C: the values of a step are forty, and a loop over them would cost as much as an INSERT
    written = list(map(call, ways, compress(values, given)))
    said = [b""] * (2 + 2 * len(written))
    said[0], said[1] = _EXECUTE.pack(number, 0, 1), told
    try:
        said[2::2] = map(call, sizes, map(len, written))
    except IndexError:  # one takes more than a byte
        said[2::2] = [_size(len(one)) if size is _short else b"" for one, size in zip(written, sizes, strict=True)]
    said[3::2] = written
    return b"".join(said)


class _Layout(NamedTuple):
    """What is said of values before they come, which are not NULL, how each of these is written, and its length."""

    told: bytes
    given: list[bool]
    ways: list[Callable[[Any], bytes]]
    sizes: list[Callable[[int], bytes]]


@lru_cache(1_000)
def _layout(kinds: tuple[type, ...]) -> _Layout | None:
    """How values of these types are sent."""
    marks = [_MARKS.get(kind) or (_MARKS[str] if issubclass(kind, str) else None) for kind in kinds]
    known = [mark for mark in marks if mark]
    if len(known) < len(marks):
        return None
    given = [kind is not type(None) for kind in kinds]
    nulls = sum(1 << place for place, is_given in enumerate(given) if not is_given)
    told = nulls.to_bytes((len(kinds) + 7) // 8, "little") + b"\x01" + b"".join(mark.kind for mark in known)
    rest = list(compress(known, given))
    return _Layout(told, given, [mark.write for mark in rest], [mark.size for mark in rest])


def _size(length: int) -> bytes:
    """The length of a text, as the protocol has it."""
    if length < NULL:
        return bytes([length])
    mark = TWO_BYTES if length < 1 << 16 else THREE_BYTES if length < 1 << 24 else EIGHT_BYTES
    return bytes([mark]) + length.to_bytes(_WIDTHS[mark], "little")


class _Mark(NamedTuple):
    """A type as it is told, how a value of it is written, and how the length of that is."""

    kind: bytes
    write: Callable[[Any], bytes]
    size: Callable[[int], bytes]


_PREPARED, _EXECUTE, _COMMAND = struct.Struct("<IHH"), struct.Struct("<IBI"), struct.Struct("<IB")
_eight_bytes = struct.Struct("<q").pack
_DONE, _LENGTH_DONE = b"\x07\x00\x00\x01\x00", 11
_ONE_COLUMN = b"\x01\x00\x00\x01\x01"
_PREPARED_TEXT_AT = 2  # in a row of what was prepared, behind a mark and the one byte that tells NULL
_HEAD, _ROW = struct.Struct("<HBB"), struct.Struct("<HBBBBB")
_LENGTH_END = 9  # of a packet that says that this was all
_short = [_size(length) for length in range(NULL)].__getitem__
_known = b"".__mul__  # the length of a number is not told
_MARKS = {
    kind: _Mark(bytes([told, 0]), write, size)
    for kind, told, write, size in (
        (type(None), FIELD_TYPE.NULL, bytes, _known),
        (str, FIELD_TYPE.VAR_STRING, str.encode, _short),
        (int, FIELD_TYPE.LONGLONG, struct.Struct("<q").pack, _known),
        (bool, FIELD_TYPE.LONGLONG, struct.Struct("<q").pack, _known),
        (bytes, FIELD_TYPE.BLOB, bytes, _short),
        (date, FIELD_TYPE.VAR_STRING, lambda day: day.isoformat().encode(), _short),
        (Decimal, FIELD_TYPE.NEWDECIMAL, lambda number: str(number).encode(), _short),
    )
}


def _answers(conn: Any, text_at: int) -> Answer:
    """The last of the answers to a packet."""
    came = _received(conn)
    try:
        answer, status = _whole_answer(came, text_at) or _last_answer(conn, came, text_at)
    except (IndexError, UnicodeDecodeError) as error:  # not what was agreed: nothing after it can be trusted
        conn._force_close()
        raise InternalError("an answer that cannot be read") from error
    conn.server_status = status
    return answer


def _whole_answer(came: bytes, text_at: int) -> tuple[Answer, int] | None:
    """What came, if it is one answer and all of it: "done", or rows of one column of what was prepared. Else None."""
    if len(came) == _LENGTH_DONE and came.startswith(_DONE):  # both numbers of one byte
        return _sole(Answer(came[5], came[6], []), came[7] | came[8] << 8)
    if text_at != _PREPARED_TEXT_AT or len(came) < _LENGTH_END or not came.startswith(_ONE_COLUMN):
        return None
    length, high, second = _HEAD.unpack_from(came, 5)
    at = 2 * _LENGTH_END + length  # behind what the column is called, and that this was all
    last = len(came) - _LENGTH_END
    if high or second != 2 or at > last or came[at - 6] != 3:
        return None
    texts: list[str] = []
    for number in range(4, 0x100):
        length, high, told, mark, _nulls, size = _ROW.unpack_from(came, at)
        if told != number or high:
            return None
        if at == last and mark == END:
            return _sole(Answer(len(texts), 0, texts), came[at + 7] | came[at + 8] << 8)
        end = at + 4 + length
        if mark != OK or end > last or size == NULL or size > TWO_BYTES:
            return None
        texts.append(came[at + (7 if size < NULL else 9) : end].decode())
        at = end
    return None


def _sole(answer: Answer, status: int) -> tuple[Answer, int] | None:
    """An answer after which no other comes."""
    return None if status & SERVER_STATUS.SERVER_MORE_RESULTS_EXISTS else (answer, status)


def _last_answer(conn: Any, came: bytes, text_at: int) -> tuple[Answer, int]:
    """The same however it comes, packet by packet."""
    packets = _packets(conn, came)
    while True:
        answer, status = _answer(conn, packets, text_at)
        conn.server_status = status
        if not status & SERVER_STATUS.SERVER_MORE_RESULTS_EXISTS:
            return answer, status


def _answer(conn: Any, packets: Iterator[bytes], text_at: int) -> tuple[Answer, int]:
    """The answer to one statement, whose rows have their text so far in, and the state that the server is in."""
    packet = next(packets)
    if packet[0] == OK:
        found, at = _number(packet, 1)
        new_id, at = _number(packet, at)
        return Answer(found, new_id, []), packet[at] | packet[at + 1] << 8
    if packet[0] == ERROR:
        MysqlPacket(packet, conn.encoding).raise_for_error()
    if packet[0] != 1:
        conn._force_close()
        raise InternalError("more than one column")
    next(packets)  # what the column is called
    next(packets)  # and that this was all of them
    texts = []
    while not _is_end(packet := next(packets)):
        if packet[0] == ERROR:
            MysqlPacket(packet, conn.encoding).raise_for_error()
        _, at = _number(packet, text_at)
        texts.append(packet[at:].decode())
    return Answer(len(texts), 0, texts), packet[3] | packet[4] << 8


def _is_end(packet: bytes) -> bool:
    return packet[0] == END and len(packet) <= LONGEST_END


def _number(packet: bytes, at: int) -> tuple[int, int]:
    """A number of the protocol's varying width, and where what follows it begins."""
    first = packet[at]
    if first < NULL:
        return first, at + 1
    width = _WIDTHS[first]
    return int.from_bytes(packet[at + 1 : at + 1 + width], "little"), at + 1 + width


def _packets(conn: Any, came: bytes = b"") -> Iterator[bytes]:
    """The packets of an answer, of which this came already, received with as few calls as they came in."""
    at, number = 0, 1
    while True:
        if len(came) < at + 4 or len(came) < (end := at + 4 + (came[at] | came[at + 1] << 8 | came[at + 2] << 16)):
            came, at = came[at:] + _received(conn), 0
            continue
        if came[at + 3] != number & 0xFF or end - at - 4 == LONGEST_PACKET:
            raise _lost(conn)
        yield came[at + 4 : end]
        at, number = end, number + 1


def _received(conn: Any) -> bytes:
    try:
        data: bytes = conn._sock.recv(RECEIVE)
    except OSError as error:
        raise _lost(conn) from error
    except BaseException:
        conn._force_close()
        raise
    if not data:
        raise _lost(conn)
    return data


def _lost(conn: Any) -> OperationalError:
    """The connection is of no use any more."""
    conn._force_close()
    return OperationalError(CR.CR_SERVER_LOST, "Lost connection to MySQL server during query")
