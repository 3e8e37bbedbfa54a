"""Every action of the API with its body and its plan: routes, forms and tests are read off this table."""

from backend.service.orders import (
    closing,
    deciding,
    handling,
    intake,
    outside,
    pressing,
    proxies,
    rerouting,
    schemas,
)
from backend.service.orders.engine import Step
from backend.service.orders.workflow import Action

STEPS = {
    step.action: step
    for step in (
        Step(Action.ASK_INFO, schemas.AskInfo, intake.plan_ask_info),
        Step(Action.SUPPLY, schemas.SupplyInfo, intake.plan_supply),
        Step(Action.ROUTE, schemas.RouteOrder, rerouting.plan_route),
        Step(Action.WRITE_DOWN, schemas.WriteDown, intake.plan_write_down),
        Step(Action.CALL_BACK, schemas.CallBack, proxies.plan_call_back),
        Step(Action.ACCEPT, schemas.AcceptOrder, intake.plan_accept),
        Step(Action.REFUSE, schemas.RefuseOrder, intake.plan_refuse),
        Step(Action.DISPATCH, schemas.DispatchOrder, handling.plan_dispatch),
        Step(Action.CLAIM, schemas.ClaimOrder, handling.plan_claim),
        Step(Action.DECLINE, schemas.DeclineOrder, handling.plan_decline),
        Step(Action.FIRST_CONTACT, schemas.RecordContact, handling.plan_first_contact),
        Step(Action.PROGRESS, schemas.RecordProgress, handling.plan_progress),
        Step(Action.TRANSFER, schemas.TransferOrder, handling.plan_transfer),
        Step(Action.COMPLETE, schemas.CompleteOrder, handling.plan_complete),
        Step(Action.REWORK, schemas.SendBackToWork, closing.plan_rework),
        Step(Action.CONFIRM, schemas.ConfirmOrder, closing.plan_confirm),
        Step(Action.CANCEL, schemas.CancelOrder, intake.plan_cancel),
        Step(Action.MERGE, schemas.MergeOrder, outside.plan_merge),
        Step(Action.ADD_COHANDLER, schemas.AddCohandler, outside.plan_add_cohandler),
        Step(Action.HOLD, schemas.AskForHold, deciding.plan_ask_hold),
        Step(Action.RESUME, schemas.ResumeWork, deciding.plan_resume),
        Step(Action.EXTEND, schemas.AskForExtension, deciding.plan_ask_extension),
        Step(Action.RETURN, schemas.AskForReturn, deciding.plan_ask_return),
        Step(Action.APPROVE, schemas.DecideRequest, deciding.plan_approve),
        Step(Action.DENY, schemas.DenyRequest, deciding.plan_deny),
        Step(Action.RULE, schemas.RuleOnHandler, deciding.plan_rule),
        Step(Action.REFER, schemas.ReferOrder, outside.plan_refer),
        Step(Action.CLOSE_REFERRED, schemas.CloseReferral, outside.plan_close_referred),
        Step(Action.SEND_BACK, schemas.TakeBackReferral, outside.plan_send_back),
        Step(Action.URGE, schemas.UrgeOrder, pressing.plan_urge),
        Step(Action.SUPERVISE, schemas.SuperviseOrder, pressing.plan_supervise),
        Step(Action.REPLY, schemas.ReplyToSupervision, pressing.plan_reply),
        Step(Action.FOLLOW_UP, schemas.FollowUpOrder, closing.plan_follow_up),
        Step(Action.REOPEN, schemas.ReopenOrder, closing.plan_reopen),
        Step(Action.APPEAL, schemas.AppealRefusal, intake.plan_appeal),
    )
}
