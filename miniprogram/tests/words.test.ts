import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aPhone } from "./phone";

beforeEach(() => void aPhone());
afterEach(() => void vi.useRealTimers());

test("times are told in the branch's own time zone, wherever the phone is", async () => {
  vi.useFakeTimers({ now: new Date("2026-11-20T10:00:00+08:00"), toFake: ["Date"] });
  const { dateOf, dayOf, lengthOf, momentOf, monthOf, spanOf } = await import("@/platform/times");
  expect([dayOf("2019-07-01"), momentOf("2027-01-03T08:00:00+08:00"), dateOf("2026-03-01")]).toEqual(["2019年7月1日 周一", "2027年1月3日 08:00", "2026年3月1日"]);
  expect(dayOf("2026-11-29")).toBe("11月29日 周日");
  expect(momentOf("2026-11-25T18:05:00+08:00")).toBe("11月25日 18:05");
  expect(spanOf("2026-11-25T15:00:00+08:00", "2026-11-25T17:00:00+08:00")).toBe("11月25日 周三 15:00–17:00");
  expect(spanOf("2026-11-25T23:00:00+08:00", "2026-11-26T01:00:00+08:00")).toBe("11月25日 周三 23:00–11月26日 01:00");
  expect(["2026-11", "2026-12-01", "2026-1", "2026-", "2026-13", ""].map(monthOf)).toEqual(["2026年11月", "2026年12月", "2026年1月", "2026-", "2026-13", ""]);
  expect([0, 65, 3725.9, -3].map(lengthOf)).toEqual(["00:00", "01:05", "62:05", "00:00"]);
});

test("a code is found inside its link", async () => {
  const { codeInside } = await import("@/platform/device");
  expect(codeInside("https://z.example.cn/m/#/check-in?code=abc.0.1.x_y-z")).toBe("abc.0.1.x_y-z");
  expect(codeInside(" abc.0.1.x ")).toBe("abc.0.1.x");
});

test("short links become full ones, others stay", async () => {
  const { fullLink } = await import("@/platform/short_links");
  expect(fullLink("#/check-in?code=a.b")).toBe("#/pages/check-in/index?code=a.b");
  expect(fullLink("#/check-in")).toBe("#/pages/check-in/index");
  expect(fullLink("#/check-in-else")).toBe("#/check-in-else");
  expect(fullLink("#/pages/check-in/index?code=a")).toBe("#/pages/check-in/index?code=a");
});

test("the code on a wall is told from the code on a screen", async () => {
  const { placeInside } = await import("@/platform/device");
  const { fullLink } = await import("@/platform/short_links");
  expect(placeInside("https://z.example.cn/m/?scene=place.ab23cd45")).toBe("place.ab23cd45");
  expect(placeInside("place.ab23cd45")).toBe("place.ab23cd45");
  for (const other of ["", "abc.0.1.x", "?scene=b-0001", "place.ab23cd45x", "xplace.ab23cd45"]) expect(placeInside(other)).toBe("");
  expect(fullLink("", "?scene=place.ab23cd45")).toBe("#/pages/check-in/index?scene=place.ab23cd45");
  expect(fullLink("#/pages/me/data", "?scene=place.ab23cd45")).toBe("#/pages/me/data");
});

test("listening counts what moved by itself, not what was jumped over", async () => {
  const { Listening } = await import("@/platform/listening");
  const said: object[] = [];
  const listening = new Listening((beat) => said.push(beat));
  listening.moved(100, 1); // resumed here: nothing heard yet
  for (let at = 101; at <= 110; at += 1) listening.moved(at, 1.5);
  listening.jumped(300);
  listening.moved(301, 1.5);
  listening.moved(280, 1.5); // backwards
  listening.moved(500, 1.5); // a jump that nobody told of
  listening.report();
  expect(said).toEqual([{ position_s: 500, played_s: 11, speed: 1.5 }]);
  listening.report();
  expect(said).toHaveLength(1);
});

test("a heartbeat comes by itself every half minute of sound", async () => {
  const { Listening } = await import("@/platform/listening");
  const said: { played_s: number }[] = [];
  const listening = new Listening((beat) => said.push(beat));
  for (let at = 0; at <= 90; at += 0.25) listening.moved(at, 1);
  expect(said.map((beat) => beat.played_s)).toEqual([30, 30, 30]);
});

const DRAFT = { service_type: "repair", description: "三楼的灯不亮。晚上看不见", place: "5号楼", forWhom: "self", name: "", phone: "", relation: "", organization: "", household: "", consent: "", answers: {} };

test("an order for oneself needs two answers when the phone is known", async () => {
  const { faultsOf, orderOf } = await import("@/platform/order_draft");
  const faults = faultsOf(DRAFT, { phone: false, branch: false, words: true });
  expect(Object.values(faults).filter(Boolean)).toEqual([]);
  const order = orderOf(DRAFT, { questions: [], kind: "报修", own: true });
  expect(order).toMatchObject({ title: "三楼的灯不亮", description: DRAFT.description, place: { text: "5号楼" } });
  expect(order).not.toHaveProperty("contact");
  expect(order).not.toHaveProperty("on_behalf_of");
});

test("for somebody else one says who that is, and each missing answer is named", async () => {
  const { faultsOf, orderOf } = await import("@/platform/order_draft");
  const other = { ...DRAFT, forWhom: "other" };
  expect(Object.entries(faultsOf(other, { phone: false, branch: true, words: true })).filter(([, fault]) => fault).map(([name]) => name)).toEqual(["name", "phone", "relation", "branch"]);
  const whole = { ...other, name: "王奶奶", phone: "0571-87654321", relation: "邻居", organization: "B1" };
  expect(Object.values(faultsOf(whole, { phone: true, branch: true, words: true })).filter(Boolean)).toEqual([]);
  for (const [phone, faulty] of [["１３８００１３８０００", false], ["1380013800", true], ["١٣٨٠٠١٣٨٠٠٠", true]] as const)
    expect(Boolean(faultsOf({ ...whole, phone }, { phone: true, branch: true, words: true }).phone)).toBe(faulty);
  expect(orderOf(whole, { questions: [], kind: "报修", own: false })).toMatchObject({ organization: "B1", on_behalf_of: { name: "王奶奶", relation: "邻居" } });
});

test("a spot of the map counts only while its name still stands there", async () => {
  const { orderOf } = await import("@/platform/order_draft");
  const spot = { text: "5号楼", lat: 30.1, lng: 120.2 };
  expect(orderOf(DRAFT, { questions: [], kind: "报修", spot, own: true }).place).toMatchObject({ lat: 30.1, lng: 120.2 });
  expect(orderOf({ ...DRAFT, place: "6号楼" }, { questions: [], kind: "报修", spot, own: true }).place).not.toHaveProperty("lat");
});

test.each([
  ["灯坏了", "灯坏了"],
  ["。。。", "。。。"],
  ["啊", "啊"],
  ["一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三", "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九…"],
])("the title of %s", async (said, title) => {
  const { titleOf } = await import("@/platform/order_draft");
  expect(titleOf(said)).toBe(title);
});

test("the code of a poster is found inside its link, or stands by itself", async () => {
  const { sceneInside } = await import("@/platform/order_draft");
  expect(sceneInside("https://z.example.cn/m/#/pages/order/new?scene=door.ab2c")).toBe("door.ab2c");
  expect(sceneInside(" ab2c ")).toBe("ab2c");
});

test("consent and poster go with an order when they were given", async () => {
  const { orderOf } = await import("@/platform/order_draft");
  expect(orderOf(DRAFT, { questions: [], kind: "报修", own: true, consent: true, scene: "door.x" })).toMatchObject({ consent: true, scene: "door.x" });
  expect(orderOf(DRAFT, { questions: [], kind: "报修", own: true, consent: false, scene: "" })).not.toHaveProperty("consent");
});

test("the form of an action: what is missing is named, what was not said stays out", async () => {
  const { bodyOf, missing } = await import("@/platform/order_forms");
  const field = (name: string, type: string, required: boolean) => ({ name, type, required, label: name, choices: null }) as never;
  const form = [field("truthful", "flag", true), field("note", "text", false), field("target", "target", true), field("attachments", "media", false)];
  const nothing = { said: {}, flags: {}, media: {}, targetKind: "" };
  expect(Object.keys(missing(form, nothing))).toEqual(["truthful", "target"]);
  expect(bodyOf(form, { ...nothing, flags: { truthful: false }, targetKind: "pool" })).toEqual({ truthful: false, target: { kind: "pool" } });
  expect(missing(form, { ...nothing, flags: { truthful: true }, targetKind: "member" })).toHaveProperty("target");
  expect(bodyOf(form, { said: { target: "m1", note: " " }, flags: {}, media: { attachments: ["x"] }, targetKind: "member" })).toEqual({ target: { kind: "member", id: "m1" }, attachments: ["x"] });
});

const ORDER = { created_at: "2026-11-23T09:00:00+08:00", timers: [], log: [{ action: "submit", at: "2026-11-23T09:00:00+08:00", note: null, public: true }] };

test("the line of time has one step at work, and none of it goes back", async () => {
  const { lineOf } = await import("@/platform/order_line");
  const stages = (state: string) => lineOf({ ...ORDER, state, state_label: state } as never).map((step) => step.stage);
  expect(stages("submitted")).toEqual(["done", "now", "later", "later", "later"]);
  expect(stages("dispatched")).toEqual(["done", "done", "now", "later", "later"]);
  expect(stages("in_progress")).toEqual(["done", "done", "done", "now", "later"]);
  expect(stages("closed")).toEqual(["done", "done", "done", "done", "done"]);
  for (const state of ["cancelled", "merged", "not_accepted"]) expect(stages(state)).toEqual(["done", "bad"]);
});

test("both languages say everything", async () => {
  const { zh } = await import("@/texts/zh");
  const { en } = await import("@/texts/en");
  const keys = (part: object, at = ""): string[] =>
    Object.entries(part).flatMap(([name, value]) => (typeof value === "object" ? keys(value, `${at}${name}.`) : [`${at}${name}`]));
  expect(keys(en)).toEqual(keys(zh));
  const chinese = JSON.stringify(en).match(/[一-鿿]+/g);
  expect(chinese).toBeNull();
});

test("what was spoken need not be written: it is called after its kind", async () => {
  const { faultsOf, orderOf } = await import("@/platform/order_draft");
  const spoken = { ...DRAFT, description: "" };
  expect(faultsOf(spoken, { phone: false, branch: false, words: true }).description).toBeTruthy();
  expect(faultsOf(spoken, { phone: false, branch: false, words: false }).description).toBeUndefined();
  expect(orderOf(spoken, { questions: [], kind: "报修", own: true })).toMatchObject({ title: "报修（语音）", description: "" });
});

test("the questions of a kind: what is required and empty is named, numbers are numbers, strangers' answers stay out", async () => {
  const { orderOf, unanswered } = await import("@/platform/order_draft");
  const ask = (code: string, type: "text" | "number" | "flag", required: boolean) => ({ code, label: code, type, required, choices: [] });
  const questions = [ask("rooms", "number", true), ask("alone", "flag", true), ask("note", "text", false)];
  expect(Object.keys(unanswered(questions, { alone: false, rooms: " " }))).toEqual(["rooms"]);
  const draft = { ...DRAFT, answers: { rooms: "3", alone: false, note: "", ofAnotherKind: "x" } };
  expect(orderOf(draft, { questions, kind: "", own: true }).answers).toEqual({ rooms: 3, alone: false });
});

test("behind a door that one looks after: the door, whoever lives there, and how he agreed", async () => {
  const { faultsOf, orderOf } = await import("@/platform/order_draft");
  const draft = { ...DRAFT, forWhom: "door", name: "王奶奶", phone: "13800000001", consent: "in_person" };
  expect(faultsOf(draft, { phone: false, branch: false, words: true }).household).toBeTruthy();
  const order = orderOf({ ...draft, household: "h1" }, { questions: [], kind: "", own: false });
  expect(order).toMatchObject({ household: "h1", on_behalf_of: { name: "王奶奶", relation: "住户", consent: "in_person" } });
  expect(order).not.toHaveProperty("contact");
});
