"""The chain over the audit log: whoever changes, removes or inserts a row is found out."""

import hmac
import threading
from collections.abc import Callable

import pytest
from flask import Flask

from backend.core import audit
from backend.core.audit import AuditEntry, AuditHead
from backend.core.audit_chain import EMPTY, Row, link_entries, next_hash, sign_anew, verify
from backend.core.crypto import keyring
from backend.core.database import connected, in_unit_of_work
from tests.cast import World
from tests.conftest import FakeClock

ENTRIES = 7


def write(clock: FakeClock, count: int = 1, action: str = "me.export") -> None:
    """Append entries, as a request does."""
    for n in range(count):
        clock.advance(seconds=1)
        subject = audit.Subject(f"account:{n}", 1, n)
        in_unit_of_work(lambda about=subject: audit.record(action, about, actor_id=1, purpose="查阅", now=clock()))


@pytest.fixture
def chained(world: World, clock: FakeClock) -> list[AuditEntry]:
    """A few linked entries."""
    write(clock, ENTRIES)
    assert link_entries(now=clock()) == ENTRIES
    return list(AuditEntry.select().order_by(AuditEntry.position))


def found() -> tuple[str, int | None, int | None]:
    """Kind, position and entry of the first broken link."""
    broken = verify().broken
    assert broken is not None
    assert broken.sentence
    return broken.kind, broken.position, broken.entry_id


def test_entries_are_linked_once_in_the_order_of_their_ids(chained: list[AuditEntry], clock: FakeClock) -> None:
    assert [entry.position for entry in chained] == list(range(1, ENTRIES + 1))
    assert sorted(entry.id for entry in chained) == [entry.id for entry in chained]
    assert link_entries(now=clock()) == 0
    write(clock, 2)
    assert (verify().checked, verify().waiting, verify().broken) == (ENTRIES, 2, None)
    assert link_entries(now=clock()) == 2
    assert (verify().checked, verify().waiting, verify().broken) == (ENTRIES + 2, 0, None)
    assert verify().head == f"{ENTRIES + 2}:{AuditHead.get().hash}"


def test_more_than_a_batch_is_linked_in_one_go(world: World, clock: FakeClock) -> None:
    in_unit_of_work(lambda: [audit.record("x", "y", actor_id=None, purpose="", now=clock()) for _ in range(450)])
    assert link_entries(now=clock()) == 450
    assert verify().checked == 450


def test_an_empty_log_is_whole(world: World) -> None:
    assert (verify().checked, verify().broken) == (0, None)


@pytest.mark.parametrize("changed", [{"purpose": "别的"}, {"actor_id": 99}, {"about_id": None}, {"action": "other"}])
def test_a_changed_row_is_named(chained: list[AuditEntry], changed: dict[str, object]) -> None:
    AuditEntry.update(**changed).where(AuditEntry.id == chained[3].id).execute()
    assert found() == ("changed", 4, chained[3].id)


def test_a_changed_instant_is_named(chained: list[AuditEntry], clock: FakeClock) -> None:
    AuditEntry.update(at=clock()).where(AuditEntry.id == chained[0].id).execute()
    assert found() == ("changed", 1, chained[0].id)


def test_a_deleted_row_is_named(chained: list[AuditEntry]) -> None:
    AuditEntry.delete().where(AuditEntry.id == chained[2].id).execute()
    assert found() == ("missing", 3, None)


def test_deleted_rows_at_the_end_are_named(chained: list[AuditEntry]) -> None:
    AuditEntry.delete().where(AuditEntry.position > 5).execute()
    assert found() == ("missing", 6, None)


def test_a_gap_that_was_closed_by_renumbering_is_named(chained: list[AuditEntry]) -> None:
    AuditEntry.delete().where(AuditEntry.id == chained[2].id).execute()
    for entry in chained[3:]:
        AuditEntry.update(position=entry.position - 1).where(AuditEntry.id == entry.id).execute()
    assert found() == ("missing", 3, chained[3].id)


def test_a_row_inserted_without_our_key_is_named_and_never_linked(chained: list[AuditEntry], clock: FakeClock) -> None:
    for seal in (None, "A" * 22):
        forged = AuditEntry.create(at=clock(), actor_id=1, action="x", subject="y", purpose="z", seal=seal)
        assert found() == ("inserted", None, forged.id)
        assert link_entries(now=clock()) == 0
        forged.delete_instance()
    assert verify().broken is None


def test_a_row_inserted_into_the_chain_is_named(chained: list[AuditEntry], clock: FakeClock) -> None:
    after = ENTRIES + 1
    row = {"at": clock(), "actor_id": 1, "action": "x", "subject": "y", "purpose": "z"}
    forged = AuditEntry.create(**row, position=after, hash=EMPTY)
    assert found() == ("inserted", after, forged.id)


def test_a_chain_computed_anew_by_somebody_without_the_key_is_found_out(chained: list[AuditEntry]) -> None:
    AuditEntry.update(purpose="改").where(AuditEntry.id == chained[0].id).execute()
    previous = EMPTY
    for entry in AuditEntry.select().order_by(AuditEntry.position):
        text = audit.canonical(
            (
                audit.to_stored(entry.at),
                entry.actor_id,
                entry.action,
                entry.subject,
                entry.purpose,
                entry.organization_id,
                entry.about_id,
            )
        )
        row = Row(entry.id, entry.position, None, None, entry.at, text)
        previous = next_hash(previous, entry.position, row)
        AuditEntry.update(hash=previous).where(AuditEntry.id == entry.id).execute()
    AuditHead.update(hash=previous).execute()
    assert found()[0] == "unsigned"


def test_a_forged_head_is_not_extended(chained: list[AuditEntry], clock: FakeClock) -> None:
    AuditHead.update(mac="A" * 22).execute()
    write(clock)
    assert link_entries(now=clock()) == 0
    assert AuditHead.get().position == ENTRIES


def test_two_linkers_at_once_make_one_chain(world: World, app: Flask, clock: FakeClock) -> None:
    in_unit_of_work(lambda: [audit.record("x", "y", actor_id=None, purpose="", now=clock()) for _ in range(400)])
    ready = threading.Barrier(4)

    def link(work: Callable[..., object]) -> None:
        with connected():
            ready.wait()
            work(now=clock())

    threads = [threading.Thread(target=link, args=(link_entries,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    link_entries(now=clock())
    assert (verify().checked, verify().waiting, verify().broken) == (400, 0, None)


def test_after_another_secret_the_head_is_signed_anew_but_only_of_a_whole_chain(
    chained: list[AuditEntry], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(clock)
    monkeypatch.setattr(keyring, "_signer", hmac.new(b"another key", digestmod="sha256"))
    assert found()[0] == "unsigned"
    assert sign_anew().broken is None
    assert link_entries(now=clock()) == 1
    AuditEntry.update(purpose="改").where(AuditEntry.id == chained[1].id).execute()
    assert sign_anew().broken == verify().broken is not None
