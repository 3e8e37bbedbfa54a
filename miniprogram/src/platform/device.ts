/** What a phone can do, on both platforms. */
import { get, post } from "@/api/client";
import { keep, kept } from "./storage";

export const IN_WECHAT = process.env.UNI_PLATFORM === "mp-weixin";

/** The text of a code; undefined when the person turned away or there is no camera (H5). */
export function scan(): Promise<string | undefined> {
  if (!IN_WECHAT) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    uni.scanCode({ onlyFromCamera: false, success: ({ result }) => resolve(result), fail: () => resolve(undefined) });
  });
}

/** The code inside a scanned link; a bare code stays as it is. */
export function codeInside(text: string): string {
  const found = /[?&]code=([^&#]+)/.exec(text);
  return found ? decodeURIComponent(found[1]) : text.trim();
}

/** The code on the wall of a service centre, scanned or in a link; empty for anything else. */
export function placeInside(text: string): string {
  return /(?:^|[?&]scene=)(place\.[0-9a-z]{8})(?=$|[&#])/.exec(text.trim())?.[1] ?? "";
}

export interface Spot {
  text: string;
  lat: number;
  lng: number;
}

/** A place chosen on WeChat's map (GCJ-02). */
export function chooseSpot(): Promise<Spot | undefined> {
  return new Promise((resolve) => {
    uni.chooseLocation({
      success: ({ name, address, latitude, longitude }) => resolve({ text: name || address, lat: latitude, lng: longitude }),
      fail: () => resolve(undefined),
    });
  });
}

/** Photos from camera or album, as paths of this phone. */
export function choosePhotos(most: number): Promise<string[]> {
  return new Promise((resolve) => {
    uni.chooseImage({
      count: most,
      sizeType: ["compressed"],
      success: ({ tempFilePaths }) => resolve([...tempFilePaths]),
      fail: () => resolve([]),
    });
  });
}

/** Templates of these purposes that may still be asked for: to be read before the tap in which they are shown. */
export async function templatesFor(purposes: string[]): Promise<string[]> {
  if (!IN_WECHAT) return [];
  const grants = await get("/me/subscriptions").catch(() => []);
  return grants.filter((grant) => purposes.includes(grant.purpose)).map((grant) => grant.template).slice(0, 3);
}

/** WeChat's own question, inside a tap and before any call; what was shown is told to the server. */
export async function askToNotify(templates: string[]): Promise<void> {
  if (!IN_WECHAT || !templates.length) return;
  const answer = await new Promise<Record<string, string>>((resolve) => {
    uni.requestSubscribeMessage({
      tmplIds: templates,
      success: (result) => resolve(result as unknown as Record<string, string>),
      fail: () => resolve({}),
    });
  });
  const prompts = templates.filter((id) => answer[id]).map((template) => ({ template, result: answer[template] }));
  if (prompts.length) void post("/me/subscriptions", {}, { prompts }).catch(() => undefined);
}

/** A name for this phone that says nothing about it. */
export function deviceName(make: () => string): string {
  const known = kept<string>("device");
  if (known) return known;
  const name = make();
  keep("device", name);
  return name;
}

export function copy(text: string): Promise<boolean> {
  return new Promise((resolve) => {
    uni.setClipboardData({ data: text, showToast: false, success: () => resolve(true), fail: () => resolve(false) });
  });
}
