"""The platform's check of a text: its verdict goes back to the room that the text belongs to."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from backend.messaging.addresses import openid_of
from backend.messaging.deliveries import Parcel
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.gateway import Gateway

Record = Callable[..., None]

TRIES = 3  # the third comes 35 seconds after the first; then a person decides


class ContentChecks:
    """Asks within a minute of submission, well inside the two hours that the platform allows."""

    def __init__(self, gateway: Gateway, appid: str, subjects: Mapping[str, Record]) -> None:
        self._gateway = gateway
        self._appid = appid
        self._subjects = subjects

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Check one text; whatever the platform cannot judge goes to a person."""
        facts = parcel.facts
        verdict = self._ask(facts, last=parcel.attempts >= TRIES)
        self._subjects[facts["subject"]](facts["id"], verdict, now=now)
        return verdict

    def _ask(self, facts: Mapping[str, Any], *, last: bool) -> str:
        openid = openid_of(facts["account_id"], self._appid)
        if openid is None:
            return "review"  # never seen in the mini program: the platform would not answer
        try:
            return self._gateway.miniprogram.check_text(facts["text"], openid=openid, scene=facts["scene"])
        except PlatformFault as fault:
            if last or fault.remedy in {Remedy.GIVE_UP, Remedy.CALL_A_PERSON}:
                return "review"  # nobody shall wait for a platform that is down
            raise
