"""Text as people type it: bounded by each field, free of control characters."""

import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints

# one line: no control character at all; prose: line breaks and tabs may stay
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
Prose = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]


def _half_width(typed: Any) -> Any:
    return unicodedata.normalize("NFKC", typed) if isinstance(typed, str) else typed


# digits as a Chinese keyboard writes them (１３８…) are the digits that they show
HalfWidth = BeforeValidator(_half_width)
