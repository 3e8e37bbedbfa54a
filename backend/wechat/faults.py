"""What the platform's error codes mean for us: classified once, in one table."""

from enum import StrEnum


class Remedy(StrEnum):
    """What to do about a refusal of the platform."""

    RETRY_LATER = "retry_later"
    REFRESH_TOKEN = "refresh_token"
    DROP_GRANT = "drop_grant"
    DISABLE_CHANNEL = "disable_channel"
    CALL_A_PERSON = "call_a_person"
    GIVE_UP = "give_up"


# code → remedy, seconds until a retry makes sense (0: by back-off alone). Sources: wechat.md §B, §D, §H.
REMEDIES: dict[int, tuple[Remedy, int]] = {
    -1: (Remedy.RETRY_LATER, 0),
    40001: (Remedy.REFRESH_TOKEN, 0),
    40014: (Remedy.REFRESH_TOKEN, 0),
    42001: (Remedy.REFRESH_TOKEN, 0),
    43101: (Remedy.DROP_GRANT, 0),
    43107: (Remedy.CALL_A_PERSON, 0),
    43108: (Remedy.RETRY_LATER, 2),
    44990: (Remedy.RETRY_LATER, 1),
    44991: (Remedy.RETRY_LATER, 60),
    44993: (Remedy.RETRY_LATER, 3600),
    45009: (Remedy.RETRY_LATER, 60),
    45011: (Remedy.RETRY_LATER, 60),
    40013: (Remedy.CALL_A_PERSON, 0),
    40125: (Remedy.CALL_A_PERSON, 0),
    40164: (Remedy.CALL_A_PERSON, 0),
    40243: (Remedy.CALL_A_PERSON, 0),
    48001: (Remedy.CALL_A_PERSON, 0),
    40037: (Remedy.CALL_A_PERSON, 0),
    93000: (Remedy.DISABLE_CHANNEL, 0),
    93004: (Remedy.DISABLE_CHANNEL, 0),
    93008: (Remedy.DISABLE_CHANNEL, 0),
    61010: (Remedy.GIVE_UP, 0),
}


class PlatformFault(Exception):
    """A call that the platform refused or never answered; carries no URL and no secret.

    `errcode` is None when there was no answer; `retry_after` is in seconds.
    """

    def __init__(self, errcode: int | None, what: str) -> None:
        super().__init__(f"{what}: {'no answer' if errcode is None else errcode}")
        self.errcode = errcode
        self.remedy, self.retry_after = (
            (Remedy.RETRY_LATER, 0) if errcode is None else REMEDIES.get(errcode, (Remedy.GIVE_UP, 0))
        )

    @property
    def permanent(self) -> bool:
        """Whether the same call can never succeed."""
        return self.remedy not in {Remedy.RETRY_LATER, Remedy.REFRESH_TOKEN}
