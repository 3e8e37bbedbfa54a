"""Reading back a black-and-white PNG, as far as the emulator draws them."""

import struct
import zlib


def dark_modules(png: bytes, border: int = 4) -> list[list[bool]]:
    """The modules of a QR code, without its quiet zone. One bit or one byte for each pixel."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks = _chunks(png)
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    light = _light_values(chunks, colour, depth)
    rows = _rows(zlib.decompress(chunks[b"IDAT"]), width, height, depth)
    scale = _scale(rows, light)
    sampled = [[value not in light for value in row[::scale]] for row in rows[::scale]]
    return [row[border:-border] for row in sampled[border:-border]]


def _chunks(png: bytes) -> dict[bytes, bytes]:
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        chunks[name] = chunks.get(name, b"") + png[at + 8 : at + 8 + length]
        at += length + 12
    return chunks


def _light_values(chunks: dict[bytes, bytes], colour: int, depth: int) -> set[int]:
    """The pixel values that are white or see-through."""
    if colour == 0:
        return {(1 << depth) - 1} if b"tRNS" not in chunks else {chunks[b"tRNS"][1]}
    palette, clear = chunks[b"PLTE"], chunks.get(b"tRNS", b"")
    white = {i for i in range(len(palette) // 3) if palette[3 * i : 3 * i + 3] == b"\xff\xff\xff"}
    return white | {i for i, alpha in enumerate(clear) if alpha == 0}


def _rows(raw: bytes, width: int, height: int, depth: int) -> list[list[int]]:
    stride = (width * depth + 7) // 8 + 1
    lines = [raw[i * stride : (i + 1) * stride] for i in range(height)]
    above = bytes(stride - 1)
    rows = []
    for line in lines:
        assert line[0] in (0, 2)  # no filter, or the difference to the line above
        above = bytes((a + b) % 256 for a, b in zip(above, line[1:], strict=True)) if line[0] else line[1:]
        rows.append([_pixel(above, x, depth) for x in range(width)])
    return rows


def _pixel(line: bytes, x: int, depth: int) -> int:
    bit = x * depth
    return (line[bit // 8] >> (8 - depth - bit % 8)) & ((1 << depth) - 1)


def _scale(rows: list[list[int]], light: set[int]) -> int:
    """How many pixels make a module: the finder pattern begins with seven dark ones."""
    first = next(row for row in rows if any(value not in light for value in row))
    start = next(x for x, value in enumerate(first) if value not in light)
    end = next(x for x in range(start, len(first)) if first[x] in light)
    return (end - start) // 7
