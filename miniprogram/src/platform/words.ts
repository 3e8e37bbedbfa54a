/** Words for what the server names by codes. */
import type { Activity, CheckIn, Order, OrderBrief, Role } from "@/api/shapes";
import { t } from "@/texts";
import { dateOf } from "./times";

export type Box = keyof typeof t.boxes;
/** What waits for a secretary, most pressing first. */
export const BRANCH_BOXES: Box[] = ["overdue", "to-accept", "to-dispatch", "to-call-back", "returned", "to-follow-up", "waiting-claim"];
export const HANDLER_BOXES: Box[] = ["offered", "in-hand"];

export function boxTitle(box: Box): string {
  return t.boxes[box];
}

export function roleName(role: Role): string {
  return t.roles[role];
}

export function checkInWord(status: CheckIn["status"]): string {
  return t.checkIn.status[status];
}

/** What one has to do with an activity, in a word or two. */
export function ownMark({ own, state, state_label }: Activity): string {
  if (state === "cancelled") return state_label;
  if (own.check_in) return checkInWord(own.check_in);
  if (own.leave === "approved") return t.activity.onLeave;
  if (own.leave === "asked") return t.activity.leaveAsked;
  return state === "open" ? t.activity.openNow : "";
}

export function orderTone(order: Pick<OrderBrief, "overdue" | "state">): "late" | "done" | "plain" | undefined {
  if (order.overdue) return "late";
  const ended: Order["state"][] = ["closed", "cancelled", "merged", "not_accepted"];
  if (order.state === "closed") return "done";
  return ended.includes(order.state) ? "plain" : undefined;
}

/** What the roster should say, as people write it. */
export function correctValue({ field, value }: { field: string; value: string }): string {
  return field === "joined_on" ? dateOf(value) : value;
}
