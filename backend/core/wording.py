"""Text as people type it: bounded by each field, free of control characters."""

from typing import Annotated

from pydantic import StringConstraints

# one line: no control character at all; prose: line breaks and tabs may stay
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")]
Prose = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
