"""What activities take and give over HTTP."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.branch_life.activities.models import ActivityState, CheckInMethod, CheckInStatus, RequestState, SignUpState
from backend.branch_life.kinds import ActivityKind
from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.people.models import Role
from backend.people.schemas import OrganizationBrief

MAX_NAMED = 500
MAX_GROUPS = 100
MAX_ROOMS = 50
PublicId = Annotated[str, StringConstraints(pattern=r"^[a-z2-7]{16}$")]
Nonce = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]


class ActivityPlace(Body):
    """Where it is; coordinates are the venue's, with the datum that the map gave them in."""

    text: Line = Field(min_length=1, max_length=80)
    lat: float | None = Field(default=None, ge=-90, le=90)
    lng: float | None = Field(default=None, ge=-180, le=180)
    datum: Literal["gcj02", "wgs84"] | None = None
    radius_m: int | None = Field(default=None, ge=20, le=5_000)
    centre: PublicId | None = Field(
        default=None, description="a service centre or other place; its coordinates count unless others are given"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if len({self.lat is None, self.lng is None, self.datum is None}) != 1:
            raise ValueError("经度、纬度和坐标系须一并填写")
        return self


class Invited(Body):
    """Who may come; left out, everybody who belongs to the organisation, at home or as a guest.

    What is named adds up: members one by one, whole organisations below, cells, holders of posts here and below,
    and the branch's own tags. Who belongs to them is settled when the activity is planned.
    """

    members: list[PublicId] | None = Field(default=None, min_length=1, max_length=MAX_NAMED)
    organizations: list[Line] | None = Field(default=None, min_length=1, max_length=MAX_GROUPS)
    cells: list[Line] | None = Field(default=None, min_length=1, max_length=MAX_GROUPS)
    roles: list[Role] | None = Field(default=None, min_length=1, max_length=MAX_GROUPS)
    tags: list[Line] | None = Field(default=None, min_length=1, max_length=MAX_GROUPS)
    visitors: bool = Field(default=False, description="whether members of other branches may come with the code")

    @property
    def everybody(self) -> bool:
        """Whether nobody in particular was named."""
        return not any((self.members, self.organizations, self.cells, self.roles, self.tags))


Offered = Literal[
    CheckInMethod.CODE,
    CheckInMethod.TYPED_CODE,
    CheckInMethod.PLACE_CODE,
    CheckInMethod.ROLL_CALL,
    CheckInMethod.LOCATION,
]


class CheckInRules(Body):
    """How one may check in."""

    methods: list[Offered] = Field(
        default=[CheckInMethod.CODE, CheckInMethod.TYPED_CODE, CheckInMethod.ROLL_CALL],
        min_length=1,
        max_length=5,
    )


class RemoteRoom(Body):
    """A room that joins from elsewhere, with its own code and roll."""

    name: Line = Field(min_length=1, max_length=40)
    place: Line = Field(min_length=1, max_length=80)


class PlanActivity(Body):
    """A new activity."""

    organization: Line = Field(min_length=1, max_length=40)
    kind: ActivityKind
    title: Line = Field(min_length=1, max_length=60)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    place: ActivityPlace
    invited: Invited = Field(default_factory=Invited)
    check_in: CheckInRules = Field(default_factory=CheckInRules)
    capacity: int | None = Field(
        default=None, ge=1, le=100_000, description="how many may come; then one signs up, and others wait"
    )
    agenda: Prose | None = Field(default=None, max_length=2000)
    template: PublicId | None = Field(default=None, description="the model that it was copied from")
    remote_rooms: list[RemoteRoom] = Field(default_factory=list, max_length=MAX_ROOMS)

    @model_validator(mode="after")
    def _has_a_wall(self) -> Self:
        if CheckInMethod.PLACE_CODE in self.check_in.methods and self.place.centre is None:
            raise ValueError("用场所码签到，须先选定党群服务中心或其他场所")
        return self


class CancelActivity(Body):
    """Why it does not take place."""

    reason: Line = Field(min_length=1, max_length=200)


class ActivityQuery(PageQuery):
    """Which activities to list: newest start first, or `when=coming` the nearest first."""

    organization: str | None = Field(default=None, max_length=40, description="code of one organisation")
    when: Literal["coming", "past"] | None = None
    since: AwareDatetime | None = Field(default=None, description="only those that start at this instant or later")
    before: AwareDatetime | None = Field(default=None, description="only those that start before this instant")


class VenueShape(Shape):
    """Where an activity is."""

    text: str
    lat: float | None
    lng: float | None
    datum: str | None
    radius_m: int | None
    centre: str | None = Field(description="public id of the service centre or other place")


class OwnPart(Shape):
    """What the caller himself has to do with an activity."""

    invited: bool = Field(description="whether he is on the roll")
    awaited: bool = Field(description="that, or his branch holds it too: he may come, and ask leave")
    check_in: CheckInStatus | None
    leave: RequestState | None
    sign_up: SignUpState | None
    keeps_roll: bool


class RoomShape(Shape):
    """A room of an activity; number 0 is the main one."""

    number: int
    name: str
    place: str


class ActivityShape(Shape):
    """An activity as whoever may see it sees it."""

    id: str
    organization: OrganizationBrief
    kind: ActivityKind
    kind_label: str
    title: str
    starts_at: Instant
    ends_at: Instant
    check_in_from: Instant
    check_in_until: Instant
    place: VenueShape
    agenda: str | None
    hours: float
    methods: list[CheckInMethod]
    welcomes_visitors: bool
    capacity: int | None
    rooms: int = Field(description="the main room and the remote ones")
    state: ActivityState
    state_label: str
    cancel_reason: str | None
    own: OwnPart


class ActivityCode(Shape):
    """What the organiser's screen shows until `valid_until`; `qr` is the text to draw as a QR code."""

    code: str
    typed_code: str | None
    valid_until: Instant
    step_s: int
    qr: str


class CodeQuery(BaseModel):
    """Whose screen asks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    room: int = Field(default=0, ge=0, le=MAX_ROOMS)


class PhonePosition(Body):
    """Where a phone says it is, and how sure it is of that."""

    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)
    datum: Literal["gcj02", "wgs84"]
    accuracy_m: int = Field(default=0, ge=0, le=500)


class CheckInRequest(Body):
    """A check-in: the code that was scanned, the digits that were typed or the position, and when by the phone.

    A place code may come with a position: it is on the wall all day, and the distance tells whether to ask again.
    `device` is the client's own number for this phone, kept as a digest for a month.
    """

    activity: PublicId | None = None
    code: Line | None = Field(default=None, min_length=1, max_length=80)
    typed_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    place_code: Line | None = Field(default=None, min_length=1, max_length=40)
    location: PhonePosition | None = None
    occurred_at: AwareDatetime
    nonce: Nonce
    device: Nonce | None = None
    consent: bool = Field(False, description="agrees to the use of the position, when `no_consent` was the answer")

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        alone = self.location if self.place_code is None else None
        if sum(proof is not None for proof in (self.code, self.typed_code, self.place_code, alone)) != 1:
            raise ValueError("请扫签到码、输入六位数字、扫场所码或提供位置，择一即可")
        if alone is not None and self.activity is None:
            raise ValueError("凭位置签到须指明活动")
        return self


class CheckInShape(Shape):
    """A check-in that was taken."""

    id: str
    status: CheckInStatus
    activity: str
    occurred_at: Instant


class CheckInDetail(CheckInShape):
    """A check-in with what became of it."""

    method: CheckInMethod
    in_force: bool
    left_at: Instant | None
    minutes: int | None = Field(description="how long, once checked out")


class CheckOut(Body):
    """Leaving; a time that cannot be is replaced by the server's."""

    occurred_at: AwareDatetime | None = None


class VoidCheckIn(Body):
    """Why the entry does not count; the member reads it."""

    reason: Line = Field(min_length=1, max_length=200)


class AskMakeUp(Body):
    """Why somebody who was there is not on the roll; `member` is left out for oneself."""

    member: PublicId | None = None
    reason: Prose = Field(min_length=1, max_length=300)


class Decision(Body):
    """A word with a decision."""

    note: Line | None = Field(default=None, max_length=200)


class MakeUpShape(Shape):
    """A request for a make-up entry as those concerned see it."""

    id: str
    activity: str
    member: str
    name: str
    reason: str
    state: RequestState
    asked_at: Instant
    decided_at: Instant | None
    decision_note: str | None


class RollCall(Body):
    """The organiser has seen this member."""

    member: PublicId
    status: Literal[CheckInStatus.PRESENT, CheckInStatus.LATE] = CheckInStatus.PRESENT
    room: int = Field(default=0, ge=0, le=MAX_ROOMS)


class RollPerson(Shape):
    """One line of the roll."""

    member: str
    name: str
    check_in: str | None = None
    status: CheckInStatus | None = None
    method: CheckInMethod | None = None
    occurred_at: Instant | None = None
    room: int | None = None
    left_at: Instant | None = None
    minutes: int | None = None
    distance_m: int | None = Field(default=None, description="from the venue, for a check-in by position")
    leave: RequestState | None = None
    branch: str | None = Field(default=None, description="the home branch, for a visitor")
    guest_of: str | None = Field(default=None, description="the branch that has him as a guest on that day")


class RollPart(Shape):
    """How many, and who: names only for those who keep the roll."""

    count: int
    people: list[RollPerson] | None


class RoomCount(RoomShape):
    """How many came into one room, visitors included."""

    count: int


class RollShape(Shape):
    """Who is expected and what became of it: expected = present + to_confirm + on_leave + missing.

    Members who are exempt (clause 23) and did not come are `exempted`, and expected nowhere.
    """

    activity: str
    expected: RollPart
    present: RollPart
    to_confirm: RollPart
    on_leave: RollPart
    missing: RollPart
    exempted: RollPart
    visitors: RollPart
    rooms: list[RoomCount]
    wrong_codes: int | None = Field(description="attempts with codes that were never shown")
    shared_phones: list[list[str]] | None = Field(description="names of those who used the same phone")
    as_of: Instant


class SignUpShape(Shape):
    """One's own place, or how many wait before one."""

    activity: str
    state: SignUpState
    before_me: int = Field(description="how many wait before, 0 with a place")


class SignUpLine(Shape):
    """One line of the list of those who want to come."""

    member: str
    name: str
    state: SignUpState
    queued_at: Instant


class SignUpList(Shape):
    """Places and queue: names, in the order of the queue, only for those who keep the roll."""

    capacity: int
    going: int
    waiting: int
    people: list[SignUpLine] | None


class AskLeave(Body):
    """Why one cannot come; read by the organiser only."""

    reason: Prose = Field(min_length=1, max_length=300)


class LeaveShape(Shape):
    """A request for leave as its author and the organiser see it."""

    id: str
    activity: str
    member: str
    name: str
    reason: str
    state: RequestState
    asked_at: Instant
    decided_at: Instant | None
    decision_note: str | None
