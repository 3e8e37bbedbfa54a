/** Which step of a stay away from home is asked for, and which is a tap further away. */
import { expect, test } from "vitest";
import { byState } from "@/platform/stay_steps";

const steps = (...names: string[]) => names.map((name) => ({ name }));
const names = (of: { name: string }[]) => of.map(({ name }) => name);

test.each([
  ["planned", ["register", "report-in", "withdraw"], ["register", "report-in"]],
  ["out", ["report-in", "name-contact", "plan-return"], ["report-in"]],
  ["reported_in", ["host", "refuse"], ["host", "refuse"]],
  ["hosted", ["report-in", "name-contact", "transfer", "plan-return"], ["plan-return"]],
  ["returning", ["report-in", "appraise"], ["appraise"]],
  ["ended", [], []],
] as const)("%s", (state, open, foremost) => {
  const found = byState(state, steps(...open));
  expect(names(found.foremost)).toEqual(foremost);
  expect(names(found.further)).toEqual(open.filter((one) => !(foremost as readonly string[]).includes(one)));
});
