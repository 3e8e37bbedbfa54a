"""Every role, every right, in the own organisation, below it and beside it: asked over HTTP, cell by cell."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from backend.people.models import OrganizationPost, Role
from backend.people.permissions import Right
from tests.cast import SINCE, World
from tests.conftest import Api, FakeClock
from tests.people.probes import PROBES, Probe, furnish
from tests.people.test_permissions import REACHED, expected

Client = Callable[[Any], Api]
TABLE = expected()
# what is answered to whoever has the right: done, or refused for what was sent
PERMITTED = {200, 201, 409, 422}


def reaches(role: Role, right: Right, place: str) -> bool:
    """What the table written out by hand says."""
    return place in REACHED[TABLE[role, right]]


def wanted(probe: Probe, role: Role, right: Right, place: str) -> str:
    """Permitted; 403 for who may at least see the thing; 404 for everybody else."""
    if reaches(role, right, place):
        return "permitted"
    return "403" if any(reaches(role, seen, place) for seen in probe.seen_by) else "404"


def test_every_right_has_a_probe() -> None:
    assert set(PROBES) == set(Right)


@pytest.mark.parametrize("right", Right)
def test_every_cell_over_http(api: Client, world: World, clock: FakeClock, right: Right) -> None:
    spots = furnish(api, world, clock())
    probe, asked = PROBES[right], api(world.stranger)
    assert [probe.ask(asked, spot) for spot in spots.values()] == [404] * 3  # without a post every door is shut
    post = OrganizationPost.create(
        organization=world.street, account=world.stranger.account, role=Role.VOLUNTEER, starts_on=SINCE
    )
    found = {}
    for role, (place, spot) in product(Role, spots.items()):
        OrganizationPost.update(role=role).where(OrganizationPost.id == post.id).execute()
        status = probe.ask(asked, spot)
        found[role, place] = "permitted" if status in PERMITTED else str(status)
    assert found == {(role, place): wanted(probe, role, right, place) for role, place in product(Role, spots)}
