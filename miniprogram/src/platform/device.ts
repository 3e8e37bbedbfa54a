/** What a phone can do, on both platforms. */
import type { Picked } from "./kept_files";
import { keep, kept } from "./storage";
import { inWebView, type Position, positionInWebView, scanInWebView } from "./web_view";

export const IN_WECHAT = process.env.UNI_PLATFORM === "mp-weixin";

/** Whether a code can be scanned from inside: everywhere in WeChat, in no other browser. */
export const CAN_SCAN = IN_WECHAT || inWebView();

/** The text of a code; undefined when the person turned away or there is no scanner. */
export function scan(): Promise<string | undefined> {
  if (!IN_WECHAT) return scanInWebView();
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
  // said out here, so that the maps of other firms stay out of what a browser has to load
  if (process.env.UNI_PLATFORM === "h5") return Promise.resolve(undefined);
  return new Promise((resolve) => {
    uni.chooseLocation({
      success: ({ name, address, latitude, longitude }) => resolve({ text: name || address, lat: latitude, lng: longitude }),
      fail: () => resolve(undefined),
    });
  });
}

/** Photos from camera or album. */
export function choosePhotos(most: number): Promise<Picked[]> {
  return new Promise((resolve) => {
    uni.chooseImage({
      count: most,
      sizeType: ["compressed"],
      success: ({ tempFiles }) => resolve((tempFiles as (File & { path: string })[]).map((file) => ({ path: file.path, size: file.size, content: IN_WECHAT ? undefined : file }))),
      fail: () => resolve([]),
    });
  });
}

const DOCUMENTS = ["pdf", "docx", "xlsx"];

/** A document from a chat (WeChat) or from the files of the phone; its name without the ending. */
export function chooseDocument(): Promise<(Picked & { name: string }) | undefined> {
  type Chosen = File & { path: string; name: string };
  return new Promise((resolve) => {
    const success = ({ tempFiles }: { tempFiles: unknown }) => {
      const [file] = tempFiles as Chosen[];
      resolve({ path: file.path, size: file.size, content: IN_WECHAT ? undefined : file, name: file.name.replace(/\.[^.]*$/, "") });
    };
    const fail = () => resolve(undefined);
    if (IN_WECHAT) uni.chooseMessageFile({ count: 1, type: "file", extension: DOCUMENTS, success, fail });
    else uni.chooseFile({ count: 1, type: "all", extension: DOCUMENTS.map((one) => `.${one}`), success, fail });
  });
}

const LOCATING_MS = 10_000;

/** Where this phone says it is (WGS 84); undefined when it may not or cannot say. */
export async function whereAmI(): Promise<Position | undefined> {
  if (inWebView()) {
    const found = await positionInWebView();
    if (found) return found;
  }
  return process.env.UNI_PLATFORM === "h5" ? byBrowser() : byWeChat();
}

function byBrowser(): Promise<Position | undefined> {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve(undefined);
    const found = ({ coords }: GeolocationPosition) => resolve({ lat: coords.latitude, lng: coords.longitude, accuracy_m: Math.round(coords.accuracy) });
    navigator.geolocation.getCurrentPosition(found, () => resolve(undefined), { enableHighAccuracy: true, timeout: LOCATING_MS });
  });
}

function byWeChat(): Promise<Position | undefined> {
  return new Promise((resolve) => {
    const tooLong = setTimeout(() => resolve(undefined), LOCATING_MS);
    uni.getLocation({
      type: "wgs84",
      isHighAccuracy: true,
      success: ({ latitude, longitude, accuracy }) => resolve({ lat: latitude, lng: longitude, accuracy_m: Math.round(accuracy || 0) }),
      fail: () => resolve(undefined),
      complete: () => clearTimeout(tooLong),
    });
  });
}

/** Look at a picture in full: WeChat's own viewer, or a page of the browser. */
export function showPicture(url: string, among: string[]): void {
  if (process.env.UNI_PLATFORM === "h5") window.open(url);
  else uni.previewImage({ urls: among, current: url });
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
