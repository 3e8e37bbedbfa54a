"""What activities let go of in time."""

from datetime import timedelta
from typing import Any

from backend.branch_life.activities.due import purge_wrong_codes
from backend.branch_life.activities.models import WrongCode
from tests.cast import World


def test_wrong_codes_are_forgotten_after_a_month(world: World, clock: Any) -> None:
    WrongCode.create(account=world.member.account, at=clock())
    assert purge_wrong_codes(now=clock() + timedelta(days=30)) == 0
    assert purge_wrong_codes(now=clock() + timedelta(days=30, seconds=1)) == 1
    assert WrongCode.select().count() == 0
