/** The line of time of an order in five steps that everybody understands. */
import type { Order } from "@/api/shapes";
import type { Step } from "@/components/UiTimeline.vue";
import { t } from "@/texts";
import { momentOf } from "./times";

type State = Order["state"];
/** How many of the five steps are behind an order in this state. */
const PASSED: Record<State, number> = {
  submitted: 1,
  needs_info: 1,
  accepted: 2,
  dispatched: 2,
  claimed: 3,
  in_progress: 3,
  on_hold: 3,
  completed: 4,
  closed: 5,
  referred: 3,
  not_accepted: 1,
  merged: 1,
  cancelled: 1,
};
const ENDED_EARLY: State[] = ["not_accepted", "merged", "cancelled"];
const REACHED_BY: string[][] = [["submit"], ["accept"], ["claim", "rule", "refer"], ["complete", "close-referred"], ["confirm", "auto-close", "follow-up"]];

export function lineOf(order: Order): Step[] {
  const passed = PASSED[order.state];
  if (ENDED_EARLY.includes(order.state)) {
    return [step(order, 0, "done"), { title: order.state_label, at: momentOf(lastEntry(order)?.at ?? order.created_at), text: publicNote(order), stage: "bad" }];
  }
  return t.order.steps.map((_, index) => step(order, index, index < passed ? "done" : index === passed ? "now" : "later"));
}

function step(order: Order, index: number, stage: Step["stage"]): Step {
  const entry = stage === "done" ? [...order.log].reverse().find((one) => REACHED_BY[index].includes(one.action)) : undefined;
  const title = stage === "done" ? t.order.steps[index].done : t.order.steps[index].coming;
  const due = stage === "now" ? order.timers.find((timer) => !timer.stopped_at && !timer.paused) : undefined;
  const at = entry ? momentOf(entry.at) : index === 0 ? momentOf(order.created_at) : due ? t.order.by(momentOf(due.due_at)) : undefined;
  return { title, at, stage, text: stage === "done" && index === 3 ? (entry?.note ?? undefined) : undefined };
}

function lastEntry(order: Order) {
  return order.log[order.log.length - 1];
}

function publicNote(order: Order): string | undefined {
  return [...order.log].reverse().find((one) => one.public && one.note)?.note ?? undefined;
}

/** Actions that stand as buttons on the page; all others are a tap further away. */
const FOREMOST = ["supply", "call-back", "write-down", "accept", "dispatch", "claim", "first-contact", "progress", "complete", "approve", "confirm", "follow-up", "rule", "reply", "resume", "close-referred"];
/** Actions done by the tap itself: nothing has to be said. */
export const AT_ONCE = ["accept", "claim", "urge", "resume", "approve"];

export function byWeight<A extends { name: string }>(actions: A[]): { foremost: A[]; further: A[] } {
  return {
    foremost: actions.filter((one) => FOREMOST.includes(one.name)),
    further: actions.filter((one) => !FOREMOST.includes(one.name)),
  };
}
