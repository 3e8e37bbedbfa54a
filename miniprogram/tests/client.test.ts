import { beforeEach, expect, test } from "vitest";
import { aPhone, type Phone } from "./phone";

let phone: Phone;
const open = () => import("@/api/client");

beforeEach(() => {
  phone = aPhone();
  phone.store.token = "t1";
});

test("a path takes its values, the rest goes into the query, what is empty stays out", async () => {
  const { filled } = await open();
  expect(filled("/orders/{number}", { number: "A 1/2" })).toBe("/orders/A%201%2F2");
  expect(filled("/orders", { box: "mine", cursor: undefined, limit: 5, q: "" })).toBe("/orders?box=mine&limit=5");
  expect(filled("/me/forwards", { done: false })).toBe("/me/forwards?done=false");
});

test("a refusal is the server's own sentence, and each faulty field has one", async () => {
  const { get, Refusal, sentence } = await open();
  phone.answer = () => ({ status: 409, code: "order_conflict", message: "别人刚刚接了这个单" });
  const refused = await get("/me").catch((error) => error);
  expect(refused).toBeInstanceOf(Refusal);
  expect([refused.status, refused.code, sentence(refused)]).toEqual([409, "order_conflict", "别人刚刚接了这个单"]);
  expect(sentence(new Refusal(422, "invalid", "有误", [{ field: "a", message: "太长" }, { field: "b", message: "太短" }]))).toBe("太长；太短");
});

test("no answer, and a proxy that answers for a dead server, are the same thing", async () => {
  const { get, NoAnswer } = await open();
  phone.online = false;
  await expect(get("/me")).rejects.toBeInstanceOf(NoAnswer);
  phone.online = true;
  for (const status of [502, 503, 504]) {
    phone.answer = () => ({ status });
    await expect(get("/me")).rejects.toBeInstanceOf(NoAnswer);
  }
});

test("a tap that got no answer keeps its key for the next one, an answered one does not", async () => {
  const { post } = await open();
  const tap = () => post("/forwards/{forward_id}/done", { forward_id: "f" });
  phone.answer = () => ({ status: 503 });
  await tap().catch(() => undefined);
  phone.answer = () => ({ status: 200 });
  await tap();
  await tap();
  const keys = phone.calls.map((call) => call.key);
  expect(keys[0]).toMatch(/^[a-z0-9]{16,64}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
});

test("another body is another intention", async () => {
  const { post } = await open();
  phone.answer = () => ({ status: 503 });
  for (const reason of ["一", "二"]) await post("/activities/{activity_id}/cancel", { activity_id: "a" }, { reason }).catch(() => undefined);
  expect(new Set(phone.calls.map((call) => call.key)).size).toBe(2);
});

test("a token that has ended is renewed once, and the call is repeated with its key", async () => {
  const { logInBy, post } = await open();
  let renewed = 0;
  logInBy(async () => {
    renewed += 1;
    phone.store.token = "t2";
  });
  phone.answer = (call) => ({ status: call.token === "Bearer t2" ? 200 : 401, code: "unauthorized" });
  await post("/forwards/{forward_id}/done", { forward_id: "f" });
  expect(renewed).toBe(1);
  expect(phone.calls.map((call) => call.token)).toEqual(["Bearer t1", "Bearer t2"]);
  expect(phone.calls[1].key).toBe(phone.calls[0].key);
});

test("a server that refuses every token is asked twice and not for ever", async () => {
  const { get, logInBy, Refusal } = await open();
  logInBy(async () => void (phone.store.token = "t2"));
  phone.answer = () => ({ status: 401, code: "unauthorized", message: "请先登录" });
  await expect(get("/me")).rejects.toBeInstanceOf(Refusal);
  expect(phone.calls).toHaveLength(2);
});

test("ten thousand keys, no two alike", async () => {
  const { newKey } = await open();
  expect(new Set(Array.from({ length: 10_000 }, newKey)).size).toBe(10_000);
});
