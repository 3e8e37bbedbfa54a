"""Every action of the API with its body and its plan: routes, forms and tests are read off this table."""

from backend.service.orders import closing, handling, intake, schemas
from backend.service.orders.engine import Step
from backend.service.orders.workflow import Action

STEPS = {
    step.action: step
    for step in (
        Step(Action.ASK_INFO, schemas.AskInfo, intake.plan_ask_info),
        Step(Action.SUPPLY, schemas.SupplyInfo, intake.plan_supply),
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
    )
}
