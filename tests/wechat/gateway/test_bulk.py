"""Many service notifications at once: each has its fate, none is lost, the token is renewed once."""

import time
from collections import Counter

import pytest

from backend.wechat.bulk import BulkSender, Fate, Pace, Spacing
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.gateway import Gateway
from backend.wechat.miniprogram import SubscribeMessage
from tests.emulated import SEND, STABLE_TOKEN, Platform
from tests.wechat.gateway.test_miniprogram import DATA, TEMPLATE

PEOPLE = 40


@pytest.fixture
def crowd(platform: Platform) -> list[str]:
    """The openids of many people who have accepted once."""
    platform.control("users", users=[{"name": f"p{n}", "display_name": f"群众{n}"} for n in range(PEOPLE)])
    openids = platform.look("world")["openids"]
    for number in range(PEOPLE):
        platform.accept(f"p{number}", TEMPLATE)
    return [openids[f"p{number}"]["miniprogram"] for number in range(PEOPLE)]


def messages(openids: list[str]) -> list[SubscribeMessage]:
    """The same notification for all."""
    return [SubscribeMessage(openid, TEMPLATE, DATA, "pages/index/index") for openid in openids]


def fates(sender: BulkSender, openids: list[str]) -> list[Fate]:
    """What became of each, in order."""
    found = dict(one for portion in sender.send(messages(openids)) for one in portion)
    assert sorted(found) == list(range(len(openids)))
    return [found[index] for index in range(len(openids))]


def codes(found: list[Fate]) -> Counter[object]:
    """How many were taken, and how many died of which code."""
    return Counter(fate.errcode if isinstance(fate, PlatformFault) else "taken" for fate in found)


def test_all_arrive_with_the_ids_that_were_given(gateway: Gateway, platform: Platform, crowd: list[str]) -> None:
    found = fates(gateway.bulk, crowd)
    sent = {one["openid"]: one["msgid"] for one in platform.sent(channel="subscribe_message")}
    assert sent == dict(zip(crowd, found, strict=True))


def test_each_has_its_own_fault(gateway: Gateway, platform: Platform, crowd: list[str]) -> None:
    platform.fault(SEND, errcode=-1, user="p3")
    platform.fault(SEND, errcode=45009, user="p5")
    platform.fault(SEND, http=502, user="p7")
    platform.fault(SEND, truncate=True, after=True, user="p9")
    platform.fault(SEND, drop=True, user="p11")
    found = fates(gateway.bulk, crowd)
    assert codes(found) == {"taken": PEOPLE - 5, -1: 1, 45009: 1, None: 3}
    assert [fate.ambiguous for fate in found if isinstance(fate, PlatformFault)] == [False, False, True, True, True]


def test_grants_end_in_the_middle_of_a_batch(gateway: Gateway, platform: Platform, crowd: list[str]) -> None:
    found = fates(gateway.bulk, crowd + crowd[:10])
    assert codes(found) == {"taken": PEOPLE, 43101: 10}
    assert {fate.remedy for fate in found if isinstance(fate, PlatformFault)} == {Remedy.DROP_GRANT}


def test_one_person_gets_one_message_at_a_time(gateway: Gateway, platform: Platform, crowd: list[str]) -> None:
    platform.control("settings", send_takes_s=0.05)
    platform.accept("p0", TEMPLATE, times=4)
    assert codes(fates(gateway.bulk, crowd[:1] * 5 + crowd[1:3])) == {"taken": 7}  # 43108 would be the answer


def test_a_token_that_a_rival_replaced_is_renewed_once(gateway: Gateway, platform: Platform, crowd: list[str]) -> None:
    gateway.miniprogram.templates()
    platform.count(STABLE_TOKEN)
    platform.fault(SEND, errcode=40001, times=3, skip=5)
    assert codes(fates(gateway.bulk, crowd)) == {"taken": PEOPLE}
    assert platform.calls(STABLE_TOKEN) == 1
    assert len(platform.sent(channel="subscribe_message")) == PEOPLE


def test_a_token_that_is_refused_for_ever_ends_after_one_more_try(
    gateway: Gateway, platform: Platform, crowd: list[str]
) -> None:
    gateway.miniprogram.templates()
    platform.count(STABLE_TOKEN)
    platform.fault(SEND, errcode=40001, times=None)
    found = fates(gateway.bulk, crowd)
    assert codes(found) == {40001: PEOPLE}
    assert not any(fate.ambiguous for fate in found if isinstance(fate, PlatformFault))
    assert platform.calls(STABLE_TOKEN) == 1
    (fault,) = [one for one in platform.look("faults") if one["path"] == SEND]
    assert fault["fired"] <= PEOPLE + 1  # those that were under way, and the one that went ahead


def test_without_a_token_nothing_is_sent(gateway: Gateway, platform: Platform, crowd: list[str]) -> None:
    platform.control("apps", appid=gateway.miniprogram.app.appid, secret_frozen=True)
    platform.count(SEND)
    assert codes(fates(gateway.bulk, crowd)) == {40243: PEOPLE}
    assert platform.calls(SEND) == 0


def test_what_is_not_begun_when_it_must_stop_does_not_occur(
    gateway: Gateway, platform: Platform, crowd: list[str]
) -> None:
    asked = iter([False] * 8 + [True] * 1000)  # asked before the first round too
    found = [one for part in gateway.bulk.send(messages(crowd), stopping=lambda: next(asked)) for one in part]
    assert len(found) == 7
    assert len(platform.sent(channel="subscribe_message")) == 7


def test_whoever_stops_listening_stops_the_sending(gateway: Gateway, platform: Platform, crowd: list[str]) -> None:
    platform.count(SEND)
    platform.control("settings", send_takes_s=0.05)
    portions = gateway.bulk.send(messages(crowd[:1] * PEOPLE))
    next(portions)
    portions.close()
    assert 1 <= platform.calls(SEND) <= 5


def test_nothing_to_send_costs_nothing(gateway: Gateway, platform: Platform) -> None:
    platform.count(STABLE_TOKEN)
    assert list(gateway.bulk.send([])) == []
    assert platform.calls(STABLE_TOKEN) == 0


def paced(*spacings: Spacing, asked: list[tuple[int, float]] | None = None) -> Pace:
    """Gives these turns, one after the other, then none; `asked` notes what for."""
    given = iter(spacings)

    def pace(count: int, ahead_s: float) -> Spacing | None:
        if asked is not None:
            asked.append((count, ahead_s))
        return next(given, None)

    return pace


def test_turns_that_came_too_late_are_given_up_and_asked_for_farther_ahead(
    gateway: Gateway, platform: Platform, crowd: list[str]
) -> None:
    """As on a machine that was busy elsewhere: what piled up must not leave all at once, and not wait for ever."""
    asked: list[tuple[int, float]] = []
    late, good = Spacing(time.monotonic() - 100, 1.0, 5), Spacing(time.monotonic() + 0.1, 0.01, 5)
    pace = paced(late, good, asked=asked)
    found = [one for part in gateway.bulk.send(messages(crowd), pace=pace) for one in part]
    assert sorted(index for index, _ in found) == [0, 1, 2, 3, 4]  # none of them is lost
    assert [count for count, _ in asked] == [PEOPLE, PEOPLE, PEOPLE - 5]
    assert asked[0][1] == asked[2][1] == 0
    assert 200 < asked[1][1] < 300  # twice as long as it was late
    assert len(platform.sent(channel="subscribe_message")) == 5


def test_who_misses_a_turn_takes_the_next_and_the_missed_ones_are_lost(
    gateway: Gateway, platform: Platform, crowd: list[str]
) -> None:
    late = Spacing(time.monotonic() - 0.5, 0.1, 10)  # of ten turns, five are over
    found = [one for part in gateway.bulk.send(messages(crowd), pace=paced(late)) for one in part]
    assert 1 <= len(found) <= 5
    assert min(index for index, _ in found) == 0  # the first message, not the one whose turn it was


def test_a_refused_token_costs_no_turn_of_anybody_else(gateway: Gateway, platform: Platform, crowd: list[str]) -> None:
    gateway.miniprogram.templates()  # so that a token is at hand, which is refused then
    platform.fault(SEND, errcode=40001)
    platform.count(SEND)
    turns = paced(*(Spacing(time.monotonic() + second, 0.01, count) for second, count in ((0, 1), (1, 3), (2, 3))))
    found = [one for part in gateway.bulk.send(messages(crowd[:3]), pace=turns) for one in part]
    assert len(found) == 3
    assert platform.calls(SEND) == 3  # beside the refused one: as many as turns were given


def test_trouble_with_turns_takes_nothing_back_that_is_under_way(
    gateway: Gateway, platform: Platform, crowd: list[str]
) -> None:
    """What the platform has taken must be known, or it would be sent again."""
    platform.control("settings", send_takes_s=0.1)
    given = iter([Spacing(time.monotonic(), 0.0, 5)])

    def pace(_count: int, _ahead_s: float) -> Spacing | None:
        return next(given)  # and then StopIteration, as when the database is away

    found = [one for part in gateway.bulk.send(messages(crowd), pace=pace) for one in part]
    assert all(isinstance(fate, str) for _, fate in found)
    assert len(found) == len(platform.sent(channel="subscribe_message")) == 5


def test_what_is_under_way_when_the_sending_breaks_off_may_have_arrived(
    gateway: Gateway, platform: Platform, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.wechat.bulk._fate_of", lambda reply: 1 / 0)
    found = [fate for part in gateway.bulk.send(messages(crowd)) for _, fate in part]
    assert found
    assert all(isinstance(fate, PlatformFault) and fate.ambiguous for fate in found)
    assert len(found) >= len(platform.sent(channel="subscribe_message"))
