"""The caller of the present request, with its type."""

from typing import cast

from backend.core import http
from backend.people.permissions import Caller


def current_caller() -> Caller:
    """Who sent this request; the border has authenticated it already."""
    return cast(Caller, http.caller())
