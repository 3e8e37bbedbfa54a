"""The caller of the present request, with its type."""

from backend.core import http
from backend.people.permissions import Caller


def current_caller() -> Caller:
    """Who sent this request; the border has authenticated it already."""
    found: Caller = http.caller()
    return found
