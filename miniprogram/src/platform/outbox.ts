/** What is on its way: check-ins, orders with their photos and voices, heartbeats. Kept before it is sent, so that
 * closing the app loses nothing. */
import { computed, shallowRef } from "vue";
import { newKey, Refusal, send, sentence } from "@/api/client";
import { refreshAccount, session } from "./auth";
import { dropFile, type KeptFile } from "./kept_files";
import { keep, kept } from "./storage";
import { uploadAll, uploadKept } from "./uploads";

/** Files by the field of the body that their ids belong into. */
export type Files = Record<string, KeptFile | KeptFile[]>;

export interface Parcel {
  key: string;
  kind: "check-in" | "order" | "heartbeat";
  address: string;
  body: unknown;
  files?: Files; // on this phone as yet: uploaded before the parcel goes
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
export async function hand<T>(kind: Parcel["kind"], address: string, body: unknown, label: string, files?: Files): Promise<Handed<T>> {
  // the first log-in of the web view leaves this page and comes back to it: nothing may be handed over twice
  if (!me()) await refreshAccount().catch(() => undefined);
  const parcel: Parcel = { key: newKey(), kind, address, body, label, ...(files ? { files } : {}), owner: me(), at: Date.now(), refused: "" };
  store([...withRoom(parcels.value), parcel]);
  underWay.add(parcel.key);
  try {
    const data = await sendWhole<T>(parcel);
    drop(parcel.key);
    return { sent: true, data };
  } catch (error) {
    if (!worthAnotherTry(error)) {
      // the form still shows its files: they go when it goes
      store(parcels.value.filter((one) => one.key !== parcel.key));
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
      await sendWhole(parcel);
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

/** Its files first, then itself: the same files have the same ids, so that a repeat says the same thing. */
async function sendWhole<T>({ address, body, files, key }: Parcel): Promise<T> {
  const ids: Record<string, string | string[]> = {};
  for (const [field, held] of Object.entries(files ?? {})) {
    ids[field] = Array.isArray(held) ? await uploadAll(held) : await uploadKept(held);
  }
  return send<T>(address, files ? { ...(body as object), ...ids } : body, key);
}

/** Give up a parcel, or be done with it. */
export function drop(key: string): void {
  const gone = parcels.value.find((one) => one.key === key);
  if (gone) filesOf(gone).forEach(dropFile);
  store(parcels.value.filter((one) => one.key !== key));
}

/** Try again by itself as long as something waits. */
export function keepTrying(): void {
  setInterval(() => {
    if (waiting().length) void flush();
  }, AGAIN_MS);
}

/** Names of all files that something waits for. */
export function waitedFor(): string[] {
  return parcels.value.flatMap((one) => filesOf(one).map((file) => file.name));
}

const filesOf = ({ files }: Parcel): KeptFile[] => Object.values(files ?? {}).flat();

/** One more fits in; a phone that was away for weeks forgets old heartbeats, never an order or a check-in. */
function withRoom(held: Parcel[]): Parcel[] {
  if (held.length < MOST) return held;
  const oldest = held.findIndex((one) => one.kind === "heartbeat");
  return oldest < 0 ? held : held.filter((_, index) => index !== oldest);
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
