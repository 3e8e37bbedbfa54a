"""English for the desk: templates are written in Chinese, and a catalogue turns what a page says at the last moment.

Whoever writes a page writes Chinese and nothing else. When a template is compiled, each piece of Chinese in it becomes
a look-up (`Pieces`); what comes from Python is looked up when it is put out. What the catalogue does not have — names,
what people wrote — stays as it is. See `docs/decisions/0013-english-at-the-desk.md`.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from flask import redirect, request
from jinja2 import pass_context
from jinja2.ext import Extension
from werkzeug.wrappers import Response

COOKIE = "desk_language"
ENGLISH, CHINESE = "en", "zh"
A_YEAR_S = 365 * 24 * 3600
CATALOGUE = Path(__file__).parent / "english.json"
HAN = re.compile(r"[\u3400-\u9fff]")
# the parts of a template that Jinja reads: what is printed, what is done, what is left out
CODE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
PIECE = re.compile(r"[^<>\"{}]*[\u3400-\u9fff，。；：、（）][^<>\"{}]*")  # stops alone are pieces too
LITERAL = re.compile(r"(==|!=|\bin)?(\s*)(\"[^\"]*[\u3400-\u9fff][^\"]*\")")
CLOSING = frozenset(",.;:!?)”")
HOLE = re.compile(r"\{\w*\}")


def is_english() -> bool:
    """Whether whoever asks has switched to English."""
    return request.cookies.get(COOKIE) == ENGLISH


def say(text: str) -> str:
    """What Python says, in the language of whoever asks."""
    return in_english(text) if is_english() else text


def say_piece(text: str) -> str:
    """A piece of a template. English wants spaces between its pieces, but none before a stop."""
    if not is_english():
        return text
    english = in_english(text.strip())
    return f"{english} " if english[:1] in CLOSING else f" {english} "


def in_english(text: str) -> str:
    """By the catalogue: as it is, or by a sentence with holes; unknown words stay Chinese."""
    known, patterns = _catalogue()
    if text in known:
        return known[text]
    for pattern, english in patterns:
        if found := pattern.fullmatch(text):
            return english.format(*(in_english(part) for part in found.groups()))
    return text


@cache
def _catalogue() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    known: dict[str, str] = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    with_holes = sorted((one for one in known if HOLE.search(one)), key=len, reverse=True)
    return known, [(_pattern(one), HOLE.sub("{}", known[one])) for one in with_holes]


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, HOLE.split(sentence))), re.DOTALL)


class Pieces(Extension):
    """Each piece of Chinese in a template of the desk becomes `{{ _say("…") }}`."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template as Jinja compiles it."""
        if not (name or "").startswith("desk/"):
            return source
        return "".join(_code(part) if place % 2 else _text(part) for place, part in enumerate(CODE.split(source)))


def _text(part: str) -> str:
    return PIECE.sub(lambda found: f"{{{{ _say({json.dumps(found[0], ensure_ascii=False)}) }}}}", part)


def _code(part: str) -> str:
    """Literals are looked up too, save those that something is compared with."""
    if part.startswith("{#"):
        return part
    return LITERAL.sub(lambda found: found[0] if found[1] else f"{found[2]}_say({found[3]})", part)


def pieces_of(source: str) -> Iterator[str]:
    """Every piece of Chinese that a template looks up: what the catalogue must have."""
    for place, part in enumerate(CODE.split(source)):
        if place % 2 == 0:
            yield from (found.strip() for found in PIECE.findall(part))
        elif not part.startswith("{#"):
            yield from (json.loads(text).strip() for compared, _, text in LITERAL.findall(part) if not compared)


@pass_context
def _put_out(_: Any, value: Any) -> Any:
    """What Python gave to a page, on its way out; a context keeps Jinja from doing it once for all."""
    if type(value) is str and is_english() and HAN.search(value):
        return in_english(value)
    return value


def speak(app: Any) -> None:
    """Teach the templates of an application."""
    app.jinja_env.add_extension(Pieces)
    app.jinja_env.finalize = _put_out
    app.jinja_env.globals |= {"_say": say_piece, "is_english": is_english}


def switch(language: str, back: str) -> Response:
    """Go back to a page in the other language; the browser keeps the choice for a year."""
    answer = redirect(back, 303)
    answer.set_cookie(COOKIE, language, A_YEAR_S, path="/desk", httponly=True, samesite="Lax")
    return answer
