"""The grant ledger: +1 per accepted prompt, −1 per message, 0 when the person has refused."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import among, in_unit_of_work, rows_of
from backend.messaging import burden
from backend.messaging.models import GrantEvent, MessageTemplate, ShownPrompt, SubscriptionGrant
from backend.messaging.schemas import GrantShape, GrantsLeft, PromptAnswer
from backend.people.access import find_organization, in_subtree, require
from backend.people.models import Account, Organization, WeChatIdentity
from backend.people.permissions import Caller, Right

FEWEST_TOLD = 3


@dataclass(frozen=True)
class GrantChange:
    """What the platform reports: `accepted` adds one message, otherwise the person refuses from now on.

    `event_key` is the same however often the platform delivers the event; `happened_at` is the platform's own time,
    since events may overtake each other.
    """

    appid: str
    openid: str
    template_id: str
    accepted: bool
    event_key: str
    happened_at: datetime | None = None


def apply_change(change: GrantChange, *, now: datetime) -> None:
    """Enter one change; one that was entered already, or whose person or template is unknown, changes nothing."""

    def work() -> None:
        account_id = _account_of(change)
        template = MessageTemplate.get_or_none(MessageTemplate.template_id == change.template_id)
        if account_id is None or template is None:
            return
        at = change.happened_at or now
        granted = change.accepted and not _refused_since(account_id, template.id, at)
        entered = GrantEvent.insert(
            account=account_id,
            template=template,
            event_key=change.event_key,
            kind="accept" if change.accepted else "reject",
            change=1 if granted else 0,
            at=at,
        )
        if entered.on_conflict_ignore().as_rowcount().execute():
            SubscriptionGrant.insert(
                account=account_id, template=template.id, credits=0, changed_at=now
            ).on_conflict_ignore().execute()
            if granted:
                _add_credit(account_id, template.id, now=now)
            elif not change.accepted:
                _refuse(account_id, template.id, at, now=now)

    in_unit_of_work(work)


def _account_of(change: GrantChange) -> int | None:
    identity = WeChatIdentity.get_or_none(WeChatIdentity.appid == change.appid, WeChatIdentity.openid == change.openid)
    return identity.account_id if identity else None


def _refused_since(account_id: int, template_id: int, at: datetime) -> bool:
    """Whether the person refused after `at`: an earlier "yes" that arrives only now counts for nothing."""
    refusals = GrantEvent.select(GrantEvent.id).where(
        GrantEvent.account == account_id,
        GrantEvent.template == template_id,
        GrantEvent.kind == "reject",
        GrantEvent.at > at,
    )
    return bool(refusals.exists())


def _add_credit(account_id: int, template_id: int, *, now: datetime) -> None:
    SubscriptionGrant.update(credits=SubscriptionGrant.credits + 1, changed_at=now).where(
        SubscriptionGrant.account == account_id, SubscriptionGrant.template == template_id
    ).execute()


def _refuse(account_id: int, template_id: int, at: datetime, *, now: datetime) -> None:
    """Nothing is left but what the person accepted after this refusal, should that have come before it."""
    later = GrantEvent.select(GrantEvent.id).where(
        GrantEvent.account == account_id,
        GrantEvent.template == template_id,
        GrantEvent.change > 0,
        GrantEvent.at > at,
    )
    left = later.count()
    SubscriptionGrant.update(credits=left, changed_at=now).where(
        SubscriptionGrant.account == account_id,
        SubscriptionGrant.template == template_id,
        SubscriptionGrant.credits > left,
    ).execute()


def use_up(account_ids: Iterable[int], template: MessageTemplate, *, now: datetime) -> None:
    """Count down for messages that the platform took, one for each time an account is named.

    Long-term templates are never used up.
    """
    left = Counter() if template.long_term else Counter(account_ids)
    while left:
        SubscriptionGrant.update(credits=SubscriptionGrant.credits - 1, changed_at=now).where(
            SubscriptionGrant.account.in_(among(left)),
            SubscriptionGrant.template == template.id,
            SubscriptionGrant.credits > 0,
        ).execute()
        left -= Counter(dict.fromkeys(left, 1))


def drop(account_id: int, template: MessageTemplate, *, now: datetime) -> None:
    """The platform says that there is no grant: believe it."""
    SubscriptionGrant.update(credits=0, changed_at=now).where(
        SubscriptionGrant.account == account_id, SubscriptionGrant.template == template.id
    ).execute()


def open_to(account_ids: Iterable[int], template: MessageTemplate) -> set[int]:
    """Which of these accounts may get a message of this template now."""
    rows = SubscriptionGrant.select(SubscriptionGrant.account).where(
        SubscriptionGrant.account.in_(among(account_ids)),
        SubscriptionGrant.template == template.id,
        SubscriptionGrant.credits > 0,
    )
    return {row[0] for row in rows_of(rows)}


def list_grants(account_id: int) -> list[GrantShape]:
    """Every template and how many messages its owner may still get."""
    credits = {
        row.template_id: row.credits
        for row in SubscriptionGrant.select().where(SubscriptionGrant.account == account_id)
    }
    return [
        GrantShape(
            purpose=template.purpose,
            template=template.template_id,
            title=template.title,
            credits=credits.get(template.id, 0),
            long_term=template.long_term,
        )
        for template in MessageTemplate.select().order_by(MessageTemplate.id)
    ]


def left_below(caller: Caller, code: str) -> list[GrantsLeft]:
    """How many messages of each kind an organisation and all below it may still be sent, and to how many people.

    Sums alone: who has none is nobody's business. Fewer than three readers are not told apart.
    """
    organization = find_organization(code)
    require(caller, Right.SEE_NUMBERS, organization)
    reach = in_subtree(Organization.path, organization.path)
    people = Account.select(Account.id).join(Organization).where(reach)
    held = SubscriptionGrant.credits > 0
    rows = (
        SubscriptionGrant.select(
            SubscriptionGrant.template, pw.fn.SUM(SubscriptionGrant.credits), pw.fn.COUNT(SubscriptionGrant.id)
        )
        .where(held, SubscriptionGrant.account.in_(people))
        .group_by(SubscriptionGrant.template)
    )
    sums = {template: (int(credits), readers) for template, credits, readers in rows_of(rows)}
    return [
        GrantsLeft(
            title=template.title,
            long_term=template.long_term,
            credits=sums.get(template.id, (0, 0))[0],
            readers=readers if (readers := sums.get(template.id, (0, 0))[1]) >= FEWEST_TOLD else None,
        )
        for template in MessageTemplate.select().order_by(MessageTemplate.id)
    ]


def note_prompts(caller: Caller, answers: Iterable[PromptAnswer], *, timezone: ZoneInfo, now: datetime) -> None:
    """Keep what a client says it showed: it counts our demands on people, and grants nothing."""
    rows = [
        {"account": caller.account_id, "template_id": answer.template, "result": answer.result, "at": now}
        for answer in answers
    ]

    def work() -> None:
        ShownPrompt.insert_many(rows).execute()
        day = local_day(now, timezone)
        burden.note(burden.PROMPTED, [caller.account_id], organization_id=caller.branch_id, day=day)

    in_unit_of_work(work)
