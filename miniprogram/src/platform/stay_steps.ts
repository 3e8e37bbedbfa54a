/** Which steps of a stay away from home are awaited now; all others are a tap further away. */
import type { Flow } from "@/api/shapes";

const AWAITED: Partial<Record<Flow["state"], string[]>> = {
  planned: ["register", "report-in"],
  arrived: ["register"],
  out: ["report-in"],
  reported_in: ["host", "refuse"],
  hosted: ["plan-return"],
  host_refused: ["report-in"],
  returning: ["appraise"],
  appraised: ["end"],
};

export function byState<A extends { name: string }>(state: Flow["state"], actions: A[]): { foremost: A[]; further: A[] } {
  const awaited = AWAITED[state] ?? [];
  return {
    foremost: actions.filter((one) => awaited.includes(one.name)),
    further: actions.filter((one) => !awaited.includes(one.name)),
  };
}
