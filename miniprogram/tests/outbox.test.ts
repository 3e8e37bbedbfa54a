import { beforeEach, expect, test } from "vitest";
import { aPhone, type Phone } from "./phone";

let phone: Phone;
const open = () => import("@/platform/outbox");
const check = (outbox: Awaited<ReturnType<typeof open>>, nonce: string) => outbox.hand("check-in", "/check-ins", { nonce }, "签到");
const LI = { id: "li" };

beforeEach(() => {
  phone = aPhone();
  Object.assign(phone.store, { token: "t", account: LI });
});

test("what is answered at once leaves nothing behind", async () => {
  const outbox = await open();
  phone.answer = () => ({ status: 201, data: { id: "c1" } });
  expect(await check(outbox, "n1")).toEqual({ sent: true, data: { id: "c1" } });
  expect(phone.store.outbox).toEqual([]);
});

test("it is on the phone before it is sent: an app closed in between loses nothing", async () => {
  const outbox = await open();
  let kept: any[] = [];
  phone.answer = () => {
    kept = phone.store.outbox;
    return { status: 201 };
  };
  await check(outbox, "n1");
  expect(kept.map((one) => one.body.nonce)).toEqual(["n1"]);
});

test("offline it waits, outlives the app, and goes once, with its own key, in its order", async () => {
  let outbox = await open();
  phone.online = false;
  expect(await check(outbox, "n1")).toEqual({ sent: false });
  expect(await check(outbox, "n2")).toEqual({ sent: false });
  const keys = phone.store.outbox.map((one: any) => one.key);
  const kept = phone.store;

  phone = aPhone(); // closed and opened again
  phone.store = kept;
  outbox = await open();
  expect(outbox.visible.value).toHaveLength(2);
  phone.answer = () => ({ status: 201 });
  const sent = await Promise.all([outbox.flush(), outbox.flush()]);
  expect(sent).toEqual([2, 2]); // one and the same round
  expect(phone.calls.map((call) => [call.body.nonce, call.key])).toEqual([
    ["n1", keys[0]],
    ["n2", keys[1]],
  ]);
  expect(phone.store.outbox).toEqual([]);
});

test("a lost answer is followed by the same key and nonce again", async () => {
  const outbox = await open();
  phone.answer = () => ({ status: 504 });
  expect(await check(outbox, "n1")).toEqual({ sent: false });
  phone.answer = () => ({ status: 201 });
  await outbox.flush();
  expect(phone.calls).toHaveLength(2);
  expect(phone.calls[1].key).toBe(phone.calls[0].key);
});

test("a refusal in the hand is thrown and not kept", async () => {
  const outbox = await open();
  phone.answer = () => ({ status: 409, code: "already_checked_in", message: "您已经签到" });
  await expect(check(outbox, "n1")).rejects.toThrow("您已经签到");
  expect(phone.store.outbox).toEqual([]);
});

test("a refusal later stays to be read, with its reason, and is not sent again", async () => {
  const outbox = await open();
  phone.online = false;
  await check(outbox, "n1");
  phone.online = true;
  phone.answer = () => ({ status: 409, code: "expired_code", message: "这个码已经过期" });
  await outbox.flush();
  expect(outbox.visible.value.map((one) => one.refused)).toEqual(["这个码已经过期"]);
  await outbox.flush();
  expect(phone.calls).toHaveLength(1);
  outbox.drop(outbox.visible.value[0].key);
  expect(phone.store.outbox).toEqual([]);
});

test.each([429, 500, 503])("%i is worth another try", async (status) => {
  const outbox = await open();
  phone.answer = () => ({ status });
  expect(await check(outbox, "n1")).toEqual({ sent: false });
  expect(phone.store.outbox).toHaveLength(1);
});

test("what one person left is neither shown to nor sent by the next", async () => {
  const outbox = await open();
  phone.online = false;
  await check(outbox, "n1");
  const { session } = await import("@/platform/auth");
  session.account = { id: "wang" } as any;
  phone.online = true;
  expect(outbox.visible.value).toEqual([]);
  expect(await outbox.flush()).toBe(0);
  expect(phone.store.outbox).toHaveLength(1);
});

test("what was handed over before anybody had logged in goes with the first who does", async () => {
  delete phone.store.account;
  const outbox = await open();
  phone.online = false;
  expect(await check(outbox, "n1")).toEqual({ sent: false });
  const { session } = await import("@/platform/auth");
  phone.online = true;
  session.account = LI as any;
  expect(await outbox.flush()).toBe(1);
});

test("heartbeats bother nobody, and one that is refused is forgotten", async () => {
  const outbox = await open();
  phone.online = false;
  await outbox.hand("heartbeat", "/lessons/l/heartbeats", { nonce: "h" }, "听课");
  expect(outbox.visible.value).toEqual([]);
  phone.online = true;
  phone.answer = () => ({ status: 404, code: "not_found" });
  await outbox.flush();
  expect(phone.store.outbox).toEqual([]);
});
