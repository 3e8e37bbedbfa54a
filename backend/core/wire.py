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
from typing import Any, NamedTuple

from pymysql.constants import COMMAND, CR, FIELD_TYPE, SERVER_STATUS
from pymysql.err import InternalError, OperationalError
from pymysql.protocol import MysqlPacket

RECEIVE = 16_384
OK, NULL, TWO_BYTES, THREE_BYTES, EIGHT_BYTES, END, ERROR = 0x00, 0xFB, 0xFC, 0xFD, 0xFE, 0xFE, 0xFF
SHORTEST_OK = 7
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
    conn._execute_command(COMMAND.COM_STMT_EXECUTE, packed)
    return _answers(conn, text_at=2)  # behind a mark and the one byte that tells NULL


def packed(number: int, values: Sequence[Any]) -> bytes | None:
    """The number of a statement and its values, each with its type; None when one is of a rarer type."""
    if not values:
        return _EXECUTE.pack(number, 0, 1)
    nothing, types, said = 0, [], []
    for place, value in enumerate(values):
        if value is None:
            nothing |= 1 << place
            types.append(_NOTHING)
            continue
        kind = type(value)
        if kind is str:
            types.append(_TEXT)
            value = value.encode()
        elif kind is int or kind is bool:
            types.append(_NUMBER)
            said.append(value.to_bytes(8, "little", signed=True))
            continue
        elif kind in _RARER:
            mark, write = _RARER[kind]
            types.append(mark)
            value = write(value)
        elif isinstance(value, str):  # a member of an enumeration of texts
            types.append(_TEXT)
            value = value.encode()
        else:
            return None
        said.append(_SIZES[len(value)] if len(value) < NULL else _size(len(value)))
        said.append(value)
    nulls = nothing.to_bytes((len(values) + 7) // 8, "little")
    return b"".join((_EXECUTE.pack(number, 0, 1), nulls, b"\x01", *types, *said))


def _size(length: int) -> bytes:
    """The length of a text that takes more than one byte."""
    mark = TWO_BYTES if length < 1 << 16 else THREE_BYTES if length < 1 << 24 else EIGHT_BYTES
    return bytes([mark]) + length.to_bytes(_WIDTHS[mark], "little")


_PREPARED, _EXECUTE = struct.Struct("<IHH"), struct.Struct("<IBI")
_SIZES = [bytes([size]) for size in range(NULL)]
_NOTHING, _TEXT, _NUMBER = (bytes([kind, 0]) for kind in (FIELD_TYPE.NULL, FIELD_TYPE.VAR_STRING, FIELD_TYPE.LONGLONG))
_DECIMAL, _BYTES = (bytes([kind, 0]) for kind in (FIELD_TYPE.NEWDECIMAL, FIELD_TYPE.BLOB))
_RARER: dict[type, tuple[bytes, Callable[[Any], bytes]]] = {
    bytes: (_BYTES, bytes),
    date: (_TEXT, lambda day: day.isoformat().encode()),
    Decimal: (_DECIMAL, lambda number: str(number).encode()),
}


def _answers(conn: Any, text_at: int) -> Answer:
    """The last of the answers to a packet."""
    packets = _packets(conn)
    try:
        while True:
            answer, status = _answer(conn, packets, text_at)
            conn.server_status = status
            if not status & SERVER_STATUS.SERVER_MORE_RESULTS_EXISTS:
                return answer
    except (IndexError, UnicodeDecodeError) as error:  # not what was agreed: nothing after it can be trusted
        conn._force_close()
        raise InternalError("an answer that cannot be read") from error


def _answer(conn: Any, packets: Iterator[bytes], text_at: int) -> tuple[Answer, int]:
    """The answer to one statement, whose rows have their text so far in, and the state that the server is in."""
    packet = next(packets)
    if packet[0] == OK and len(packet) == SHORTEST_OK:  # both numbers of one byte, as nearly always
        return Answer(packet[1], packet[2], []), packet[3] | packet[4] << 8
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


def _packets(conn: Any) -> Iterator[bytes]:
    """The packets of an answer, received with as few calls as they came in."""
    came, at, number = b"", 0, 1
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
