/** Files on their way: kept, sent in pieces, gone on with, and never twice. */
import { beforeEach, expect, test, vi } from "vitest";
import { aPhone, type Call, type Phone } from "./phone";

const MEGABYTE = 1024 * 1024;
let phone: Phone;
let received = 0;
const uploads = () => import("@/platform/uploads");
const files = () => import("@/platform/kept_files");

async function aFile(size: number, kind: "picture" | "sound" = "picture") {
  return (await files()).keepFile({ path: "", size, content: new Blob([new Uint8Array(size).fill(7)]) }, kind);
}

/** The server's side of a resumable upload. */
function server(size: number) {
  return (call: Call) => {
    const state = { id: "u1", size, offset: received, chunk_bytes: 4 * MEGABYTE, media: null };
    if (call.path === "/media") return { status: 201, data: { id: `media-${call.body.byteLength}` } };
    if (call.path.endsWith("/finish")) return { status: 201, data: { id: "media-whole" } };
    if (call.path.includes("/chunks")) {
      const offset = Number(/offset=(\d+)/.exec(call.path)?.[1]);
      if (offset !== received) return { status: 409, code: "wrong_offset", message: "请从上次中断的位置继续上传" };
      received += call.body.byteLength;
      return { status: 200, data: { ...state, offset: received } };
    }
    return { status: call.method === "GET" ? 200 : 201, data: state };
  };
}

beforeEach(() => {
  phone = aPhone();
  phone.store.token = "t";
  received = 0;
});

test("a small file goes in one request and only once, however often it is asked for", async () => {
  const { uploadKept } = await uploads();
  phone.answer = server(100);
  const file = await aFile(100);
  expect(await Promise.all([uploadKept(file), uploadKept(file)])).toEqual(["media-100", "media-100"]);
  expect(phone.calls.map((call) => call.path)).toEqual(["/media"]);
});

test("a large file goes in pieces, and after a break from where it stopped, also when the app was closed", async () => {
  const size = 1_300_000;
  let { uploadKept } = await uploads();
  const file = await aFile(size);
  const answer = server(file.size);
  phone.answer = (call) => (call.path.includes("/chunks") && received > 0 ? { status: 503 } : answer(call));
  await expect(uploadKept(file)).rejects.toThrow();
  const first = received;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(file.size);

  const content = await (await files()).pieceOf(file, 0, file.size);
  const kept = phone.store;
  phone = aPhone(); // closed and opened again: the mark of the upload is on the phone, the bytes where they were put
  phone.store = kept;
  phone.answer = answer;
  vi.doMock("@/platform/kept_files", () => ({ pieceOf: async (_: unknown, start: number, end: number) => content?.slice(start, end) }));
  ({ uploadKept } = await uploads());
  expect(await uploadKept(file)).toBe("media-whole");
  vi.doUnmock("@/platform/kept_files");
  expect(received).toBe(file.size);
  expect(phone.calls.filter((call) => call.path === "/media/uploads")).toEqual([]);
  expect(phone.calls.filter((call) => call.path.includes("/chunks"))[0].path).toBe(`/media/uploads/u1/chunks?offset=${first}`);
  expect(Object.keys(phone.store).filter((name) => name.startsWith("upload."))).toEqual([]);
});

test("an answer that was lost: the server has more than the phone knows, and it goes on from there", async () => {
  const { uploadKept } = await uploads();
  const file = await aFile(1_300_000);
  const answer = server(file.size);
  let lost = false;
  phone.answer = (call) => {
    const said = answer(call);
    if (call.path.includes("/chunks") && !lost) {
      lost = true;
      return { status: 504 };
    }
    return said;
  };
  await expect(uploadKept(file)).rejects.toThrow();
  expect(await uploadKept(file)).toBe("media-whole");
  expect(received).toBe(file.size);
});

test("a file that the phone has cleared away is told of, and not asked for again and again", async () => {
  const { uploadKept } = await uploads();
  const file = await aFile(1_300_000);
  phone.answer = server(file.size + 1);
  await expect(uploadKept({ ...file, size: file.size + 1 })).rejects.toThrow("被手机清理掉了");
});

test("an order waits with its files, and its ids are in the body when it goes", async () => {
  phone.store.account = { id: "li" };
  const outbox = await import("@/platform/outbox");
  const photo = await aFile(11);
  const voice = await aFile(22, "sound");
  phone.online = false;
  expect(await outbox.hand("order", "/orders", { title: "灯" }, "诉求", { attachments: [photo], voice })).toEqual({ sent: false });
  expect(outbox.waitedFor().sort()).toEqual([photo.name, voice.name].sort());
  phone.online = true;
  phone.answer = (call) => (call.path === "/media" ? { status: 201, data: { id: `media-${call.body.byteLength}` } } : { status: 201, data: { number: "G1" } });
  expect(await outbox.flush()).toBe(1);
  const order = phone.calls.find((call) => call.path === "/orders");
  expect(order?.body).toEqual({ title: "灯", attachments: ["media-11"], voice: "media-22" });
  expect(await (await files()).pieceOf(photo, 0, 1)).toBeUndefined(); // let go of, since it is on the server
  expect(outbox.waitedFor()).toEqual([]);
});

test("files that nothing waits for any more are swept away", async () => {
  const { pieceOf, dropFile } = await files();
  const file = await aFile(5);
  expect((await pieceOf(file, 1, 3))?.byteLength).toBe(2);
  dropFile(file);
  expect(await pieceOf(file, 0, 5)).toBeUndefined();
});

test("a phone that forgets old heartbeats never forgets an order", async () => {
  phone.store.account = { id: "li" };
  const parcel = (kind: string, index: number) => ({ key: `k${index}`, kind, address: "/x", body: {}, label: "", owner: "li", at: 0, refused: "" });
  phone.store.outbox = [parcel("order", 0), ...Array.from({ length: 499 }, (_, index) => parcel("heartbeat", index + 1))];
  const outbox = await import("@/platform/outbox");
  phone.online = false;
  await outbox.hand("check-in", "/check-ins", {}, "签到");
  expect(phone.store.outbox.filter((one: { kind: string }) => one.kind !== "heartbeat")).toHaveLength(2);
  expect(phone.store.outbox).toHaveLength(500);
});
