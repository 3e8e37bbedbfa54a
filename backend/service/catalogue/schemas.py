"""What the catalogue gives over HTTP."""

from pydantic import Field

from backend.core.http import Shape


class ServiceTypeShape(Shape):
    """A kind of service that may be ordered."""

    code: str
    name: str
    hint: str
    needs_evidence: bool
    emergency: str = Field(description="to be shown above the form of every kind: whom to call where life is in danger")
