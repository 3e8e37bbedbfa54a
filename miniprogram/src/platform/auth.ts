/** Logging in: as a mini program, in the web view of the official account, or (demo) at the emulator's page. */
import { reactive } from "vue";
import { get, logInBy, newKey, post, remove, sentence } from "@/api/client";
import type { Account, Role } from "@/api/shapes";
import { forgetPerson, keep, kept } from "./storage";
import { type Leaving, takeCode } from "./web_return";

interface Place {
  code: string;
  name: string;
}
export const session = reactive({ account: kept<Account>("account"), failure: "" });
const LECTURING: Role[] = ["secretary", "deputy_secretary", "organization_member", "publicity_member", "lecturer", "county_officer", "city_officer", "province_officer"];
const SOON_MS = 20_000;
const KEEPERS: Role[] = ["secretary", "deputy_secretary", "organization_member", "dispatcher"];
let underWay: Promise<void> | undefined;

logInBy(() => (underWay ??= enter().finally(() => (underWay = undefined))));

async function enter(): Promise<void> {
  session.failure = "";
  try {
    const code = process.env.UNI_PLATFORM === "mp-weixin" ? await codeOfMiniProgram() : await codeOfWebView();
    const channel = process.env.UNI_PLATFORM === "mp-weixin" ? "miniprogram" : "official";
    const { token, account } = await post("/auth/wechat", {}, { code, channel });
    if (![undefined, account.id].includes(kept<Account>("account")?.id)) forgetPerson();
    keep("token", token);
    keep("entered_at", Date.now());
    welcome(account);
  } catch (error) {
    session.failure = sentence(error);
    throw error;
  }
}

export function welcome(account: Account): void {
  keep("account", account);
  session.account = account;
}

function codeOfMiniProgram(): Promise<string> {
  return new Promise((resolve, reject) => {
    uni.login({ provider: "weixin", success: ({ code }) => resolve(code), fail: ({ errMsg }) => reject(new Error(errMsg)) });
  });
}

/** The platform has sent us back with a code, or we go there to get one and never come back to this line. */
async function codeOfWebView(): Promise<string> {
  const code = takeCode();
  if (code) return code;
  if (Date.now() - (kept<number>("entered_at") ?? 0) < SOON_MS) throw new Error("sent back at once");
  const state = newKey();
  const { url } = await get("/wechat/oauth-address", { state, to: "/m/" });
  keep("leaving", { state, hash: location.hash } satisfies Leaving);
  location.assign(url);
  return new Promise(() => undefined);
}

/** Read one's own account again: posts change. */
export async function refreshAccount(): Promise<void> {
  welcome(await get("/me"));
}

/** End the token and forget the person; what waits in the outbox stays for its owner. */
export async function leave(): Promise<void> {
  try {
    await remove("/auth/token");
  } finally {
    forgetPerson();
    session.account = undefined;
    if (process.env.UNI_PLATFORM === "h5") location.replace("/m/");
    else uni.reLaunch({ url: "/pages/index/index" });
  }
}

export function isMember(): boolean {
  return Boolean(session.account?.member);
}

/** The organisations that the account works for, the first being the one to begin with. */
export function keptOrganizations(): Place[] {
  return organizationsAs(KEEPERS);
}

/** Where the account may write lessons and sees which Sundays are still empty. */
export function lecturingOrganizations(): Place[] {
  return organizationsAs(LECTURING);
}

function organizationsAs(roles: Role[]): Place[] {
  const held = (session.account?.roles ?? []).filter(({ role }) => roles.includes(role));
  return [...new Map(held.map(({ organization }) => [organization.code, organization])).values()];
}

export function keepsBranch(): boolean {
  return keptOrganizations().length > 0;
}

export function isHandler(): boolean {
  return isMember() || (session.account?.roles ?? []).some(({ role }) => role === "volunteer");
}
