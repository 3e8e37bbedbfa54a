"""What the order machine takes and gives over HTTP. Titles are the labels of the forms that clients show."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from backend.core.http import Body, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.service.models import Moderation, Priority, Resolution, Stage
from backend.service.orders.workflow import Action, State

Phone = Annotated[Line, Field(pattern=r"^(\+?86)?(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})$")]
Code = Annotated[Line, Field(min_length=1, max_length=40)]
PersonName = Annotated[Line, Field(min_length=1, max_length=40)]
Note = Annotated[Prose, Field(min_length=1, max_length=500)]


class Datum(StrEnum):
    """What coordinates refer to: WeChat gives GCJ-02, GPS gives WGS 84."""

    GCJ02 = "gcj02"
    WGS84 = "wgs84"


class RefusalReason(StrEnum):
    """Why a branch does not take an order."""

    OTHER_AREA = "other_area"
    BEYOND_POWERS = "beyond_powers"
    NO_SERVICE = "no_service"
    ALREADY_HANDLED = "already_handled"
    OTHER = "other"


class ContactWay(StrEnum):
    """How the handler got in touch."""

    PHONE = "phone"
    VISIT = "visit"
    WECHAT = "wechat"


class Satisfaction(StrEnum):
    """The three official grades."""

    SATISFIED = "satisfied"
    FAIRLY = "fairly"
    DISSATISFIED = "dissatisfied"


class Box(StrEnum):
    """The queues."""

    MINE = "mine"
    TO_ACCEPT = "to-accept"
    TO_DISPATCH = "to-dispatch"
    OFFERED = "offered"
    IN_HAND = "in-hand"
    TO_FOLLOW_UP = "to-follow-up"
    OVERDUE = "overdue"
    RETURNED = "returned"
    ALL = "all"


class OrderPlace(Body):
    """Where help is needed; coordinates are optional and come in pairs."""

    text: Line = Field(min_length=1, max_length=120)
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    lng: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    datum: Datum = Datum.GCJ02

    @model_validator(mode="after")
    def _in_pairs(self) -> Self:
        if (self.lat is None) != (self.lng is None):
            raise ValueError("经度和纬度须一起填写")
        return self


class OrderContact(Body):
    """Whom to call about the order; without it the account's own number counts."""

    name: PersonName
    phone: Phone


class OnBehalfOf(Body):
    """For whom the caller asks: a parent, a neighbour, somebody of the grid."""

    name: PersonName
    phone: Phone
    relation: Line = Field(min_length=1, max_length=20)


class SubmitOrder(Body):
    """点单: a resident's request."""

    service_type: Code
    title: Line = Field(min_length=2, max_length=60)
    description: Prose = Field(min_length=1, max_length=2_000)
    place: OrderPlace
    organization: Code | None = Field(None, description="code; else the community of the account")
    contact: OrderContact | None = None
    on_behalf_of: OnBehalfOf | None = None
    attachments: list[Code] = Field([], max_length=9, description="ids of media")


class AskInfo(Body):
    """要求补充: a question to the requester."""

    note: Note = Field(title="请对方补充什么")


class SupplyInfo(Body):
    """补充: the facts that were asked for."""

    note: Note = Field(title="补充说明")


class AcceptOrder(Body):
    """受理: the branch takes the order, correcting its kind and priority if need be."""

    service_type: Code | None = Field(None, title="服务类别")
    priority: Priority | None = Field(None, title="紧急程度")
    note: Note | None = Field(None, title="备注")


class RefuseOrder(Body):
    """不予受理: why, and where to go instead."""

    reason: RefusalReason = Field(title="原因")
    note: Note = Field(title="告诉对方可以找谁")


class OrderTarget(Body):
    """To whom an order goes: a member or volunteer, a team, or the open pool of the branch."""

    kind: Literal["member", "team", "pool"]
    id: Code | None = None

    @model_validator(mode="after")
    def _names_its_target(self) -> Self:
        if (self.kind == "pool") != (self.id is None):
            raise ValueError("派给个人或服务队须写明 id，派到抢单池则不写")
        return self


class DispatchOrder(Body):
    """派单."""

    target: OrderTarget = Field(title="派给谁")
    note: Note | None = Field(None, title="备注")


class ClaimOrder(Body):
    """接单."""

    note: Note | None = Field(None, title="备注")


class DeclineOrder(Body):
    """拒单: with a reason; does not count as a return."""

    note: Note = Field(title="原因")


class RecordContact(Body):
    """首次联系: when and how; without a time, now."""

    way: ContactWay = Field(ContactWay.PHONE, title="联系方式")
    contacted_at: AwareDatetime | None = Field(None, title="联系时间")
    note: Note | None = Field(None, title="备注")


class RecordProgress(Body):
    """进展: a note for the requester, or an internal one."""

    note: Note = Field(title="进展")
    public: bool = Field(True, title="诉求人可见")


class TransferOrder(Body):
    """转派: to somebody else, while the clock runs on."""

    target: OrderTarget = Field(title="转派给谁")
    note: Note = Field(title="原因")


class CompleteOrder(Body):
    """办结: the hand-in form."""

    truthful: bool = Field(title="诉求是否属实")
    contacted_at: AwareDatetime = Field(title="联系时间")
    solved: bool = Field(title="是否解决")
    reason: Note | None = Field(None, title="未解决的原因")
    public_reply: Note = Field(title="公开答复")
    attachments: list[Code] = Field([], title="办理照片", max_length=9)

    @model_validator(mode="after")
    def _explains_failure(self) -> Self:
        if not self.solved and self.reason is None:
            raise ValueError("未解决时须写明原因")
        return self


class SendBackToWork(Body):
    """退回重办: what is still to be done."""

    note: Note = Field(title="还要做什么")


class ConfirmOrder(Body):
    """确认评价: what the requester says of the result."""

    solved: bool = Field(title="是否解决")
    satisfaction: Satisfaction = Field(title="满意度")
    comment: Note | None = Field(None, title="想说的话")


class CancelOrder(Body):
    """撤单."""

    note: Note = Field(title="原因")


class BoxQuery(PageQuery):
    """Which queue to read."""

    box: Box = Field(Box.MINE, description="the queue")
    organization: str | None = Field(None, min_length=1, max_length=40, description="code: only this organisation")


class FormChoice(Shape):
    """One of the values that a field may take."""

    value: str
    label: str


class FormField(Shape):
    """One field of an action's form."""

    name: str
    label: str
    type: Literal["text", "flag", "time", "choice", "target", "media", "service_type"]
    required: bool
    choices: list[FormChoice] | None


class OrderActionShape(Shape):
    """Something that the caller may do now."""

    name: Action
    label: str
    form: list[FormField]


class OrderTimerShape(Shape):
    """A clock that runs, stands still or has stopped."""

    stage: Stage
    label: str
    due_at: datetime
    paused: bool
    overdue: bool
    stopped_at: datetime | None


class OrderLogShape(Shape):
    """One step that was taken."""

    at: datetime
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


class OrderPlaceShape(Shape):
    """Where help is needed."""

    text: str
    lat: float | None
    lng: float | None
    datum: Datum | None


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
    due_at: datetime | None
    overdue: bool
    created_at: datetime


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
    moderation: Moderation
    timers: list[OrderTimerShape]
    actions: list[OrderActionShape]
    log: list[OrderLogShape]
    created_at: datetime


class ModerationItem(Shape):
    """A text that waits for a moderator."""

    id: str = Field(description="the number of the order")
    subject: Literal["service_order"]
    state: Moderation
    title: str
    text: str
    organization: str
    created_at: datetime


class ModerationNote(Body):
    """Why a moderator decides so; the requester reads it."""

    note: Note | None = None
