"""What the catalogue gives over HTTP."""

from backend.core.http import Shape


class ServiceTypeShape(Shape):
    """A kind of service that may be ordered."""

    code: str
    name: str
    hint: str
    needs_evidence: bool
