"""What desk log-ins take and give over HTTP."""

from pydantic import Field, SecretStr

from backend.core.http import Body, Instant, Shape
from backend.core.wording import Line
from backend.people.desk_logins.rules import MAX_PASSWORD
from backend.people.schemas import AccountShape


class DeskCredentials(Body):
    """User name and password; `otp` is a one-time password or a recovery code, `new_password` for the first log-in."""

    username: Line = Field(min_length=1, max_length=40)
    password: SecretStr = Field(min_length=1, max_length=MAX_PASSWORD)
    otp: Line | None = Field(None, max_length=20)
    new_password: SecretStr | None = Field(None, max_length=MAX_PASSWORD)


class DeskSession(Shape):
    """A fresh log-in at the desk; recovery codes are shown this once, when one-time passwords were set up."""

    token: str
    expires_at: Instant
    recovery_codes: list[str]
    account: AccountShape


class ChangePassword(Body):
    """The password in use and a new one."""

    password: SecretStr = Field(min_length=1, max_length=MAX_PASSWORD)
    new_password: SecretStr = Field(max_length=MAX_PASSWORD)


class ConfirmPassword(Body):
    """The password in use."""

    password: SecretStr = Field(min_length=1, max_length=MAX_PASSWORD)


class OneTimeSetup(Shape):
    """What an authenticator app needs: the secret, and the same as the text of a QR code."""

    secret: str
    address: str


class ConfirmOneTime(Body):
    """The first one-time password that the app shows."""

    otp: Line = Field(min_length=1, max_length=20)


class RecoveryCodes(Shape):
    """Each stands in once for a one-time password; shown this once."""

    codes: list[str]


class TicketShape(Shape):
    """A ticket for a QR code, and the secret by which the page that showed it is known."""

    ticket: str
    secret: str
    address: str = Field(description="what the QR code says")
    expires_at: Instant


class TicketBrief(Shape):
    """What the phone shows before its owner confirms."""

    device: str
    created_at: Instant
    expires_at: Instant


class TicketSecret(Body):
    """The secret that came with the ticket."""

    secret: Line = Field(min_length=1, max_length=60)


class TicketAnswer(Shape):
    """Nothing yet, or the session."""

    confirmed: bool
    session: DeskSession | None
