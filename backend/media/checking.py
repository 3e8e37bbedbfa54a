"""The check of pictures and sound: asked of the platform once a file is used, decided by people where it is not."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import peewee as pw

from backend.core import audit
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, NotFound
from backend.media.links import link_to
from backend.media.models import Media, MediaKind, MediaState
from backend.media.rules import MEGABYTE
from backend.messaging import deliveries, outbox
from backend.people.access import require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.wechat.pushes import NotYet
from backend.wechat.verdicts import Verdict, read_media_verdict

SUBJECT = "media"
SCENE = 1
MAX_CHECKED_BYTES = 10 * MEGABYTE  # the platform fetches no larger file (wechat.md §B.6)
REFUSED_LISTED = timedelta(days=30)  # our own: whoever asks why does so within a month

OUTCOMES: Mapping[Verdict, MediaState] = {
    "pass": MediaState.PASSED,
    "review": MediaState.REVIEW,
    "risky": MediaState.REFUSED,
}
# what a verdict may still change: a late one counts as long as no person has decided
OPEN_TO: Mapping[Verdict, tuple[MediaState, ...]] = {
    "pass": (MediaState.PENDING, MediaState.REVIEW),
    "review": (MediaState.PENDING,),
    "risky": (MediaState.PENDING, MediaState.REVIEW),
}
UNDECIDED = (MediaState.PENDING, MediaState.REVIEW)


def attach(media_ids: Collection[int], *, organization_id: int, now: datetime) -> None:
    """Mark files as used, in the unit of work of what uses them: no purge takes them, and their check begins."""
    for media in Media.select().where(Media.id.in_(list(media_ids))) if media_ids else ():
        first_use = Media.update(attached_at=now, organization=organization_id).where(
            Media.id == media.id, Media.attached_at.is_null()
        )
        if first_use.execute():
            _begin_check(media, organization_id, now)


def _begin_check(media: Media, organization_id: int, now: datetime) -> None:
    if media.kind == MediaKind.DOCUMENT:  # no platform reads them: whoever attached it answers for it
        _apply(media.id, "pass", now)
        return
    if media.size > MAX_CHECKED_BYTES:
        _apply(media.id, "review", now)
        return
    outbox.enqueue(
        "content.check",
        {
            "subject": SUBJECT,
            "id": media.id,
            "kind": media.kind,
            "path": link_to(media, now=now),
            "account_id": media.uploader_id,
            "scene": SCENE,
        },
        key=_key(media.id),
        organization_id=organization_id,
        people={},
        now=now,
    )


def _key(media_id: int) -> str:
    return f"content-check:media:{media_id}"


def verdict_arrived(_appid: str, event: Mapping[str, Any], *, now: datetime) -> None:
    """`wxa_media_check`: the platform's verdict; NotYet when it overtook our own note of the check.

    A file that the platform could not fetch goes to a person.
    """
    found = read_media_verdict(event)
    asked = deliveries.facts_of(found.trace_id)
    if asked is None:
        raise NotYet(found.trace_id)
    record_verdict(asked["id"], found.verdict or "review", now=now)


def record_verdict(media_id: int, verdict: Verdict, *, now: datetime) -> None:
    """Apply the platform's answer; does nothing where a person, or a former answer, has decided."""
    in_unit_of_work(lambda: _apply(media_id, verdict, now))


def _apply(media_id: int, verdict: Verdict, now: datetime) -> None:
    outcome = OUTCOMES[verdict]
    still_open = (Media.id == media_id) & Media.moderation.in_(OPEN_TO[verdict])
    if Media.update(moderation=outcome).where(still_open).execute():
        _tell(Media.get_by_id(media_id), outcome, now)


def pass_reviewed(media_ids: Sequence[int | None], *, now: datetime) -> None:
    """A person has looked at what uses these files and approved it; 409 when one of them was refused before.

    Runs in the unit of work of the approval, which keeps who it was.
    """
    ids = [one for one in media_ids if one is not None]
    wanted = Media.id.in_(ids)
    if Media.select(Media.id).where(wanted, Media.moderation == MediaState.REFUSED).exists():
        raise Conflict("media_refused", "其中的音频或图片未通过内容检查，请退回作者更换")
    Media.update(moderation=MediaState.PASSED).where(wanted, Media.moderation.in_(UNDECIDED)).execute()
    outbox.withdraw([_key(one) for one in ids], now=now)


def decide_media(public_id: str, *, passed: bool, note: str | None, caller: Caller, now: datetime) -> None:
    """A person lets a file pass or refuses it, in the caller's unit of work; 409 when it stands so already."""
    used = Media.select(Media, Organization).join(Organization)
    media: Media | None = used.where(Media.public_id == public_id).first()
    if media is None or media.organization is None:
        raise NotFound()
    require(caller, Right.MODERATE, media.organization)
    outcome = MediaState.PASSED if passed else MediaState.REFUSED
    other = (Media.id == media.id) & Media.moderation.not_in((outcome, MediaState.WITHHELD))
    update_exactly_one(Media.update(moderation=outcome).where(other), lost=_decided)
    audit.record(
        f"media.{outcome}",
        audit.Subject(f"media:{public_id}", media.organization_id, media.uploader_id),
        actor_id=caller.account_id,
        purpose=note or "人工审核图片或录音",
        now=now,
    )
    _tell(media, outcome, now, note)


def _decided() -> Conflict:
    return Conflict("already_decided", "这个文件已经这样处理过了")


def waiting_media(organization_ids: Sequence[int], *, after: int, limit: int, now: datetime) -> list[Media]:
    """Files used in these organisations that nothing has passed yet, oldest first, with their organisation."""
    recent = (Media.moderation == MediaState.REFUSED) & (Media.attached_at > now - REFUSED_LISTED)
    rows: pw.ModelSelect[Media] = (
        Media.select(Media, Organization)
        .join(Organization)
        .where(Media.organization.in_(organization_ids), Media.moderation.in_(UNDECIDED) | recent, Media.id > after)
        .order_by(Media.id)
        .limit(limit)
    )
    return list(rows)


def _tell(media: Media, outcome: MediaState, now: datetime, note: str | None = None) -> None:
    """Moderators learn that their queue is no longer empty, the uploader that his file was refused."""
    facts = {"kind": media.kind, "note": note}
    if outcome is MediaState.REVIEW and not _others_wait(media):
        _say("media.review", media, facts, now)
    if outcome is MediaState.REFUSED:
        _say("media.refused", media, facts, now)


def _others_wait(media: Media) -> bool:
    rows = Media.select(Media.id).where(
        Media.organization == media.organization_id, Media.moderation == MediaState.REVIEW, Media.id != media.id
    )
    return bool(rows.exists())


def _say(topic: str, media: Media, facts: Mapping[str, Any], now: datetime) -> None:
    outbox.enqueue(
        topic,
        facts,
        key=f"{topic}:{media.id}:{now:%Y%m%dT%H%M%S%f}",
        organization_id=media.organization_id,
        people={"author": [media.uploader_id]},
        now=now,
    )


def kind_name(media: Media) -> str:
    """What people call it."""
    return {MediaKind.PICTURE: "图片", MediaKind.AUDIO: "录音", MediaKind.DOCUMENT: "文档"}[MediaKind(media.kind)]
