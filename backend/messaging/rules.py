"""Who is told what: one row a message. The inbox copy is always written; `purpose` adds a service notification."""

from dataclasses import dataclass
from enum import StrEnum

from backend.messaging.texts import (
    activities,
    floating,
    groups,
    lessons,
    media,
    order_paths,
    orders,
    people,
    posts,
    reminders,
    surveys,
)
from backend.messaging.texts.shape import Writer


class Reader(StrEnum):
    """Who reads a message: a part named by the event, or people and groups found from its organisation."""

    REQUESTER = "requester"
    HANDLER = "handler"
    FORMER_HANDLER = "former_handler"
    COHANDLER = "cohandler"
    OFFERED = "offered"
    INVITED = "invited"
    ORGANIZER = "organizer"
    MEMBER = "member"
    REVIEWERS = "reviewers"
    AUTHOR = "author"
    ASKER = "asker"
    CONTACT = "contact"
    HOLDER = "holder"
    EDITORS = "editors"
    DISPATCHERS = "dispatchers"
    SECRETARIES = "secretaries"
    SECRETARIES_BELOW = "secretaries_below"
    UPPER_OFFICERS = "upper_officers"
    MEMBERS_BELOW = "members_below"
    CHARGED = "charged"
    GROUP = "group"
    GROUPS = "groups"
    GROUPS_BELOW = "groups_below"
    PLATFORM = "platform"


class Purpose(StrEnum):
    """What a subscribe-message template is for; the ids are data (table message_template)."""

    ORDER_RECEIVED = "order_received"
    ORDER_TASK = "order_task"
    ORDER_PROGRESS = "order_progress"
    ACTIVITY_NOTICE = "activity_notice"
    LESSON_PUBLISHED = "lesson_published"


PURPOSE_LABELS = {
    Purpose.ORDER_RECEIVED: "新诉求待受理",
    Purpose.ORDER_TASK: "派给我的任务",
    Purpose.ORDER_PROGRESS: "诉求办理进度",
    Purpose.ACTIVITY_NOTICE: "活动通知",
    Purpose.LESSON_PUBLISHED: "党课星期天",
}


@dataclass(frozen=True)
class Rule:
    """When `topic` happens, `reader` gets what `write` makes of the facts.

    `unhurried`: a group that has had such a post today gets this one with its digest.
    `once_by`: of several events with the same value of this fact, a reader gets one service notification.
    `unless`: not told where this fact is true.
    """

    topic: str
    reader: Reader
    write: Writer | None
    purpose: Purpose | None = None
    unhurried: bool = False
    once_by: str | None = None
    unless: str | None = None

    @property
    def name(self) -> str:
        """How deliveries refer to their rule."""
        return f"{self.topic}/{self.reader}"


PROGRESS = Purpose.ORDER_PROGRESS

RULES = (
    Rule("order.submitted", Reader.DISPATCHERS, orders.received, Purpose.ORDER_RECEIVED),
    Rule("order.accepted", Reader.REQUESTER, orders.accepted),
    Rule("order.refused", Reader.REQUESTER, orders.refused, PROGRESS),
    Rule("order.dispatched", Reader.OFFERED, orders.task, Purpose.ORDER_TASK),
    Rule("order.dispatched", Reader.GROUPS, orders.task_for_group, unhurried=True),
    Rule("order.claimed", Reader.REQUESTER, orders.claimed, PROGRESS),
    Rule("order.contacted", Reader.REQUESTER, orders.contacted),
    Rule("order.progressed", Reader.REQUESTER, orders.progressed),
    Rule("order.completed", Reader.REQUESTER, orders.completed, PROGRESS),
    Rule("order.closed", Reader.HANDLER, orders.closed),
    Rule("order.closed_unsatisfied", Reader.HANDLER, orders.closed),
    Rule("order.closed_unsatisfied", Reader.DISPATCHERS, orders.unsatisfied),
    Rule("order.info_asked", Reader.REQUESTER, orders.info_asked, PROGRESS),
    Rule("order.info_supplied", Reader.DISPATCHERS, orders.info_supplied, Purpose.ORDER_RECEIVED),
    Rule("order.declined", Reader.DISPATCHERS, orders.declined, Purpose.ORDER_RECEIVED),
    Rule("order.cancelled", Reader.HANDLER, orders.cancelled, PROGRESS),
    Rule("order.reworked", Reader.HANDLER, orders.reworked, PROGRESS),
    Rule("order.transferred", Reader.OFFERED, orders.task, Purpose.ORDER_TASK),
    Rule("order.transferred", Reader.FORMER_HANDLER, orders.transferred),
    Rule("order.claim_expired", Reader.DISPATCHERS, order_paths.claim_expired, Purpose.ORDER_RECEIVED),
    Rule("order.released", Reader.DISPATCHERS, order_paths.released, Purpose.ORDER_RECEIVED),
    Rule("order.released", Reader.FORMER_HANDLER, order_paths.released_for_handler),
    Rule("order.routed", Reader.DISPATCHERS, order_paths.routed, Purpose.ORDER_RECEIVED),
    Rule("order.routed", Reader.REQUESTER, order_paths.routed_for_requester),
    Rule("order.written_down", Reader.REQUESTER, order_paths.written_down),
    Rule("order.called_back", Reader.HANDLER, order_paths.called_back),
    Rule("order.info_expired", Reader.REQUESTER, orders.info_expired, PROGRESS),
    Rule("order.followed_up", Reader.REQUESTER, orders.followed_up),
    Rule("order.followed_up", Reader.HANDLER, orders.followed_up_for_handler),
    Rule("order.hold_asked", Reader.SECRETARIES, orders.hold_asked),
    Rule("order.extension_asked", Reader.SECRETARIES, orders.extend_asked),
    Rule("order.return_asked", Reader.DISPATCHERS, orders.return_asked),
    Rule("order.request_approved", Reader.HANDLER, orders.request_approved),
    Rule("order.request_approved", Reader.FORMER_HANDLER, orders.request_approved),
    Rule("order.extended", Reader.HANDLER, orders.request_approved),
    Rule("order.extended", Reader.REQUESTER, orders.extended, PROGRESS),
    Rule("order.request_denied", Reader.HANDLER, orders.request_denied),
    Rule("order.ruled", Reader.HANDLER, orders.ruled, PROGRESS),
    Rule("order.ruled", Reader.FORMER_HANDLER, orders.transferred),
    Rule("order.ruled", Reader.REQUESTER, orders.claimed),
    Rule("order.cohandler_added", Reader.COHANDLER, orders.cohandler_added, Purpose.ORDER_TASK),
    Rule("order.help_due", Reader.COHANDLER, orders.help_due),
    Rule("order.help_over", Reader.COHANDLER, orders.help_over),
    Rule("order.help_over", Reader.HANDLER, orders.help_over_for_handler),
    Rule("order.referred", Reader.REQUESTER, orders.referred, PROGRESS),
    Rule("order.referred", Reader.HANDLER, orders.referred_for_handler),
    Rule("order.referral_answered", Reader.REQUESTER, orders.referral_answered, PROGRESS),
    Rule("order.sent_back", Reader.REQUESTER, orders.sent_back),
    Rule("order.reopened", Reader.DISPATCHERS, orders.reopened, Purpose.ORDER_RECEIVED),
    Rule("order.reopened", Reader.FORMER_HANDLER, orders.reopened_for_handler),
    Rule("order.appealed", Reader.UPPER_OFFICERS, orders.appealed),
    Rule("order.merged", Reader.REQUESTER, orders.merged),
    Rule("order.parent_moved", Reader.REQUESTER, orders.parent_moved),
    Rule("order.urged", Reader.HANDLER, orders.urged, PROGRESS),
    Rule("order.urged", Reader.DISPATCHERS, orders.urged_for_branch),
    Rule("order.supervised", Reader.HANDLER, orders.supervised),
    Rule("order.supervised", Reader.SECRETARIES, orders.supervised),
    Rule("order.supervised_above", Reader.HANDLER, orders.supervised),
    Rule("order.supervised_above", Reader.SECRETARIES, orders.supervised),
    Rule("order.supervised_above", Reader.UPPER_OFFICERS, orders.supervised_below),
    Rule("order.supervision_replied", Reader.UPPER_OFFICERS, orders.supervision_replied),
    Rule("order.branch_warned", Reader.DISPATCHERS, orders.warned),
    Rule("order.handler_warned", Reader.HANDLER, orders.warned, PROGRESS),
    Rule("order.info_reminder", Reader.REQUESTER, orders.info_reminder, PROGRESS),
    Rule("order.rating_reminder", Reader.REQUESTER, orders.rating_reminder),
    Rule("order.contact_withdrawn", Reader.HANDLER, orders.contact_withdrawn),
    Rule("order.contact_withdrawn", Reader.DISPATCHERS, orders.contact_withdrawn),
    Rule("order.text_refused", Reader.REQUESTER, orders.text_refused, PROGRESS),
    Rule("order.text_review", Reader.DISPATCHERS, orders.text_review),
    Rule("order.text_review", Reader.REQUESTER, orders.text_waits),
    Rule("order.picture_withheld", Reader.AUTHOR, order_paths.picture_withheld),
    Rule("order.picture_shown", Reader.AUTHOR, order_paths.picture_shown),
    Rule("calendar.year_missing", Reader.UPPER_OFFICERS, groups.calendar_missing),
    Rule("activity.planned", Reader.INVITED, activities.planned, Purpose.ACTIVITY_NOTICE),
    Rule("activity.planned", Reader.GROUPS, activities.planned_for_group, unhurried=True, unless="by_name"),
    Rule("activity.cancelled", Reader.INVITED, activities.cancelled, Purpose.ACTIVITY_NOTICE),
    Rule("activity.cancelled", Reader.GROUPS, activities.cancelled_for_group, unless="by_name"),
    Rule("leave.asked", Reader.ORGANIZER, activities.leave_asked),
    Rule("leave.approved", Reader.MEMBER, activities.leave_approved),
    Rule("leave.denied", Reader.MEMBER, activities.leave_denied),
    Rule("make_up.asked", Reader.ORGANIZER, activities.make_up_asked),
    Rule("make_up.approved", Reader.MEMBER, activities.make_up_approved),
    Rule("make_up.denied", Reader.ASKER, activities.make_up_denied),
    Rule("check_in.voided", Reader.MEMBER, activities.check_in_voided),
    Rule("joint.asked", Reader.SECRETARIES, activities.joint_asked),
    Rule("joint.approved", Reader.SECRETARIES, activities.joint_approved),
    Rule("joint.denied", Reader.SECRETARIES, activities.joint_denied),
    Rule("sign_up.moved_up", Reader.MEMBER, activities.moved_up, Purpose.ACTIVITY_NOTICE),
    Rule("task.given", Reader.MEMBER, activities.task_given),
    Rule("lesson.submitted", Reader.REVIEWERS, lessons.submitted),
    Rule("lesson.approved", Reader.AUTHOR, lessons.approved),
    Rule("lesson.returned", Reader.AUTHOR, lessons.returned),
    Rule("lesson.gap", Reader.EDITORS, lessons.gap),
    Rule("lesson.stood_in", Reader.EDITORS, lessons.stood_in),
    Rule("pack.published", Reader.SECRETARIES_BELOW, lessons.pack_published),
    Rule("survey.opened", Reader.MEMBERS_BELOW, surveys.opened),
    Rule("lesson.published", Reader.MEMBERS_BELOW, lessons.published, Purpose.LESSON_PUBLISHED, once_by="publish_on"),
    Rule("lesson.published", Reader.GROUPS_BELOW, lessons.published_for_group, unhurried=True),
    Rule("claim.submitted", Reader.SECRETARIES, people.claim_submitted),
    Rule("claim.approved", Reader.ASKER, people.claim_approved),
    Rule("claim.denied", Reader.ASKER, people.claim_denied),
    Rule("claim.ended", Reader.ASKER, people.claim_ended),
    Rule("claim.ended", Reader.SECRETARIES, people.claim_ended_for_branch),
    Rule("correction.asked", Reader.SECRETARIES, people.correction_asked),
    Rule("correction.approved", Reader.ASKER, people.correction_approved),
    Rule("correction.denied", Reader.ASKER, people.correction_denied),
    Rule("erasure.asked", Reader.ASKER, people.erasure_asked),
    Rule("erasure.cancelled", Reader.ASKER, people.erasure_cancelled),
    Rule("floating.planned", Reader.SECRETARIES, floating.planned),
    Rule("floating.registered", Reader.MEMBER, floating.registered),
    Rule("floating.registered", Reader.CONTACT, floating.contact_named),
    Rule("floating.contact_named", Reader.CONTACT, floating.contact_named),
    Rule("floating.arrived", Reader.SECRETARIES, floating.arrived),
    Rule("floating.reported_in", Reader.SECRETARIES, floating.reported_in),
    Rule("floating.hosted", Reader.MEMBER, floating.hosted_for_member),
    Rule("floating.hosted", Reader.SECRETARIES, floating.hosted),
    Rule("floating.refused", Reader.MEMBER, floating.refused_for_member),
    Rule("floating.refused", Reader.SECRETARIES, floating.refused),
    Rule("floating.refusal_seen", Reader.UPPER_OFFICERS, floating.refusal_seen),
    Rule("floating.returning", Reader.SECRETARIES, floating.returning),
    Rule("floating.leaving", Reader.SECRETARIES, floating.leaving),
    Rule("floating.appraised", Reader.MEMBER, floating.appraised),
    Rule("floating.ended", Reader.MEMBER, floating.ended),
    Rule("floating.left", Reader.SECRETARIES, floating.left),
    Rule("floating.transfer_advised", Reader.MEMBER, floating.transfer_advised_for_member),
    Rule("floating.transfer_advised", Reader.SECRETARIES, floating.transfer_advised),
    Rule("floating.contact_due", Reader.CONTACT, floating.contact_due),
    Rule("floating.watch_raised", Reader.CONTACT, floating.watch_raised),
    Rule("floating.watch_raised", Reader.SECRETARIES, floating.watch_for_branch),
    Rule("team.join_asked", Reader.ORGANIZER, people.team_join_asked),
    Rule("team.joined", Reader.MEMBER, people.team_joined),
    Rule("household.added", Reader.MEMBER, people.household_added),
    Rule("dues.unrecorded", Reader.SECRETARIES, people.dues_unrecorded),
    Rule("post.appointed", Reader.HOLDER, posts.appointed),
    Rule("post.ended", Reader.HOLDER, posts.ended),
    Rule("post.term_ending", Reader.SECRETARIES, posts.term_ending),
    Rule("post.terms_ending_below", Reader.UPPER_OFFICERS, posts.terms_ending_below),
    Rule("post.committee_incomplete", Reader.SECRETARIES, posts.committee_incomplete),
    Rule("post.secretaries_missing", Reader.UPPER_OFFICERS, posts.secretaries_missing),
    Rule("report_in.asked", Reader.SECRETARIES, floating.report_in_asked),
    Rule("report_in.decided", Reader.MEMBER, floating.report_in_decided),
    Rule("transfer.asked", Reader.SECRETARIES, floating.transfer_asked),
    Rule("transfer.accepted", Reader.MEMBER, floating.transfer_accepted_for_member),
    Rule("transfer.accepted", Reader.SECRETARIES, floating.transfer_accepted),
    Rule("transfer.declined", Reader.SECRETARIES, floating.transfer_declined),
    Rule("transfer.refusal_seen", Reader.UPPER_OFFICERS, floating.transfer_refusal_seen),
    Rule("reminder.party_day", Reader.INVITED, reminders.party_day, Purpose.ACTIVITY_NOTICE),
    Rule("reminder.party_day_group", Reader.GROUPS, reminders.party_day_for_group, unhurried=True),
    Rule("reminder.duty", Reader.CHARGED, reminders.duty),
    Rule("reminder.minutes", Reader.CHARGED, reminders.minutes),
    Rule("reminder.task", Reader.MEMBER, reminders.task),
    Rule("reminder.waiting", Reader.CHARGED, reminders.waiting),
    Rule("reminder.orders_waiting", Reader.CHARGED, reminders.orders_waiting),
    Rule("reminder.follow_ups", Reader.CHARGED, reminders.follow_ups),
    Rule("reminder.weekly", Reader.CHARGED, reminders.weekly),
    Rule("reminder.dues", Reader.MEMBER, reminders.dues),
    Rule("reminder.political_birthday", Reader.MEMBER, reminders.political_birthday),
    Rule("reminder.study_gap", Reader.MEMBER, reminders.study_gap),
    Rule("reminder.statement", Reader.MEMBER, reminders.statement),
    Rule("reminder.pack", Reader.CHARGED, reminders.pack),
    Rule("reminder.survey", Reader.CHARGED, surveys.short),
    Rule("reminder.survey_own", Reader.MEMBER, surveys.own_answers),
    Rule("forward.due", Reader.SECRETARIES, groups.forward_due),
    Rule("group.test", Reader.GROUP, groups.test_post),
    Rule("group.digest", Reader.GROUP, groups.digest),
    Rule("group.robot_disabled", Reader.SECRETARIES, groups.robot_disabled),
    Rule("content.check", Reader.PLATFORM, None),
    Rule("media.review", Reader.DISPATCHERS, media.waits),
    Rule("media.refused", Reader.AUTHOR, media.refused),
)

BY_NAME = {rule.name: rule for rule in RULES}


def rules_for(topic: str) -> list[Rule]:
    """The rows of one topic, in the order in which they are spread."""
    return [rule for rule in RULES if rule.topic == topic]
