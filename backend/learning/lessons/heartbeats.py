"""Heartbeats of a player: counted once, whatever the client says, and put on the study card at the end."""

from backend.card.ledger import add_record
from backend.core.crypto import digest
from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict, NotFound
from backend.learning.lessons.access import find_visible
from backend.learning.lessons.cards import heard_alone
from backend.learning.lessons.listening import (
    NONCES_KEPT,
    TENTHS,
    Beat,
    allowed_credit,
    first_credit,
    is_done,
    length_of,
    merged,
    stretch_of,
)
from backend.learning.lessons.models import Lesson, LessonListening
from backend.learning.lessons.rules import LISTENING
from backend.learning.lessons.schemas import HeartbeatAnswer, LessonHeartbeat
from backend.learning.lessons.service import Actor
from backend.learning.lessons.viewings import heard_in_group
from backend.learning.lessons.workflow import LessonState
from backend.tally.counting import count

TRIES = 3
NONCE_DIGITS = 12


def take_heartbeat(public_id: str, body: LessonHeartbeat, actor: Actor) -> HeartbeatAnswer:
    """Count a heartbeat; a repeated nonce changes nothing and gets the present count."""

    def work() -> HeartbeatAnswer:
        for _ in range(TRIES):
            listening = _listening_to(public_id, body, actor)
            if _already_counted(listening, body) or _count_beat(listening, body, actor):
                return HeartbeatAnswer(listened_s=listening.listened // TENTHS, done=listening.done_at is not None)
        raise Conflict("heartbeat_conflict", "另一台设备正在收听，请稍后再试")

    return in_unit_of_work(work)


def _listening_to(public_id: str, body: LessonHeartbeat, actor: Actor) -> LessonListening:
    found: LessonListening | None = (
        LessonListening.select(LessonListening, Lesson)
        .join(Lesson)
        .where(Lesson.public_id == public_id, LessonListening.account == actor.caller.account_id)
        .first()
    )
    if found is None:
        return _begin(public_id, body, actor)
    if found.lesson.state != LessonState.PUBLISHED:
        raise NotFound()
    return found


def _begin(public_id: str, body: LessonHeartbeat, actor: Actor) -> LessonListening:
    lesson = find_visible(public_id, caller=actor.caller, today=actor.today)
    if lesson.state != LessonState.PUBLISHED:
        raise Conflict("not_published", "这讲党课还没有发布，试听不计时")
    mine = (LessonListening.lesson == lesson) & (LessonListening.account == actor.caller.account_id)
    LessonListening.insert(
        lesson=lesson,
        account=actor.caller.account_id,
        parts=[],
        nonces=[],
        credit=first_credit(body.speed),
        started_at=actor.now,
        heartbeat_at=actor.now,
    ).on_conflict_ignore().execute()
    listening: LessonListening = LessonListening.select(LessonListening, Lesson).join(Lesson).where(mine).get()
    return listening


def _already_counted(listening: LessonListening, body: LessonHeartbeat) -> bool:
    return _short(body.nonce) in listening.nonces


def _count_beat(listening: LessonListening, body: LessonHeartbeat, actor: Actor) -> bool:
    """One compare-and-swap; False when another device was faster."""
    length = listening.lesson.duration_s * TENTHS
    elapsed = int((actor.now - listening.heartbeat_at).total_seconds() * TENTHS)
    credit = allowed_credit(listening.credit, elapsed, body.speed, length)
    beat = Beat(round(body.position_s * TENTHS), round(body.played_s * TENTHS), body.speed)
    stretch = stretch_of(beat, credit, length)
    parts = merged(listening.parts, stretch)
    beats, before = listening.beats, listening.done_at
    listening.parts, listening.listened = parts, length_of(parts)
    listening.credit = credit - (stretch[1] - stretch[0])
    listening.position = min(beat.position, length)
    listening.nonces = [_short(body.nonce), *listening.nonces][:NONCES_KEPT]
    if beats == 0 or actor.now - listening.heartbeat_at > LISTENING.sitting:
        listening.plays += 1
    listening.heartbeat_at = max(actor.now, listening.heartbeat_at)
    listening.beats = beats + 1
    if before is None and is_done(listening.listened, length):
        listening.done_at = actor.now
    if not _swap(listening, beats):
        return False
    if beats == 0:
        _tally("lesson_listeners", actor)
    if before is None and listening.done_at is not None:
        _finish(listening, actor)
    return True


def _swap(listening: LessonListening, beats: int) -> bool:
    names = ("parts", "listened", "credit", "position", "nonces", "heartbeat_at", "beats", "plays", "done_at")
    changes = {name: getattr(listening, name) for name in names}
    same = (LessonListening.id == listening.id) & (LessonListening.beats == beats)
    return bool(LessonListening.update(**changes).where(same).execute())


def _finish(listening: LessonListening, actor: Actor) -> None:
    """Heard: one entry on the member's card, counted once for his branch."""
    _tally("lessons_heard", actor)
    member_id = actor.caller.member_id
    if member_id is None or heard_in_group(listening.lesson_id, member_id):
        return
    add_record(member_id, heard_alone(listening.lesson, actor.now), now=actor.now)


def _tally(measure: str, actor: Actor) -> None:
    if actor.caller.branch_id is not None:
        count(measure, actor.caller.branch_id, day=actor.today)


def _short(nonce: str) -> str:
    return digest(nonce)[:NONCE_DIGITS]
