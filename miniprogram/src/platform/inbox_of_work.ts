/** What waits for a secretary's word beside orders, in each organisation that he keeps, as lines that lead there. */
import { get, type Data } from "@/api/client";
import { t } from "@/texts";
import { keptOrganizations } from "./auth";

type Waiting = Data<"/organizations/{code}/waiting", "get">[number];
export interface Line {
  title: string;
  count: number;
  page: string;
}
const PAGES: Record<Exclude<Waiting["what"], "requests">, string> = {
  claims: "/pages/branch/claims",
  joint: "/pages/activity/list",
  stays: "/pages/floating/list",
  transfers: "/pages/branch/transfers",
  report_ins: "/pages/branch/report-ins",
  corrections: "/pages/branch/requests",
  forwards: "/pages/forward/list",
};

export async function workWaiting(): Promise<Line[]> {
  const found = await Promise.all(keptOrganizations().map(async ({ code }) => (await get("/organizations/{code}/waiting", { code })).map((one) => lineOf(one, code))));
  return found.flat();
}

function lineOf({ what, count, activity, title }: Waiting, code: string): Line {
  if (what === "requests") return { title: t.waiting.requests(title ?? ""), count, page: `/pages/activity/requests?id=${activity}` };
  return { title: t.waiting[what], count, page: `${PAGES[what]}?organization=${code}` };
}
