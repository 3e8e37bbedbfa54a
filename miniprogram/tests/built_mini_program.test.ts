// @vitest-environment jsdom
/** The BUILT mini program, with WeChat's own compiler of templates: from the launch to exactly one order. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve, sep } from "node:path";
import { beforeAll, expect, test } from "vitest";

const load = createRequire(import.meta.url);
const FOLDER = resolve(__dirname, "..");
const ROOT = join(FOLDER, "dist/build/mp-weixin");
const MAIN_PACKAGE_LIMIT = 600 * 1024;
const BUILDING_MS = 240_000;
const ACCOUNT = { id: "a1", display_name: "李桂芳", roles: [], member: null, organization: { code: "B1", name: "第一党支部" }, phone: "138****0001" };
const TEMPLATE = "tmpl-progress";
const ANSWERS: Record<string, unknown> = {
  "POST /auth/wechat": { token: "t1", expires_at: "", account: ACCOUNT },
  "GET /me": ACCOUNT,
  "GET /lessons": { items: [], next_cursor: null },
  "GET /service-types": [{ code: "repair", name: "公共设施报修", hint: "小修小补", needs_evidence: false, emergency: "", questions: [] }],
  "GET /me/subscriptions": [{ template: TEMPLATE, purpose: "order_progress", title: "", credits: 0, long_term: false }],
  "GET /me/message-preferences": [{ purpose: "order_progress", title: "诉求办理进度", notify: true }],
  "GET /organizations/B1/message-limits": [],
  "POST /me/subscriptions": [],
  "GET /me/consents": { current: [{ purpose: "service_contact", given: true, version: "1", text: "", label: "" }], history: [] },
  "GET /me/household": { household: null },
  "POST /orders": { number: "G2026112300001", emergency: null },
};
const wide = globalThis as any;
const calls: { what: string; body?: any; header?: any }[] = [];
const store: Record<string, any> = {};
let simulate: any;
let online = true;

function stubPhone(): void {
  Object.assign(wide.wx, {
    getStorageSync: (name: string) => store[name] ?? "",
    setStorageSync: (name: string, value: unknown) => void (store[name] = JSON.parse(JSON.stringify(value))),
    removeStorageSync: (name: string) => void delete store[name],
    getStorageInfoSync: () => ({ keys: Object.keys(store) }),
    request(asked: any) {
      const what = `${asked.method} ${asked.url.replace("https://zhibu.example.cn/api/v1", "").split("?")[0]}`;
      calls.push({ what, body: asked.data, header: asked.header });
      setTimeout(() => (online ? asked.success({ statusCode: 200, data: { code: "ok", data: ANSWERS[what] } }) : asked.fail({ errMsg: "request:fail" })), 1);
    },
    login: (asked: any) => asked.success({ code: "wx-code" }),
    requestSubscribeMessage(asked: any) {
      calls.push({ what: "subscribe", body: asked.tmplIds });
      asked.success({ [TEMPLATE]: "accept", errMsg: "ok" });
    },
    getAppBaseInfo: () => ({ SDKVersion: "3.5.0", language: "zh_CN", fontSizeScaleFactor: 1.4 }),
    getNetworkType: (asked: any) => asked.success({ networkType: "wifi" }),
    onNetworkStatusChange() {},
    setNavigationBarTitle() {},
    stopPullDownRefresh() {},
    showToast() {},
    getDeviceInfo: () => ({}),
    getWindowInfo: () => ({ windowWidth: 375 }),
    getSystemInfoSync: () => ({}),
    getLaunchOptionsSync: () => ({ path: "", scene: 1001 }),
    getEnterOptionsSync: () => ({}),
    onAppShow() {},
    onAppHide() {},
    canIUse: () => true,
  });
}

function showPage(path: string, query: Record<string, string> = {}) {
  const page = simulate.render(simulate.load(join(ROOT, path), { rootPath: ROOT, compiler: "official" }));
  const host = document.createElement("div");
  page.attach(host);
  page.instance.onLoad?.(query);
  page.instance.onShow?.();
  return { page, text: () => host.textContent ?? "", html: () => host.innerHTML };
}

beforeAll(async () => {
  // built here and not once for all: a test of an old build proves nothing
  execFileSync("npm", ["run", "-s", "build:mp-weixin"], { cwd: FOLDER, env: { ...process.env, CI: "1", VITE_API_ORIGIN: "https://zhibu.example.cn", NODE_ENV: "production", VITEST: "" }, stdio: "pipe" });
  simulate = load("miniprogram-simulate");
  stubPhone();
  wide.Page = () => undefined;
  wide.App = (options: unknown) => (wide.theApp = options);
  wide.getApp = () => wide.theApp;
  wide.getCurrentPages = () => [];
  load(join(ROOT, "app.js"));
  wide.theApp.onLaunch({ path: "", scene: 1001 });
  wide.theApp.onShow?.({});
  await simulate.sleep(20);
}, BUILDING_MS);

test("the first page logs in once and greets its owner in the letters of the phone", async () => {
  const { text, html } = showPage("pages/index/index");
  await simulate.sleep(120);
  expect(calls.filter((call) => call.what === "POST /auth/wechat").map((call) => call.body)).toEqual([{ code: "wx-code", channel: "miniprogram" }]);
  expect(calls.filter((call) => call.what === "GET /lessons")[0].header.Authorization).toBe("Bearer t1");
  expect(text()).toContain("请人帮忙");
  expect(html()).toContain("--fs:1.4");
});

test("an order: what is missing is said, then one question of WeChat's and exactly one POST", async () => {
  const { page, text } = showPage("pages/order/new");
  await simulate.sleep(80);
  page.querySelector(".kind").querySelector(".row").dispatchEvent("tap");
  await simulate.sleep(80);
  const press = () => page.querySelector(".submit").querySelector(".btn").dispatchEvent("tap");
  calls.length = 0;
  press();
  await simulate.sleep(60);
  expect(text()).toContain("请写一下是什么事");
  expect(calls).toEqual([]);
  for (const [field, words] of [["what", "三楼楼道灯不亮"], ["where", "5号楼2单元"]]) {
    page.querySelector(`.${field}`).querySelector(".box").dispatchEvent("input", { detail: { value: words } });
  }
  await simulate.sleep(60);
  press();
  press();
  await simulate.sleep(200);
  expect(calls.map((call) => call.what).filter((what) => what !== "POST /me/subscriptions")).toEqual(["subscribe", "POST /orders"]);
  const order = calls.find((call) => call.what === "POST /orders");
  expect(order?.body).toMatchObject({ service_type: "repair", title: "三楼楼道灯不亮", place: { text: "5号楼2单元" } });
  expect(order?.header["Idempotency-Key"]).toMatch(/^[a-z0-9]{16,64}$/);
  expect(text()).toContain("G2026112300001");
  expect(store.outbox).toEqual([]);
});

test("nobody is asked for reminders twice a day, but whoever comes to allow more may", async () => {
  calls.length = 0;
  const order = showPage("pages/order/new");
  await simulate.sleep(80);
  order.page.querySelector(".kind").querySelector(".row").dispatchEvent("tap");
  await simulate.sleep(60);
  expect(order.text()).toContain("在哪里");
  expect(order.text()).not.toContain("微信会问能不能给您发提醒");
  const { page, text } = showPage("pages/me/messages");
  await simulate.sleep(120);
  expect(text()).toContain("再允许一条");
  calls.length = 0;
  page.querySelector(".more").querySelector(".ask").querySelector(".btn").dispatchEvent("tap");
  await simulate.sleep(120);
  expect(calls[0]).toEqual({ what: "subscribe", body: [TEMPLATE] }); // before any call: WeChat asks nobody later than his tap
  expect(calls.find((call) => call.what === "POST /me/subscriptions")?.body).toEqual({ prompts: [{ template: TEMPLATE, result: "accept" }] });
  expect(text()).toContain("到时候微信会提醒您");
});

test("a check-in without network waits on the phone, and goes once when the network is back", async () => {
  online = false;
  const { text } = showPage("pages/check-in/index", { code: "abc.0.1.x" });
  await simulate.sleep(120);
  expect(text()).toContain("已经存在手机里");
  expect(store.outbox.map((one: any) => one.body.code)).toEqual(["abc.0.1.x"]);
  online = true;
  ANSWERS["POST /check-ins"] = { id: "c1", status: "present", activity: "x", occurred_at: "2026-11-23T15:00:00+08:00" };
  calls.length = 0;
  wide.theApp.onShow({});
  await simulate.sleep(120);
  expect(calls.filter((call) => call.what === "POST /check-ins")).toHaveLength(1);
  expect(store.outbox).toEqual([]);
});

test("the main package is small enough for an old phone, and every page is there", () => {
  const { pages, subPackages } = JSON.parse(readFileSync(join(ROOT, "app.json"), "utf8"));
  const roots: string[] = subPackages.map((part: any) => join(ROOT, part.root) + sep);
  const files = readdirSync(ROOT, { recursive: true, withFileTypes: true }).filter((file) => file.isFile()).map((file) => join(file.path, file.name));
  const main = files.filter((file) => !roots.some((root) => file.startsWith(root))).reduce((sum, file) => sum + statSync(file).size, 0);
  console.log(`main package: ${(main / 1024).toFixed(0)} KB of ${MAIN_PACKAGE_LIMIT / 1024}, ${roots.length} others`);
  expect(main).toBeLessThan(MAIN_PACKAGE_LIMIT);
  const inside = subPackages.flatMap((part: any) => part.pages.map((page: string) => `${part.root}/${page}`));
  expect(inside).toContain("pages/activity/detail");
  for (const page of [...pages, ...inside]) expect(existsSync(join(ROOT, `${page}.wxml`)), page).toBe(true);
});

test("no event of ours is called as one of the platform's, which would come twice", () => {
  const sources = readdirSync(join(FOLDER, "src"), { recursive: true, withFileTypes: true }).filter((file) => file.name.endsWith(".vue"));
  expect(sources.length).toBeGreaterThan(30);
  for (const file of sources) {
    const text = readFileSync(join(file.path, file.name), "utf8");
    const emitted = /defineEmits<\{([^}]*)\}>/.exec(text)?.[1] ?? "";
    expect(emitted, file.name).not.toMatch(/\b(tap|click|change|input|touch\w*)\b\s*:/);
  }
});
