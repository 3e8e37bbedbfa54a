/** What is recorded and what is read aloud. */
import { beforeEach, expect, test } from "vitest";
import { aPhone } from "./phone";

beforeEach(() => void aPhone());

test("a wave says what it is: one channel, its rate, sixteen bits, nothing louder than loud", async () => {
  const { waveOf } = await import("@/platform/wave");
  const file = new DataView(waveOf(new Float32Array([0, 1, -1, 2]), 16_000));
  const word = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((index) => file.getUint8(at + index)));
  expect([word(0), word(8), word(12), word(36)]).toEqual(["RIFF", "WAVE", "fmt ", "data"]);
  expect([file.getUint32(4, true), file.getUint32(40, true), file.byteLength]).toEqual([44, 8, 52]);
  expect([file.getUint16(22, true), file.getUint32(24, true), file.getUint32(28, true), file.getUint16(34, true)]).toEqual([1, 16_000, 32_000, 16]);
  expect([44, 46, 48, 50].map((at) => file.getInt16(at, true))).toEqual([0, 32_767, -32_767, 32_767]);
});

test("what is read aloud is cut where one draws breath, and nothing of it is lost", async () => {
  const { sentencesOf } = await import("@/platform/reading");
  expect(sentencesOf("灯坏了。什么时候修？\n请打电话")).toEqual(["灯坏了。", "什么时候修？", "请打电话"]);
  const long = "一".repeat(250);
  expect(sentencesOf(long).map((part) => part.length)).toEqual([100, 100, 50]);
  expect(sentencesOf(" \n ")).toEqual([]);
});
