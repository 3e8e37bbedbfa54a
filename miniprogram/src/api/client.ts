/** The one way to the server: envelope off, errors as sentences, one key per intention, log-in when it has ended. */
import type { paths } from "./schema";
import { forget, kept, keep } from "@/platform/storage";
import { t } from "@/texts";

// H5 comes from the server itself; the mini program needs its full address
export const ORIGIN: string = process.env.UNI_PLATFORM === "h5" ? "" : import.meta.env.VITE_API_ORIGIN;
/** A file of the server as pictures and players take it: in full, since uni-app reads a leading / as its own folder. */
export function fileAddress(path: string): string {
  if (!path.startsWith("/")) return path;
  return (process.env.UNI_PLATFORM === "h5" ? location.origin : ORIGIN) + path;
}
const BASE = ORIGIN + "/api/v1";
const PATIENCE_MS = 15_000;
// read by people who are not known yet, or who may stay unknown
const OPEN = /^\/(auth\/wechat|wechat\/|rate\/|micro-wishes|organizations\/[^/]+\/ledger)/;
const BYTES_PATIENCE_MS = 60_000;

type Verb = "get" | "post" | "put" | "delete";
type Having<V extends Verb> = { [P in keyof paths]: paths[P] extends Record<V, object> ? P : never }[keyof paths];
type Operation<P extends keyof paths, V extends Verb> = paths[P] extends Record<V, infer O> ? O : never;
type Answered<O, S extends number> = O extends {
  responses: Record<S, { content: { "application/json": { data: infer D } } }>;
}
  ? D
  : never;
export type Data<P extends keyof paths, V extends Verb> =
  | Answered<Operation<P, V>, 200>
  | Answered<Operation<P, V>, 201>;
export type Body<P extends keyof paths, V extends Verb = "post"> =
  Operation<P, V> extends { requestBody: { content: { "application/json": infer B } } } ? B : undefined;
type Values = Record<string, string | number | boolean | null | undefined>;

/** The server has answered, and it is a no; `message` is a sentence for whoever reads the screen. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly faults: { field: string; message: string }[] = [],
  ) {
    super(message);
  }
}

/** No answer has come: the same may be sent again. */
export class NoAnswer extends Error {
  constructor() {
    super(t.net.none);
  }
}

interface Raw {
  status: number;
  body: { code?: string; message?: string; data?: unknown; errors?: { field: string; message: string }[] };
}

/** Told by the auth module how to log in; the client does not know the three ways. */
let logIn: () => Promise<void> = async () => undefined;
export function logInBy(way: () => Promise<void>): void {
  logIn = way;
}

export function get<P extends Having<"get">>(path: P, values: Values = {}): Promise<Data<P, "get">> {
  return call<Data<P, "get">>("GET", filled(path, values));
}

/** The key stays the same until an answer has come, so that a second tap after a lost answer does nothing twice. */
export async function post<P extends Having<"post">>(path: P, values: Values, body?: Body<P>): Promise<Data<P, "post">> {
  const address = filled(path, values);
  const intention = `intention.${address}.${JSON.stringify(body ?? {})}`;
  const key = kept<string>(intention) || newKey();
  keep(intention, key);
  try {
    const data = await send<Data<P, "post">>(address, body ?? {}, key);
    forget(intention);
    return data;
  } catch (error) {
    if (error instanceof Refusal) forget(intention);
    throw error;
  }
}

/** Say how something is to be: twice is the same as once. */
export function put<P extends Having<"put">>(path: P, values: Values, body: Body<P, "put">): Promise<Data<P, "put">> {
  return call<Data<P, "put">>("PUT", filled(path, values), body);
}

/** A POST with a key of the caller's own: for the outbox, whose entries outlive the app. */
export function send<T>(address: string, body: unknown, key: string): Promise<T> {
  return call<T>("POST", address, body, key);
}

/** A POST of bytes: for pieces of a file, which may be sent twice without harm. */
export function sendBytes<T>(address: string, bytes: ArrayBuffer): Promise<T> {
  return call<T>("POST", address, bytes);
}

export function remove<P extends Having<"delete">>(path: P, values: Values = {}): Promise<unknown> {
  return call("DELETE", filled(path, values));
}

async function call<T>(method: "GET" | "POST" | "PUT" | "DELETE", address: string, body?: unknown, key?: string): Promise<T> {
  const open = OPEN.test(address);
  if (!open && !kept("token")) await logIn();
  let raw = await request(method, address, body, key);
  if (raw.status === 401 && !open) {
    forget("token");
    await logIn();
    raw = await request(method, address, body, key);
  }
  if (raw.status < 300) return raw.body.data as T;
  throw new Refusal(raw.status, raw.body.code ?? "", raw.body.message || t.net.broken, raw.body.errors);
}

function request(method: "GET" | "POST" | "PUT" | "DELETE", address: string, body?: unknown, key?: string): Promise<Raw> {
  const token = kept<string>("token");
  return new Promise((resolve, reject) => {
    uni.request({
      url: BASE + address,
      method,
      data: body as object | undefined,
      timeout: body instanceof ArrayBuffer ? BYTES_PATIENCE_MS : PATIENCE_MS,
      header: {
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { "Content-Type": body instanceof ArrayBuffer ? "application/octet-stream" : "application/json" }),
        ...(key ? { "Idempotency-Key": key } : {}),
      },
      // a proxy that answers for a dead server has said nothing
      success: ({ statusCode, data }) =>
        [502, 503, 504].includes(statusCode) || !data || typeof data !== "object"
          ? reject(new NoAnswer())
          : resolve({ status: statusCode, body: data as Raw["body"] }),
      fail: () => reject(new NoAnswer()),
    });
  });
}

/** `/orders/{number}` and its values as an address; what has no place in the path goes into the query. */
export function filled(path: string, values: Values): string {
  const left = { ...values };
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = left[name];
    delete left[name];
    return encodeURIComponent(String(value));
  });
  const query = Object.entries(left)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return query.length ? `${place}?${query.join("&")}` : place;
}

/** 32 letters that nobody has used before. */
export function newKey(): string {
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  const random = () => letters[Math.floor(Math.random() * letters.length)];
  return Date.now().toString(36) + Array.from({ length: 24 }, random).join("");
}

/** What to tell a person of a failure. */
export function sentence(error: unknown): string {
  if (error instanceof Refusal && error.faults.length) return error.faults.map((fault) => fault.message).join("；");
  if (error instanceof Refusal || error instanceof NoAnswer) return error.message;
  console.error(error);
  return t.net.broken;
}
