"""The code of a rating link: names its order, and nobody can make one up."""

from backend.core.crypto import keyring

PURPOSE = "rate an order"


def rating_code(number: str) -> str:
    """What the link of an order carries."""
    return f"{number}.{keyring.sign(PURPOSE, number)}"
