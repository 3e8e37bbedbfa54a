/** WeChat's own reminders: each "allow" lets one message of a kind through. When it is fitting to ask, and the asking. */
import { get, post, type Data } from "@/api/client";
import { IN_WECHAT } from "./device";
import { keep, kept } from "./storage";
import { today } from "./times";

export type Grant = Data<"/me/subscriptions", "get">[number];
type Purpose = Data<"/me/message-preferences", "get">[number]["purpose"];
const ENOUGH = 3;
const REST_DAYS = { yes: 1, no: 14 };
const NOT_BEFORE = "ask_not_before"; // the day from which each purpose may be asked for again

/** Whether a kind runs out: of a long-term grant one is enough for good. */
export function runsOut({ long_term, credits }: Pick<Grant, "long_term" | "credits">): boolean {
  return credits < (long_term ? 1 : ENOUGH);
}

/** The grant to ask for now, read before the tap: few are left, the person wants this kind and was not asked lately. */
export async function grantToAsk(purpose: Purpose): Promise<Grant | undefined> {
  if (!IN_WECHAT || today().day < (kept<Record<string, string>>(NOT_BEFORE)?.[purpose] ?? "")) return undefined;
  const [grants, kinds] = await Promise.all([get("/me/subscriptions"), get("/me/message-preferences")]).catch(() => [[], []]);
  const wanted = kinds.some((one) => one.purpose === purpose && one.notify);
  return wanted ? grants.find((one) => one.purpose === purpose && runsOut(one)) : undefined;
}

/** WeChat's own question: inside a tap, before any call. What was shown is told to the server; true when allowed. */
export async function askForGrant({ purpose, template }: Grant): Promise<boolean> {
  const answer = await new Promise<string | undefined>((resolve) => {
    uni.requestSubscribeMessage({
      tmplIds: [template],
      success: (result) => resolve((result as unknown as Record<string, string>)[template]),
      fail: () => resolve(undefined),
    });
  });
  const allowed = answer === "accept";
  keep(NOT_BEFORE, { ...kept<Record<string, string>>(NOT_BEFORE), [purpose]: today(allowed ? REST_DAYS.yes : REST_DAYS.no).day });
  if (answer) void post("/me/subscriptions", {}, { prompts: [{ template, result: answer }] }).catch(() => undefined);
  return allowed;
}
