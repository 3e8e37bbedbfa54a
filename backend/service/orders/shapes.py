"""What the order machine gives over HTTP."""

from typing import Literal

from pydantic import Field, RootModel

from backend.core.forms import FormField
from backend.core.http import Instant, Shape
from backend.media.models import MediaKind, MediaState
from backend.service.catalogue.kinds import GivenAnswer
from backend.service.models import Moderation, Priority, Resolution, Stage
from backend.service.orders.schemas import Box, Datum, ProxyConsent
from backend.service.orders.workflow import Action, State


class OrderActionShape(Shape):
    """Something that the caller may do now."""

    name: Action
    label: str
    form: list[FormField]


class OrderTimerShape(Shape):
    """A clock that runs, stands still or has stopped."""

    stage: Stage
    label: str
    due_at: Instant
    paused: bool
    overdue: bool
    stopped_at: Instant | None


class OrderLogShape(Shape):
    """One step that was taken."""

    at: Instant
    actor: str = Field(description="in which part somebody acted, never a name")
    action: str
    label: str
    state: State
    note: str | None
    public: bool


class OrderPerson(Shape):
    """A person of the order; the phone is masked unless the caller may see it."""

    id: str | None
    name: str
    phone: str | None


class OrderRequestShape(Shape):
    """A request of the handler: hold, extend or return."""

    kind: str
    label: str
    until: Instant | None


class OrderPlaceShape(Shape):
    """Where help is needed."""

    text: str
    lat: float | None
    lng: float | None
    datum: Datum | None


class OrderPicture(Shape):
    """A picture of an order. Until its check has passed, only its author and the moderators get a link; while it is
    withheld, only the moderators."""

    id: str
    url: str | None
    thumbnail: str | None = Field(description="link to a small copy")
    moderation: MediaState
    handed_in: bool = Field(description="shown by the handler on completion, else by the requester")
    withheld: bool
    withheld_reason: str | None
    may_withhold: bool = Field(description="whether the caller may withhold it, or show it again")


class OrderVoice(Shape):
    """The voice note of an order; `written` once somebody has written down what it says."""

    id: str
    url: str | None
    seconds: int
    moderation: MediaState
    written: bool


class CallShape(Shape):
    """A call to the person for whom somebody else has asked."""

    at: Instant
    by: str
    way: str
    reached: bool
    agrees: bool | None
    note: str | None


class CallBackShape(Shape):
    """How the person helped agreed to being asked for, and whether the branch still owes him a call."""

    owed: bool
    owed_since: Instant | None
    consent: ProxyConsent | None
    consent_label: str
    tries: int
    calls: list[CallShape]


class OrderReturned(Shape):
    """That an order came back from its handler and waits for another one."""

    at: Instant
    by: str = Field(description="in which part: the handler, or the system where he may handle it no more")
    name: str | None = Field(description="for those who dispatch it")
    reason: str | None = Field(description="for those who dispatch it")


class OrderBrief(Shape):
    """An order in a list."""

    number: str
    state: State
    state_label: str
    priority: Priority
    title: str = Field(description="the kind of service, where the caller may not read the text")
    service_type: str
    service_type_name: str
    organization: str
    organization_name: str
    place: str | None
    moderation: Moderation
    voice: bool = Field(description="a voice note that nobody has written down yet")
    call_owed: bool = Field(description="asked for by somebody else: the person himself is to be called")
    due_at: Instant | None
    due_stage: Stage | None = Field(description="whose time ends at `due_at`, or has ended")
    due_label: str | None
    overdue: bool
    supervised_level: int
    supervised_label: str | None
    returned: OrderReturned | None = Field(description="for the organisation and those above, until it is dispatched")
    handler: str | None = Field(description="name of whoever has it in hand, for who dispatches there")
    completed_at: Instant | None
    created_at: Instant


class BoxCounts(RootModel[dict[Box, int]]):
    """How much lies in each box that the caller has; a large number is cut at 1000."""


class DuplicateShape(Shape):
    """An open order of the same kind and place."""

    number: str
    title: str
    place: str
    state_label: str
    created_at: Instant


class OrderShape(Shape):
    """An order as this caller may see it; what he may not see is null."""

    number: str
    state: State
    state_label: str
    resolution: Resolution | None
    priority: Priority
    title: str = Field(description="the kind of service, where the caller may not read the text")
    description: str | None
    service_type: str
    service_type_name: str
    organization: str
    organization_name: str
    place: OrderPlaceShape | None
    requester: OrderPerson | None
    contact: OrderPerson | None
    on_behalf_of: OrderPerson | None
    handler: OrderPerson | None
    answers: list[GivenAnswer]
    safeguard: str | None = Field(description="what whoever takes it has to read first")
    grid: str | None = Field(description="name")
    unrouted: bool = Field(description="lies where no grid is: whoever accepts it should set the grid")
    team: str | None = Field(description="name of the team that it was dispatched to")
    parent: str | None = Field(description="number of the order that this one was merged into")
    request: OrderRequestShape | None = Field(description="what the handler asks for and nobody has decided yet")
    hold_until: Instant | None
    urge_count: int
    return_count: int
    reopen_count: int
    supervised_level: int
    supervised_label: str | None
    returned: OrderReturned | None = Field(description="for the branch, until it is dispatched again")
    moderation: Moderation
    pictures: list[OrderPicture]
    voice: OrderVoice | None
    call_back: CallBackShape | None = Field(
        description="for the branch and the handler, of a request for somebody else"
    )
    timers: list[OrderTimerShape]
    actions: list[OrderActionShape]
    log: list[OrderLogShape]
    created_at: Instant
    duplicates: list[DuplicateShape] = Field([], description="for who may merge it: maybe the same matter")
    emergency: str | None = Field(
        None, description="whom to call first; only in the answer to an order whose text names a danger"
    )


class ModeratedFile(Shape):
    """The file to look at or listen to."""

    kind: MediaKind
    url: str


class WishShape(Shape):
    """A wish on the public board: nothing of who made it or where he lives."""

    number: str
    text: str
    organization: str
    organization_name: str
    grid: str | None = Field(description="name")
    since: Instant


class ProposedTarget(Shape):
    """What `dispatch` takes as its target."""

    kind: Literal["member", "team"]
    id: str


class Proposed(Shape):
    """Somebody, or a team, with the reasons in words."""

    target: ProposedTarget
    name: str
    reasons: list[str]


class ProposalShape(Shape):
    """Three at most; an empty list says that the pool is the way."""

    action: Action = Field(description="dispatch, or transfer where somebody has it already")
    candidates: list[Proposed]


class RatingShape(Shape):
    """What whoever holds the rating link of an order sees."""

    number: str
    service_type_name: str
    organization_name: str
    state: State
    state_label: str
    open: bool = Field(description="whether it can be rated now")
    reply: str | None
    completed_at: Instant | None


class ModerationItem(Shape):
    """A text or a file that waits for a moderator."""

    id: str = Field(description="the number of the order, or the id of the file")
    subject: Literal["service_order", "media"]
    state: Literal["pending", "passed", "review", "refused"]
    title: str
    text: str = Field(description="empty for a file")
    file: ModeratedFile | None
    organization: str
    created_at: Instant
