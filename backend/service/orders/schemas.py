"""What the order machine takes over HTTP. Titles are the labels of the forms that clients show."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from backend.core.http import Body
from backend.core.wording import Line, Prose
from backend.service.models import Priority

Code = Annotated[Line, Field(min_length=1, max_length=40)]
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


class ReturnReason(StrEnum):
    """Why a handler gives an order back (§4.3 row 17)."""

    OTHER_AREA = "other_area"
    UNCLEAR_OWNER = "unclear_owner"
    OVERLAPPING = "overlapping"
    NOT_ABLE = "not_able"
    OTHER = "other"


class SupervisionLevel(StrEnum):
    """The rungs of the ladder above 催办 (§4.5)."""

    BRANCH = "branch"
    UPPER = "upper"
    CIRCULAR = "circular"


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


class ProxyConsent(StrEnum):
    """How whoever is asked for has agreed that somebody else asks for him."""

    IN_PERSON = "in_person"
    BY_PHONE = "by_phone"
    CHILD = "child"
    OWN_CALL = "own_call"


class Box(StrEnum):
    """The queues."""

    MINE = "mine"
    TO_ACCEPT = "to-accept"
    TO_DISPATCH = "to-dispatch"
    OFFERED = "offered"
    IN_HAND = "in-hand"
    WAITING_CLAIM = "waiting-claim"
    BRANCH_IN_HAND = "branch-in-hand"
    TO_FOLLOW_UP = "to-follow-up"
    OVERDUE = "overdue"
    RETURNED = "returned"
    UNROUTED = "unrouted"
    TO_CALL_BACK = "to-call-back"
    ALL = "all"


class AskInfo(Body):
    """要求补充: a question to the requester."""

    note: Note = Field(title="请对方补充什么")


class WriteDown(Body):
    """把语音记成文字: what whoever listened has heard."""

    text: Annotated[Prose, Field(min_length=2, max_length=1_000)] = Field(title="语音里说了什么")


class RouteOrder(Body):
    """归到网格, or to the branch whose place it is."""

    grid: Code | None = Field(None, title="归到本支部的网格")
    organization: Code | None = Field(None, title="或转给所在的支部")
    note: Note | None = Field(None, title="备注")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.grid is None) == (self.organization is None):
            raise ValueError("请选择本支部的网格，或者选择要转给的支部，只填一项")
        return self


class CallBack(Body):
    """电话核实本人: what the person says for whom somebody else has asked."""

    way: ContactWay = Field(ContactWay.PHONE, title="怎么联系的")
    reached: bool = Field(title="是否联系上本人")
    agrees: bool | None = Field(None, title="本人是否需要、是否同意")
    note: Note | None = Field(None, title="本人怎么说")

    @model_validator(mode="after")
    def _answers_with_the_person(self) -> Self:
        if self.reached != (self.agrees is not None):
            raise ValueError("联系上本人时须填写本人是否同意，没有联系上就不填")
        return self


class SupplyInfo(Body):
    """补充: the facts that were asked for."""

    note: Note = Field(title="补充说明")


class AcceptOrder(Body):
    """受理: the branch takes the order, correcting its kind and priority if need be."""

    service_type: Code | None = Field(None, title="服务类别")
    priority: Priority | None = Field(None, title="紧急程度")
    grid: Code | None = Field(None, title="所属网格")
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
    board_text: Annotated[Line, Field(min_length=2, max_length=60)] | None = Field(
        None, title="心愿墙上写什么（不写姓名和门牌）"
    )
    note: Note | None = Field(None, title="备注")


class ClaimOrder(Body):
    """接单; what has a safeguarding note is taken by whoever has read it."""

    safeguard_read: bool = Field(False, title="已阅读注意事项")
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


class Outcome(StrEnum):
    """What was reached where a matter is not solved in full (`domain.md` §4.2)."""

    PARTLY = "partly"
    EXPLAINED = "explained"


class CompleteOrder(Body):
    """办结: the hand-in form."""

    truthful: bool = Field(title="诉求是否属实")
    contacted_at: AwareDatetime = Field(title="联系时间")
    solved: bool = Field(title="是否解决")
    outcome: Outcome | None = Field(None, title="没有全部解决的，办到哪一步")
    reason: Note | None = Field(None, title="没有解决的原因")
    adopted: bool | None = Field(None, title="是否采纳（建议类填写）")
    public_reply: Note = Field(title="公开答复")
    attachments: list[Code] = Field([], title="办理照片", max_length=9)

    @model_validator(mode="after")
    def _explains_failure(self) -> Self:
        if not self.solved and self.reason is None:
            raise ValueError("未解决时须写明原因")
        if self.solved and self.outcome is not None:
            raise ValueError("已经解决的，不用选“办到哪一步”")
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


class MergeOrder(Body):
    """并单: the same matter is in hand already; its requester follows that order."""

    parent: Code = Field(title="并入的工单号")
    note: Note | None = Field(None, title="备注")


class AddCohandler(Body):
    """加派协办: somebody who helps until a date; the lead handler remains responsible."""

    member: Code = Field(title="协办人")
    due_at: AwareDatetime = Field(title="协办期限")
    note: Note | None = Field(None, title="协办什么")


class AskForHold(Body):
    """申请挂起: why, and until when."""

    until: AwareDatetime = Field(title="挂起到")
    note: Note = Field(title="原因")


class ResumeWork(Body):
    """恢复办理."""

    note: Note | None = Field(None, title="备注")


class AskForExtension(Body):
    """申请延期: before the deadline, with a reason that the requester is told."""

    until: AwareDatetime = Field(title="延期到")
    note: Note = Field(title="原因")


class AskForReturn(Body):
    """申请退单: within a working day after the claim."""

    reason: ReturnReason = Field(title="原因")
    note: Note = Field(title="说明")


class DecideRequest(Body):
    """同意 or 不同意: what the handler asked for."""

    note: Note | None = Field(None, title="意见")


class DenyRequest(Body):
    """不同意: with a reason."""

    note: Note = Field(title="原因")


class RuleOnHandler(Body):
    """审定: names the handler after two returns; there is no third."""

    member: Code = Field(title="承办人")
    note: Note = Field(title="理由")


class ReferOrder(Body):
    """转办: to 12345 or a department, with its receipt number."""

    receiver: Line = Field(title="转给", min_length=2, max_length=60)
    receipt_number: Line = Field(title="回执编号", min_length=1, max_length=40)
    note: Note | None = Field(None, title="告诉诉求人")


class CloseReferral(Body):
    """转办结案: what the body that got it has answered."""

    note: Note = Field(title="办理结果")


class TakeBackReferral(Body):
    """被退回: the body declined, and why."""

    note: Note = Field(title="对方的答复")


class UrgeOrder(Body):
    """催办: once a day for the requester."""

    note: Note | None = Field(None, title="想说的话")


class SuperviseOrder(Body):
    """督办: a rung of the ladder, to be answered in writing."""

    level: SupervisionLevel = Field(SupervisionLevel.BRANCH, title="级别")
    note: Note = Field(title="督办意见")


class ReplyToSupervision(Body):
    """督办反馈."""

    note: Note = Field(title="书面反馈")


class FollowUpOrder(Body):
    """回访: by somebody else than the handler; who was reached is asked two questions."""

    way: ContactWay = Field(ContactWay.PHONE, title="回访方式")
    reached: bool = Field(title="是否联系上")
    solved: bool | None = Field(None, title="是否解决")
    outcome: Outcome | None = Field(None, title="没有全部解决，但本人同意到此为止的")
    satisfaction: Satisfaction | None = Field(None, title="满意度")
    own_word: bool = Field(False, title="是本人（被代办的人）亲口说的")
    note: Note | None = Field(None, title="回访记录")

    @model_validator(mode="after")
    def _answers_with_the_person(self) -> Self:
        answered = self.solved is not None and self.satisfaction is not None
        if self.reached and not answered:
            raise ValueError("联系上时须填写是否解决和满意度")
        if not self.reached and (self.solved is not None or self.satisfaction is not None or self.own_word):
            raise ValueError("没有联系上时不填写是否解决和满意度")
        if self.outcome is not None and (self.solved is not False or self.note is None):
            raise ValueError("没有全部解决、到此为止的，须写明原因")
        return self


class ReopenOrder(Body):
    """申请重办: within the window, twice at most."""

    note: Note = Field(title="哪里没有解决")


class AppealRefusal(Body):
    """申诉: once, to the organisation above."""

    note: Note = Field(title="申诉理由")
