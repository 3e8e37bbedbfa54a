"""What the care for members away takes over HTTP. Titles are the labels of the forms that clients show."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from backend.card.reviews.rules import Grade
from backend.core.http import Body
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.membership.away.workflow import FlowState

MemberId = Annotated[str, StringConstraints(pattern=r"^[a-z2-7]{16}$")]
Code = Annotated[Line, Field(min_length=1, max_length=40)]
Phone = Annotated[Line, Field(pattern=r"^\+?[0-9][0-9 -]{5,19}$")]
Note = Annotated[Prose, Field(min_length=1, max_length=200)]


class ContactWay(StrEnum):
    """How home kept in touch."""

    PHONE = "phone"
    WECHAT = "wechat"
    VISIT = "visit"
    LETTER = "letter"


class Finding(StrEnum):
    """What came of looking for a member of whom nothing was heard."""

    REACHED = "reached"
    THROUGH_FAMILY = "through_family"
    STILL_LOOKING = "still_looking"
    REFERRED = "referred"


class ReportIn(Body):
    """Where the member has arrived: by the place code of a service centre, or by the code of the host organisation."""

    place_code: Code | None = Field(None, title="场所码")
    host: Code | None = Field(None, title="流入地党组织")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.place_code is None) == (self.host is None):
            raise ValueError("请扫描党群服务中心的场所码，或选择流入地党组织，二者取一")
        return self


class PlanFlow(Body):
    """A stay away from home: one's own, or that of a `member` of the branch that one keeps."""

    member: MemberId | None = Field(None, title="党员")
    reason: Note = Field(title="外出原因")
    destination: Line = Field(min_length=2, max_length=80, title="去往何地", description="a town, no address")
    abroad: bool = Field(False, title="出国（境）")
    place_fixed: bool = Field(False, title="地点固定")
    leaves_on: date = Field(title="外出日期")
    expected_back_on: date | None = Field(None, title="预计返回日期")
    phone: Phone | None = Field(None, title="在外联系电话")
    report_in: ReportIn | None = Field(None, title="已到达，直接报到")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.expected_back_on is not None and self.expected_back_on < self.leaves_on:
            raise ValueError("预计返回日期应不早于外出日期")
        return self


class RegisterFlow(Body):
    """Home takes note, and names who keeps in touch."""

    contact: MemberId = Field(title="支部联系人", description="a member of the home branch with an account")
    place_fixed: bool | None = Field(None, title="地点固定")
    left_on: date | None = Field(None, title="实际外出日期")


class NameContact(Body):
    """Home names another contact person."""

    contact: MemberId = Field(title="支部联系人", description="a member of the home branch with an account")


class HostMember(Body):
    """The host takes him in."""

    group: Line = Field(min_length=1, max_length=40, title="编入的党小组")
    contact: MemberId | None = Field(None, title="流入地联系人")


class RefuseMember(Body):
    """The host does not; the organisation above reads why."""

    reason: Note = Field(title="不予接收的理由")


class AdviseTransfer(Body):
    """The stay is long and its place fixed: the affiliation should follow (clause 25)."""

    note: Note | None = Field(None, title="说明")


class StartTransfer(Body):
    """Home asks the receiving branch to take the affiliation over."""

    organization: Code | None = Field(None, title="接收党组织", description="the host unless given")
    reason: Note = Field("外出地点固定，转接组织关系", title="转接原因")


class PlanReturn(Body):
    """He will be back."""

    back_on: date | None = Field(None, title="返回日期")
    note: Note | None = Field(None, title="说明")


class AppraiseStay(Body):
    """Home's word for what the card shows of the stay."""

    grade: Grade = Field(title="评价等次")
    text: Prose = Field(min_length=1, max_length=2000, title="评价意见")


class EndFlow(Body):
    """The stay is over."""

    note: Note | None = Field(None, title="说明")


class WithdrawFlow(Body):
    """It did not come to it, or was put down by mistake."""

    reason: Note = Field(title="撤销原因")


class LogContact(Body):
    """Home kept in touch, or tried to."""

    made_on: date = Field(title="联系日期")
    way: ContactWay = Field(title="联系方式")
    reached: bool = Field(True, title="联系上了")
    note: Prose | None = Field(None, max_length=500, title="情况")


class SettleWatch(Body):
    """What came of looking."""

    finding: Finding = Field(title="结果")
    note: Prose | None = Field(None, max_length=500, title="情况")


class FlowQuery(PageQuery):
    """Which stays of an organisation to list."""

    side: Literal["home", "host"] = "home"
    state: FlowState | None = None
    below: bool = Field(False, description="of all organisations below, too; needs a state")

    @model_validator(mode="after")
    def _narrow(self) -> Self:
        if self.below and self.state is None:
            raise ValueError("查看下级时请指定状态")
        return self


class WatchQuery(PageQuery):
    """Which watches to list."""

    settled: bool = False
