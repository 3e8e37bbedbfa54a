"""Who may see a lesson and who may do what to it."""

from collections.abc import Callable
from datetime import date

from backend.core.errors import Forbidden, NotFound
from backend.learning.lessons.models import Lesson
from backend.learning.lessons.workflow import TRANSITIONS, LessonEvent, LessonState
from backend.people.memberships import in_force
from backend.people.models import Account, Membership, Organization, OrganizationPost, Role
from backend.people.permissions import PERMISSIONS, Caller, Reach, Right
from backend.people.posts import in_office


def is_author(caller: Caller, lesson: Lesson) -> bool:
    """Who wrote it and may still write there."""
    return lesson.author_id == caller.account_id and caller.may(Right.WRITE_LESSONS, lesson.organization.path)


def is_reviewer(caller: Caller, lesson: Lesson) -> bool:
    """Who reviews the lessons of that organisation."""
    return caller.may(Right.REVIEW_LESSONS, lesson.organization.path)


def is_editor(caller: Caller, lesson: Lesson) -> bool:
    """Either of the two: they see it in every state."""
    return is_author(caller, lesson) or is_reviewer(caller, lesson)


# the clock publishes: no person has that step
PERMITTED: dict[LessonEvent, Callable[[Caller, Lesson], bool]] = {
    LessonEvent.REVISE: is_author,
    LessonEvent.SUBMIT: is_author,
    LessonEvent.APPROVE: is_reviewer,
    LessonEvent.RETURN: is_reviewer,
    LessonEvent.SCHEDULE: is_editor,
    LessonEvent.WITHDRAW: is_editor,
}


def require_step(caller: Caller, lesson: Lesson, event: LessonEvent) -> None:
    """Raise 403 unless the caller's part in this lesson includes the step."""
    if not PERMITTED[event](caller, lesson):
        raise Forbidden()


def open_steps(caller: Caller, lesson: Lesson) -> list[LessonEvent]:
    """What the caller may do now: his part, the present state, and nobody reviews himself."""
    own_review = {LessonEvent.APPROVE, LessonEvent.RETURN} if lesson.author_id == caller.account_id else set()
    return [
        event
        for event, permitted in PERMITTED.items()
        if (LessonState(lesson.state), event) in TRANSITIONS and event not in own_review and permitted(caller, lesson)
    ]


def find_visible(public_id: str, *, caller: Caller, today: date) -> Lesson:
    """The lesson, if the caller edits it or it is published for him; raises NotFound."""
    lesson = find_lesson(public_id)
    if is_editor(caller, lesson):
        return lesson
    if lesson.state != LessonState.PUBLISHED or lesson.organization_id not in reached_by(caller, today):
        raise NotFound()
    return lesson


def find_lesson(public_id: str) -> Lesson:
    """The lesson with its organisation, whoever asks; raises NotFound."""
    lesson: Lesson | None = (
        Lesson.select(Lesson, Organization).join(Organization).where(Lesson.public_id == public_id).first()
    )
    if lesson is None:
        raise NotFound()
    return lesson


def reached_by(caller: Caller, today: date) -> set[int]:
    """Ids of the organisations whose lessons are meant for the caller: his own ones and all above them."""
    paths = {post.path for post in caller.posts} | _own_paths(caller, today)
    return {int(step) for path in paths for step in path.rstrip(".").split(".")}


def _own_paths(caller: Caller, today: date) -> set[str]:
    """Where he lives, is on the roster, or takes part in organisational life as a guest."""
    resident = (
        Organization.select(Organization.path)
        .join(Account, on=(Account.organization == Organization.id))
        .where(Account.id == caller.account_id)
    )
    if caller.member_id is None:
        return {row.path for row in resident}
    affiliated = Organization.select(Organization.path).where(Organization.id == caller.branch_id)
    guest = (
        Organization.select(Organization.path)
        .join(Membership, on=(Membership.organization == Organization.id))
        .where(
            Membership.member == caller.member_id,
            in_force(today),
        )
    )
    return {row.path for row in resident | affiliated | guest}


def reviewers_of(lesson: Lesson, *, today: date) -> list[int]:
    """Accounts that may review the lesson, its author left out."""
    found = _holders(Right.REVIEW_LESSONS, lesson.organization, today)
    return sorted(found - {lesson.author_id})


def editors_of(organization: Organization, *, today: date) -> list[int]:
    """Accounts with a post in this very organisation that writes or reviews its lessons."""
    return sorted(_holders(Right.WRITE_LESSONS, organization, today, above=False))


def _holders(right: Right, organization: Organization, today: date, *, above: bool = True) -> set[int]:
    """Accounts whose post gives `right` there: in the organisation itself, or far-reaching ones above it."""
    steps = [int(step) for step in organization.path.rstrip(".").split(".")]
    posts = OrganizationPost.select().where(
        OrganizationPost.organization.in_(steps if above else steps[-1:]),
        OrganizationPost.role.in_([role for role in Role if right in PERMISSIONS[role]]),
        in_office(today),
    )
    return {
        post.account_id
        for post in posts
        if post.organization_id == organization.id or PERMISSIONS[Role(post.role)][right] is Reach.SUBTREE
    }
