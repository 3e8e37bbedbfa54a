/** WeChat's own abilities for our pages inside its web view (JS-SDK). Anywhere else, and where it fails: nothing. */
import { get } from "@/api/client";

type Sdk = typeof import("weixin-js-sdk").default;
const ABILITIES: Parameters<Sdk["config"]>[0]["jsApiList"] = ["scanQRCode", "getLocation", "updateAppMessageShareData"];
const PATIENCE_MS = 4_000; // a web view that never answers must not hold up a tap
const WEB_VIEW = /MicroMessenger/i;
let opened: Promise<Sdk | undefined> | undefined;

export function inWebView(): boolean {
  return process.env.UNI_PLATFORM === "h5" && typeof navigator !== "undefined" && WEB_VIEW.test(navigator.userAgent);
}

/** The SDK, signed for this page; asked once, since our pages differ only behind the #. */
function sdk(): Promise<Sdk | undefined> {
  return (opened ??= open().catch(() => undefined));
}

async function open(): Promise<Sdk | undefined> {
  const url = location.href.split("#")[0];
  const [{ default: found }, signed] = await Promise.all([import("weixin-js-sdk"), get("/wechat/js-signature", { url })]);
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), PATIENCE_MS);
    found.error(() => resolve(undefined));
    found.ready(() => resolve(found));
    found.config({ debug: false, appId: signed.appid, timestamp: signed.timestamp, nonceStr: signed.nonce, signature: signed.signature, jsApiList: ABILITIES });
  });
}

/** The text of a scanned code; undefined where there is no scanner or the person turned away. */
export async function scanInWebView(): Promise<string | undefined> {
  const found = inWebView() ? await sdk() : undefined;
  if (!found) return undefined;
  return new Promise((resolve) => {
    const nothing = () => resolve(undefined);
    found.scanQRCode({ needResult: 1, scanType: ["qrCode"], success: ({ resultStr }) => resolve(resultStr), fail: nothing, cancel: nothing });
  });
}

export interface Position {
  lat: number;
  lng: number;
  accuracy_m: number;
}

export async function positionInWebView(): Promise<Position | undefined> {
  const found = inWebView() ? await sdk() : undefined;
  if (!found) return undefined;
  return new Promise((resolve) => {
    const nothing = () => resolve(undefined);
    // numbers by its description, strings in some versions of the app
    found.getLocation({ type: "wgs84", success: (at) => resolve({ lat: Number(at.latitude), lng: Number(at.longitude), accuracy_m: Number(at.accuracy) }), fail: nothing, cancel: nothing });
  });
}

/** What a shared page is called in a chat; its link is the page itself. */
export async function shareAs(title: string, desc: string): Promise<void> {
  const found = inWebView() ? await sdk() : undefined;
  found?.updateAppMessageShareData({ title, desc, link: location.href, imgUrl: new URL("static/icon.svg", location.href.split("#")[0]).href, success: () => undefined });
}
