/** Files on their way to the server: in pieces, gone on with from where the network broke, also after a restart. */
import { get, post, Refusal, sendBytes, type Data } from "@/api/client";
import { t } from "@/texts";
import { forget, keep, kept } from "./storage";
import { type KeptFile, pieceOf } from "./kept_files";

type Upload = Data<"/media/uploads/{upload_id}", "get">;
const PIECE = 512 * 1024; // seconds on a weak network; a lost answer costs no more than this
const GONE = [404, 410];
const WRONG_PLACE = 409;
const LOST = 0;
// a file is uploaded once: what is under way, or was done since the start, is not sent again
const sent = new Map<string, Promise<string>>();

/** The media id of a kept file; throws NoAnswer while there is no network, and the server's Refusal. */
export function uploadKept(file: KeptFile): Promise<string> {
  const known = sent.get(file.name);
  if (known) return known;
  const going = (file.size <= PIECE ? whole(file) : inPieces(file)).catch((error) => {
    sent.delete(file.name);
    throw error;
  });
  sent.set(file.name, going);
  return going;
}

/** All of them, in their order. */
export async function uploadAll(files: KeptFile[]): Promise<string[]> {
  const ids: string[] = [];
  for (const file of files) ids.push(await uploadKept(file));
  return ids;
}

async function whole(file: KeptFile): Promise<string> {
  return (await sendBytes<{ id: string }>("/media", await bytesOf(file, 0, file.size))).id;
}

async function inPieces(file: KeptFile): Promise<string> {
  const mark = `upload.${file.name}`;
  let upload = await begun(file, mark);
  while (upload.offset < upload.size && !upload.media) {
    const end = Math.min(upload.offset + Math.min(PIECE, upload.chunk_bytes), upload.size);
    upload = await next(upload, await bytesOf(file, upload.offset, end));
  }
  const { id } = await post("/media/uploads/{upload_id}/finish", { upload_id: upload.id });
  forget(mark);
  return id;
}

/** The upload that was begun before the app was closed, or a new one. */
async function begun(file: KeptFile, mark: string): Promise<Upload> {
  const former = kept<string>(mark);
  if (former) {
    try {
      return await get("/media/uploads/{upload_id}", { upload_id: former });
    } catch (error) {
      if (!(error instanceof Refusal && GONE.includes(error.status))) throw error;
    }
  }
  const upload = await post("/media/uploads", {}, { size: file.size });
  keep(mark, upload.id);
  return upload;
}

/** Send a piece; when the server has more than we knew of, go on from there. */
async function next(upload: Upload, bytes: ArrayBuffer): Promise<Upload> {
  try {
    return await sendBytes<Upload>(`/media/uploads/${upload.id}/chunks?offset=${upload.offset}`, bytes);
  } catch (error) {
    if (!(error instanceof Refusal && error.status === WRONG_PLACE)) throw error;
    const there = await get("/media/uploads/{upload_id}", { upload_id: upload.id });
    if (there.offset === upload.offset && !there.media) throw error;
    return there;
  }
}

async function bytesOf(file: KeptFile, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = await pieceOf(file, start, end);
  // a file that became shorter would be asked for its rest for ever
  if (!bytes?.byteLength) throw new Refusal(LOST, "file_lost", t.photo.lost);
  return bytes;
}
