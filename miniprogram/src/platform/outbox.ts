/** What is on its way: check-ins, orders, heartbeats. Kept before it is sent, so that closing the app loses nothing. */
import { computed, shallowRef } from "vue";
import { newKey, Refusal, send, sentence } from "@/api/client";
import { refreshAccount, session } from "./auth";
import { keep, kept } from "./storage";

export interface Parcel {
  key: string;
  kind: "check-in" | "order" | "heartbeat";
  address: string;
  body: unknown;
  label: string;
  owner: string;
  at: number;
  refused: string; // why the server does not want it; empty while it waits
}
export type Handed<T> = { sent: true; data: T } | { sent: false };

const MOST = 500;
const AGAIN_MS = 30_000;
const LATER = [401, 429];
export const parcels = shallowRef<Parcel[]>(kept<Parcel[]>("outbox") ?? []);
/** What a person should know of: heartbeats go by themselves and bother nobody. */
export const visible = computed(() => parcels.value.filter((one) => one.kind !== "heartbeat" && isMine(one)));
const underWay = new Set<string>();
let flushing: Promise<number> | undefined;

/** Hand over a parcel: sent at once if there is an answer, else kept and tried again; a refusal is thrown. */
export async function hand<T>(kind: Parcel["kind"], address: string, body: unknown, label: string): Promise<Handed<T>> {
  // the first log-in of the web view leaves this page and comes back to it: nothing may be handed over twice
  if (!me()) await refreshAccount().catch(() => undefined);
  const parcel: Parcel = { key: newKey(), kind, address, body, label, owner: me(), at: Date.now(), refused: "" };
  store([...parcels.value.slice(-MOST + 1), parcel]);
  underWay.add(parcel.key);
  try {
    const data = await send<T>(parcel.address, parcel.body, parcel.key);
    drop(parcel.key);
    return { sent: true, data };
  } catch (error) {
    if (!worthAnotherTry(error)) {
      drop(parcel.key);
      throw error;
    }
    return { sent: false };
  } finally {
    underWay.delete(parcel.key);
  }
}

/** Send what waits, oldest first; stops where the network stops. Returns how many went. */
export function flush(): Promise<number> {
  return (flushing ??= deliver().finally(() => (flushing = undefined)));
}

async function deliver(): Promise<number> {
  let sent = 0;
  for (const parcel of waiting()) {
    if (underWay.has(parcel.key)) continue;
    try {
      await send(parcel.address, parcel.body, parcel.key);
      drop(parcel.key);
      sent += 1;
    } catch (error) {
      if (worthAnotherTry(error)) break;
      if (parcel.kind === "heartbeat") drop(parcel.key);
      else store(parcels.value.map((one) => (one.key === parcel.key ? { ...one, refused: sentence(error) } : one)));
    }
  }
  return sent;
}

/** Give up a parcel. */
export function drop(key: string): void {
  store(parcels.value.filter((one) => one.key !== key));
}

/** Try again by itself as long as something waits. */
export function keepTrying(): void {
  setInterval(() => {
    if (waiting().length) void flush();
  }, AGAIN_MS);
}

function waiting(): Parcel[] {
  return parcels.value.filter((one) => !one.refused && isMine(one));
}

/** Only the server's own no is final; whoever could not even log in tries again later. */
function worthAnotherTry(error: unknown): boolean {
  return !(error instanceof Refusal) || error.status >= 500 || LATER.includes(error.status);
}

/** What was handed over before the first log-in belongs to whoever logs in. */
function isMine(one: Parcel): boolean {
  return !one.owner || one.owner === me();
}

function store(next: Parcel[]): void {
  parcels.value = next;
  keep("outbox", next);
}

function me(): string {
  return session.account?.id ?? "";
}
