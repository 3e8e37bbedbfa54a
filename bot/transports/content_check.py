"""The platform's check of a text or a file: what it says goes back to the room that asked."""

from collections.abc import Callable, Mapping
from datetime import datetime

from backend.messaging import rates
from backend.messaging.addresses import openid_of
from backend.messaging.deliveries import Parcel
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.gateway import Gateway
from bot.transports.carrier import NotNow

Record = Callable[..., None]

TRIES = 3  # the third comes 35 seconds after the first; then a person decides


class ContentChecks:
    """Asks within a minute of submission, well inside the two hours that the platform allows.

    A text gets its verdict at once. A file (facts with a `path`, a signed link below `public_url`) is fetched by the
    platform, whose verdict comes as an event that names the delivery's platform id.
    """

    def __init__(self, gateway: Gateway, appid: str, subjects: Mapping[str, Record], public_url: str) -> None:
        self._gateway = gateway
        self._appid = appid
        self._subjects = subjects
        self._public_url = public_url

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Check one text, or begin the check of one file; whatever the platform cannot judge goes to a person."""
        facts = parcel.facts
        self._await_turn("check_file" if "path" in facts else "check_text", now)
        found = self._answer(parcel)
        if found is None or "path" not in facts:
            self._subjects[facts["subject"]](facts["id"], found or "review", now=now)
        return found

    def _await_turn(self, call: str, now: datetime) -> None:
        """Raises NotNow when all processes together have asked the platform as often as it allows."""
        bucket = rates.bucket_of_app(call, self._appid)
        free_at = rates.reserve(bucket, rates.interval_of(f"rate_{call}"), now=now)
        if free_at is not None:
            raise NotNow(free_at)

    def _answer(self, parcel: Parcel) -> str | None:
        """The verdict on a text, the platform's name for the check of a file; None where a person has to judge."""
        facts, miniprogram = parcel.facts, self._gateway.miniprogram
        openid = openid_of(facts["account_id"], self._appid)
        if openid is None:
            return None  # never seen in the mini program: the platform would not answer
        try:
            if "path" in facts:
                url = self._public_url + facts["path"]
                return miniprogram.start_media_check(url, facts["kind"], openid=openid, scene=facts["scene"])
            return miniprogram.check_text(facts["text"], openid=openid, scene=facts["scene"])
        except PlatformFault as fault:
            if parcel.attempts >= TRIES or fault.remedy in {Remedy.GIVE_UP, Remedy.CALL_A_PERSON}:
                return None  # nobody shall wait for a platform that is down
            raise
