/** When WeChat's question is asked, and when people are left alone. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aPhone, type Phone } from "./phone";

vi.mock("@/platform/device", () => ({ IN_WECHAT: true }));
const GRANT = { purpose: "order_progress", template: "t1", title: "", credits: 0, long_term: false };
let phone: Phone;
let given: object[];
let notify: boolean;
let answer: string | undefined;

beforeEach(() => {
  phone = aPhone();
  [given, notify, answer] = [[GRANT], true, "accept"];
  phone.store.token = "t";
  phone.answer = ({ path }) => ({ status: 200, data: path === "/me/subscriptions" ? given : [{ purpose: "order_progress", title: "", notify }] });
  uni.requestSubscribeMessage = ((asked: any) => (answer ? asked.success({ t1: answer }) : asked.fail({ errMsg: "switched off" }))) as never;
  vi.useFakeTimers({ now: new Date("2026-11-24T10:00:00+08:00"), toFake: ["Date"] });
});

afterEach(() => void vi.useRealTimers());

async function asked(): Promise<boolean> {
  const { grantToAsk } = await import("@/platform/reminders");
  return Boolean(await grantToAsk("order_progress"));
}

test.each([
  [0, false, true],
  [2, false, true],
  [3, false, false],
  [0, true, true],
  [1, true, false],
])("with %i left (for good: %s) one is asked: %s", async (credits, long_term, expected) => {
  given = [{ ...GRANT, credits, long_term }];
  expect(await asked()).toBe(expected);
});

test("nobody is asked for what he has turned off, or what the platform has no template for", async () => {
  notify = false;
  expect(await asked()).toBe(false);
  [notify, given] = [true, []];
  expect(await asked()).toBe(false);
});

test("without network nobody is asked, and nothing fails", async () => {
  phone.online = false;
  expect(await asked()).toBe(false);
});

test.each([
  ["accept", true, "2026-11-25"],
  ["reject", false, "2026-12-08"],
  [undefined, false, "2026-12-08"],
])("after %s the next question waits", async (said, allowed, next) => {
  answer = said;
  const { askForGrant } = await import("@/platform/reminders");
  expect(await askForGrant(GRANT)).toBe(allowed);
  expect(await asked()).toBe(false);
  const told = phone.calls.filter(({ method }) => method === "POST").map(({ body }) => body);
  expect(told).toEqual(said ? [{ prompts: [{ template: "t1", result: said }] }] : []);
  vi.setSystemTime(new Date(`${next}T00:01:00+08:00`));
  expect(await asked()).toBe(true);
});
