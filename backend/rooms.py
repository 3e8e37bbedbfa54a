"""The one list of feature rooms and their tables, read by web, bot and command line."""

from collections.abc import Callable, Mapping
from typing import Any

from backend.branch_life import personal_data as life_data
from backend.branch_life import recounts as branch_life_recounts
from backend.branch_life import reminders as life_reminders
from backend.branch_life.activities import models as activities
from backend.branch_life.activities import still_true as coming_still
from backend.branch_life.activities.consent import forget_whereabouts
from backend.branch_life.dues import models as dues
from backend.branch_life.dues import reminders as dues_reminders
from backend.branch_life.duties import models as duties
from backend.branch_life.minutes import models as minutes
from backend.branch_life.obstacles import coming_activities
from backend.branch_life.schedules import models as schedules
from backend.branch_life.templates import models as templates
from backend.card import models as card
from backend.card import personal_data as card_data
from backend.card import reminders as card_reminders
from backend.card.issuing import models as card_issuing
from backend.card.reviews import models as reviews
from backend.core import audit, reference, rotation
from backend.core.database import Record
from backend.core.idempotency import IdempotencyKey
from backend.learning import personal_data as learning_data
from backend.learning import reminders as learning_reminders
from backend.learning.lessons import models as lessons
from backend.learning.lessons import pictures as lesson_pictures
from backend.learning.lessons import text_check
from backend.learning.packs import models as packs
from backend.learning.surveys import models as surveys
from backend.learning.surveys import waiting as surveys_waiting
from backend.media import checking
from backend.media import models as media
from backend.media import personal_data as media_data
from backend.media.consent import show_pictures, withhold_pictures
from backend.membership import personal_data as membership_data
from backend.membership import reminders as membership_reminders
from backend.membership.away import models as away
from backend.membership.away.handing_over import hand_over_stays, stays_here
from backend.membership.claims import models as claims
from backend.membership.claims.ending import end_claim
from backend.membership.claims.obstacles import waiting_claims
from backend.membership.corrections import models as corrections
from backend.membership.directions import models as directions
from backend.membership.erasures import models as erasures
from backend.membership.erasures.service import Reach
from backend.membership.headcounts import models as headcounts
from backend.membership.transfers import models as transfers
from backend.membership.transfers.obstacles import open_transfers
from backend.messaging import forwards, platform_events
from backend.messaging import models as messaging
from backend.messaging import personal_data as messaging_data
from backend.messaging.dead_letters import models as dead_letters
from backend.messaging.fan_outs import models as fan_outs
from backend.messaging.handing_over import hand_over_groups
from backend.messaging.reminders import models as reminder_models
from backend.messaging.reminders.occasions import Question, summed
from backend.operation.retention import models as retention
from backend.people import models as people
from backend.people import personal_data as people_data
from backend.people.consents import models as consents
from backend.people.consents.models import ConsentPurpose
from backend.people.desk_logins import models as desk_logins
from backend.people.exemptions import models as exemptions
from backend.people.groupings import models as groupings
from backend.people.places import models as places
from backend.people.tree import models as tree
from backend.people.tree.obstacles import RoomsAbove
from backend.service import models as service
from backend.service import personal_data as service_data
from backend.service import reminders as service_reminders
from backend.service.grids import models as grids
from backend.service.grids import personal_data as grids_data
from backend.service.handing_over import hand_over_grids_and_teams
from backend.service.join_codes import models as join_codes
from backend.service.orders import still_true as waiting_still
from backend.service.orders.consent import tell_of_withdrawn_contact
from backend.service.orders.moderation import record_verdict
from backend.service.orders.obstacles import open_orders
from backend.service.rates import recounts as order_recounts
from backend.service.report_ins import models as report_ins
from backend.service.report_ins.handing_over import hand_over_report_ins
from backend.service.teams import models as teams
from backend.service.teams import personal_data as teams_data
from backend.tally import models as tally
from backend.tally.due import regraft
from backend.tally.recounting import Recount
from backend.wechat import models as wechat
from backend.workdays import models as workdays

TABLES: tuple[type[Record], ...] = (
    *audit.TABLES,
    *rotation.TABLES,
    *reference.TABLES,
    IdempotencyKey,
    *wechat.TABLES,
    *people.TABLES,
    *groupings.TABLES,
    *desk_logins.TABLES,
    *consents.TABLES,
    *exemptions.TABLES,
    *places.TABLES,
    *tree.TABLES,
    *tally.TABLES,
    *messaging.TABLES,
    *reminder_models.TABLES,
    *fan_outs.TABLES,
    *dead_letters.TABLES,
    *media.TABLES,
    *workdays.TABLES,
    *card.TABLES,
    *card_issuing.TABLES,
    *reviews.TABLES,
    *claims.TABLES,
    *headcounts.TABLES,
    *directions.TABLES,
    *erasures.TABLES,
    *corrections.TABLES,
    *away.TABLES,
    *transfers.TABLES,
    *templates.TABLES,
    *activities.TABLES,
    *schedules.TABLES,
    *duties.TABLES,
    *dues.TABLES,
    *minutes.TABLES,
    *lessons.TABLES,
    *packs.TABLES,
    *surveys.TABLES,
    *join_codes.TABLES,
    *teams.TABLES,
    *report_ins.TABLES,
    *grids.TABLES,
    *service.TABLES,
    *retention.TABLES,
)

# where the platform's verdict goes: subject of the check → function(id, verdict, *, now)
CONTENT_SUBJECTS: Mapping[str, Callable[..., None]] = {
    "service_order": record_verdict,
    text_check.SUBJECT: text_check.record_verdict,
    checking.SUBJECT: checking.record_verdict,
}

# whether a message that leaves late still says what is so: topic → function(facts, *, now)
STILL_TRUE: Mapping[str, Callable[..., bool]] = {
    **coming_still.STILL_TRUE,
    **waiting_still.STILL_TRUE,
}

_ASKED = {
    "请假待审批": life_reminders.leaves_asked,
    "补签待审批": life_reminders.make_ups_asked,
    "身份认领待核实": membership_reminders.claims_waiting,
    "述学评学待评": card_reminders.reviews_waiting,
}
# what reminders are about: code of the rule → what is still undone
REMINDERS: Mapping[str, Question] = {
    **life_reminders.QUESTIONS,
    **dues_reminders.QUESTIONS,
    **service_reminders.QUESTIONS,
    **membership_reminders.QUESTIONS,
    **card_reminders.QUESTIONS,
    **learning_reminders.QUESTIONS,
    "requests_waiting": summed("reminder.waiting", _ASKED, "pages/work/index"),
    "weekly_digest": summed(
        "reminder.weekly",
        {
            "下周活动": life_reminders.next_week,
            "三十天内待开展的组织生活": life_reminders.duties_open,
            **_ASKED,
            **service_reminders.WAITING,
            "待回访": service_reminders.to_follow_up,
            "待转发的群消息": forwards.count_waiting,
            "填写不足的需求调研": surveys_waiting.count_short,
        },
        "pages/work/index",
    ),
}

# the picture that goes with a post forwarded by hand: topic → function(facts, *, now)
POST_PICTURES: Mapping[str, Callable[..., str | None]] = {"lesson.published": lesson_pictures.poster_link}

# what the tally is checked against: how measures begin → their records counted anew
RECOUNTS: Mapping[str, Recount] = {**branch_life_recounts.RECOUNTS, **order_recounts.RECOUNTS}

# what each room knows of a person: room → function(account id)
PERSONAL_DATA: Mapping[str, Callable[[int], dict[str, Any]]] = {
    "people": people_data.export,
    "membership": membership_data.export,
    "messaging": messaging_data.export,
    "card": card_data.export,
    "branch_life": life_data.export,
    "learning": learning_data.export,
    "service": service_data.export,
    "media": media_data.export,
    "teams": teams_data.export,
    "grids": grids_data.export,
}

# what an erasure goes through, and what may stand in its way; who leans on others comes after them
ERASURE = Reach(
    held=(
        *people_data.HELD,
        *media_data.HELD,
        *messaging_data.HELD,
        *card_data.HELD,
        *membership_data.HELD,
        *life_data.HELD,
        *learning_data.HELD,
        *service_data.HELD,
        *teams_data.HELD,
        *grids_data.HELD,
    ),
    hindrances=(people_data.hinders_erasure, service_data.hinders_erasure),
)

# what follows in the rooms when a purpose is agreed to (True) or withdrawn (False): function(account id, *, now)
CONSENT_EFFECTS: Mapping[tuple[ConsentPurpose, bool], Callable[..., None]] = {
    (ConsentPurpose.MEMBERSHIP, False): end_claim,
    (ConsentPurpose.LOCATION, False): forget_whereabouts,
    (ConsentPurpose.PHOTO, False): withhold_pictures,
    (ConsentPurpose.PHOTO, True): show_pictures,
    (ConsentPurpose.SERVICE_CONTACT, False): tell_of_withdrawn_contact,
}

# what the platform tells us, and which room acts on it: kind of event → function(appid, event, *, now)
PLATFORM_EVENTS: Mapping[str, Callable[..., None]] = {
    **platform_events.HANDLERS,
    "wxa_media_check": checking.verdict_arrived,
}

# what the rooms above say when an organisation is closed or merged
ABOVE_THE_TREE = RoomsAbove(
    unsettled=(open_orders, coming_activities, waiting_claims, open_transfers),
    staying=(stays_here,),
    hand_over=(hand_over_stays, hand_over_grids_and_teams, hand_over_groups, hand_over_report_ins),
    follow=(regraft,),
)
