"""What a consent is needed for, and what its withdrawal does in the rooms."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.branch_life.activities.models import CheckIn, CheckInLocation
from backend.core.audit import AuditEntry
from backend.media.models import Media, MediaState
from backend.membership.claims.models import ClaimState, MembershipClaim
from backend.messaging.models import OutboxEvent
from backend.people.consents.models import Consent, ConsentPurpose
from backend.people.consents.service import has_consent
from backend.people.login import bind_phone
from backend.people.models import Member, OrganizationPost
from backend.service.models import ServiceOrder
from tests.branch_life.makers import START
from tests.branch_life.test_locations import HERE, VENUE, planned, stand
from tests.cast import Person, World
from tests.conftest import Answer, Api, FakeClock
from tests.service.conftest import LAMP, Desk
from tests.service.conftest import catalogue as catalogue
from tests.service.conftest import desk as desk

Client = Callable[[Person | None], Api]
PHONE = "13812345678"
CONTACT = {"name": "李桂芳", "phone": PHONE}


def withdraw(api: Client, person: Person, purpose: ConsentPurpose) -> Answer:
    """Withdraw over HTTP."""
    return api(person).post("/me/consents", {"purpose": purpose, "version": "2026-11", "given": False})


def forget(person: Person) -> None:
    """As if this person had never been asked."""
    Consent.delete().where(Consent.account == person.account).execute()


@pytest.mark.parametrize(
    "more",
    [
        {"contact": CONTACT},
        {"contact": None, "on_behalf_of": {"name": "李奶奶", "phone": PHONE, "relation": "母亲"}},
        {"contact": None, "own_phone": True},
    ],
)
def test_an_order_with_a_phone_needs_the_consent(desk: Desk, more: dict[str, Any]) -> None:
    person = desk.world.resident
    more = dict(more)
    if more.pop("own_phone", False):
        bind_phone(person.account.id, PHONE)
    forget(person)
    body = {key: value for key, value in {**LAMP, **more}.items() if value is not None}
    refused = desk.api(person).post("/orders", body)
    assert (refused.status, refused.code) == (409, "no_consent")
    assert refused.body["purpose"] == "service_contact"
    assert "办理" in refused.body["text"]
    assert ServiceOrder.select().count() == Consent.select().where(Consent.account == person.account).count() == 0
    assert desk.api(person).post("/orders", {**body, "consent": True}).status == 201
    assert has_consent(person.account.id, ConsentPurpose.SERVICE_CONTACT)
    assert desk.api(person).post("/orders", body).status == 201


def test_an_order_without_any_phone_needs_none(desk: Desk) -> None:
    forget(desk.world.resident)
    body = {key: value for key, value in LAMP.items() if key != "contact"}
    assert desk.api(desk.world.resident).post("/orders", body).status == 201


def test_a_withdrawn_phone_is_shown_to_no_handler_and_they_are_told(desk: Desk) -> None:
    world, number = desk.world, desk.completed()
    number = desk.pooled()
    desk.must(world.member, number, "claim")
    seen = desk.api(world.member).get(f"/orders/{number}").data
    assert seen["contact"]["phone"] == PHONE
    assert withdraw(desk.api, world.resident, ConsentPurpose.SERVICE_CONTACT).status == 201
    for person in (world.member, world.secretary):
        assert desk.api(person).get(f"/orders/{number}").data["contact"]["phone"] is None
    assert desk.api(world.resident).get(f"/orders/{number}").data["contact"]["phone"] == PHONE
    told = OutboxEvent.select().where(OutboxEvent.topic == "order.contact_withdrawn")
    assert number in {row.facts["number"] for row in told}
    assert all(row.people["handler"] for row in told if row.facts["number"] == number)
    desk.api(world.resident).post("/me/consents", {"purpose": "service_contact", "version": "2026-11", "given": True})
    assert desk.api(world.member).get(f"/orders/{number}").data["contact"]["phone"] == PHONE


def test_a_position_needs_the_consent_and_goes_with_it(api: Client, world: World, clock: FakeClock) -> None:
    activity = planned(api, world, place=VENUE, check_in={"methods": ["code", "location"]})
    clock.set(START)
    forget(world.member)
    refused = stand(api, world.member, activity, HERE)
    assert (refused.status, refused.code) == (409, "no_consent")
    assert CheckIn.select().count() == CheckInLocation.select().count() == 0
    assert stand(api, world.member, activity, HERE, consent=True).status == 201
    assert stand(api, world.second_member, activity, HERE, nonce="another-nonce-0123456789").status == 201
    withdraw(api, world.member, ConsentPurpose.LOCATION)
    kept = {row.check_in.member_id: row.lat for row in CheckInLocation.select()}
    assert kept[world.member.member.id] is None
    assert kept[world.second_member.member.id] is not None
    assert CheckIn.select().where(CheckIn.in_force == 1).count() == 2


def test_a_claim_needs_the_consent_and_ends_with_it(api: Client, world: World) -> None:
    bind_phone(world.resident.account.id, PHONE)
    forget(world.resident)
    claim = {"name": "罗小川", "branch": "DH-01-01", "id_tail": "123X"}
    assert api(world.resident).post("/me/membership-claims", claim).code == "no_consent"
    assert MembershipClaim.select().count() == 0
    assert api(world.resident).post("/me/membership-claims", {**claim, "consent": True}).status == 201
    withdraw(api, world.resident, ConsentPurpose.MEMBERSHIP)
    assert MembershipClaim.get().state == ClaimState.SUPERSEDED


def test_who_withdraws_his_membership_is_no_longer_bound_and_the_roster_stays(api: Client, world: World) -> None:
    assert api(world.member).get("/me/card").status == 200
    assert withdraw(api, world.member, ConsentPurpose.MEMBERSHIP).status == 201
    member = Member.get_by_id(world.member.member.id)
    assert (member.account_id, member.name, member.organization_id) == (None, "钱晓梅", world.branch.id)
    assert api(world.member).get("/me").data["member"] is None
    assert api(world.member).get("/me/card").status != 200
    entry = AuditEntry.get(AuditEntry.action == "member.unbound")
    assert (entry.about_id, entry.organization_id) == (world.member.account.id, world.branch.id)
    assert [row.topic for row in OutboxEvent.select()] == ["claim.ended"]


def test_who_holds_a_post_lays_it_down_first(api: Client, world: World) -> None:
    assert withdraw(api, world.secretary, ConsentPurpose.MEMBERSHIP).code == "holds_post"
    assert has_consent(world.secretary.account.id, ConsentPurpose.MEMBERSHIP)
    assert Member.get_by_id(world.secretary.member.id).account_id is not None
    OrganizationPost.delete().execute()
    assert withdraw(api, world.secretary, ConsentPurpose.MEMBERSHIP).status == 201


def test_pictures_are_withheld_until_agreed_to_again_and_looked_at(api: Client, world: World, clock: FakeClock) -> None:
    for n, person in enumerate((world.member, world.second_member)):
        Media.create(
            public_id=f"m{n}",
            uploader=person.account,
            kind="picture",
            content_type="image/png",
            file_name=f"f{n}",
            size=1,
            sha256="0" * 64,
            created_at=clock(),
            moderation=MediaState.PASSED,
        )

    def states() -> list[str]:
        return [row.moderation for row in Media.select().order_by(Media.public_id)]

    withdraw(api, world.member, ConsentPurpose.PHOTO)
    assert states() == ["withheld", "passed"]
    api(world.member).post("/me/consents", {"purpose": "photo", "version": "2026-11", "given": True})
    assert states() == ["review", "passed"]
