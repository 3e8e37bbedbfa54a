/** Photos and recordings that wait on this phone until they are on the server: closing the app loses none of them. */
import { newKey } from "@/api/client";

export interface KeptFile {
  name: string; // where it lies: a path in WeChat, a key of the browser's own store on H5
  kind: "picture" | "sound" | "document";
  size: number;
  seconds?: number;
}
/** What a camera, an album or a microphone gives. */
export interface Picked {
  path: string;
  size: number;
  content?: Blob;
  seconds?: number;
}

const ON_WEB = process.env.UNI_PLATFORM === "h5";
const DATABASE = "zhibu";
const SHELF = "files";
// a browser that lets us keep nothing (private windows) still sends what was chosen while the page is open
const inHand = new Map<string, Blob>();
const addresses = new Map<string, string>();

/** Put a file where it outlives the app. */
export async function keepFile(picked: Picked, kind: KeptFile["kind"]): Promise<KeptFile> {
  const name = ON_WEB ? await keepInBrowser(picked.content as Blob) : await keepInWeChat(picked.path);
  return { name, kind, size: picked.size, ...(picked.seconds ? { seconds: picked.seconds } : {}) };
}

/** Bytes of a file from `start` to before `end`; undefined when the phone has cleared it away. */
export async function pieceOf(file: KeptFile, start: number, end: number): Promise<ArrayBuffer | undefined> {
  if (ON_WEB) return (await inBrowser(file.name))?.slice(start, end).arrayBuffer();
  return new Promise((resolve) => {
    uni.getFileSystemManager().readFile({
      filePath: file.name,
      position: start,
      length: end - start,
      success: ({ data }) => resolve(data as ArrayBuffer),
      fail: () => resolve(undefined),
    });
  });
}

/** An address that pictures and players take. */
export async function addressOf(file: KeptFile): Promise<string> {
  if (!ON_WEB) return file.name;
  const content = await inBrowser(file.name);
  if (!content) return "";
  const address = addresses.get(file.name) ?? URL.createObjectURL(content);
  addresses.set(file.name, address);
  return address;
}

export function dropFile(file: KeptFile): void {
  if (!ON_WEB) return uni.getFileSystemManager().removeSavedFile({ filePath: file.name, fail: () => undefined });
  inHand.delete(file.name);
  URL.revokeObjectURL(addresses.get(file.name) ?? "");
  addresses.delete(file.name);
  void onShelf((shelf) => shelf.delete(file.name)).catch(() => undefined);
}

/** Forget every file that nothing waits for any more. */
export async function sweepFiles(wanted: Set<string>): Promise<void> {
  const unwanted = (await allNames()).filter((name) => !wanted.has(name));
  unwanted.forEach((name) => dropFile({ name, kind: "picture", size: 0 }));
}

async function keepInBrowser(content: Blob): Promise<string> {
  const name = newKey();
  inHand.set(name, content);
  // bytes and not the blob: some browsers keep blobs as references to files that may go away
  const bytes = await content.arrayBuffer();
  await onShelf((shelf) => shelf.put({ bytes, type: content.type }, name)).catch(() => undefined);
  return name;
}

async function inBrowser(name: string): Promise<Blob | undefined> {
  const held = inHand.get(name);
  if (held) return held;
  const found = await onShelf((shelf) => shelf.get(name)).catch(() => undefined);
  if (!found) return undefined;
  const { bytes, type } = found as { bytes: ArrayBuffer; type: string };
  const content = new Blob([bytes], { type });
  inHand.set(name, content);
  return content;
}

function keepInWeChat(path: string): Promise<string> {
  return new Promise((resolve) => {
    // a phone whose store is full keeps the passing file: better than nothing
    uni.getFileSystemManager().saveFile({ tempFilePath: path, success: ({ savedFilePath }) => resolve(savedFilePath), fail: () => resolve(path) });
  });
}

async function allNames(): Promise<string[]> {
  if (ON_WEB) return (((await onShelf((shelf) => shelf.getAllKeys()).catch(() => [])) as string[] | undefined) ?? []);
  return new Promise((resolve) => {
    uni.getFileSystemManager().getSavedFileList({ success: ({ fileList }) => resolve(fileList.map((one) => one.filePath)), fail: () => resolve([]) });
  });
}

function onShelf(ask: (shelf: IDBObjectStore) => IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(SHELF);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const change = database.transaction(SHELF, "readwrite");
      const asked = ask(change.objectStore(SHELF));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
      change.oncomplete = () => database.close();
    };
  });
}
