/** Files that need a token: fetched by us, shown by the phone. */
import { NoAnswer, ORIGIN, Refusal } from "@/api/client";
import { t } from "@/texts";
import { kept } from "./storage";

export async function openFile(path: string, name: string): Promise<void> {
  const url = `${ORIGIN}/api/v1${path}`;
  const header = { Authorization: `Bearer ${kept<string>("token")}` };
  if (process.env.UNI_PLATFORM === "h5") {
    const answer = await fetch(url, { headers: header }).catch(() => {
      throw new NoAnswer();
    });
    if (!answer.ok) throw new Refusal(answer.status, "", t.net.broken);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    uni.downloadFile({
      url,
      header,
      fail: () => reject(new NoAnswer()),
      success: ({ tempFilePath, statusCode }) =>
        statusCode === 200
          ? uni.openDocument({ filePath: tempFilePath, fileType: "pdf", showMenu: true, success: () => resolve(), fail: () => reject(new Refusal(0, "", t.net.noFile)) })
          : reject(new Refusal(statusCode, "", t.net.broken)),
    });
  });
}

/** A document behind a signed link, in the phone's own viewer or as a download. */
export async function openDocument(path: string, name: string, fileType: string): Promise<void> {
  if (process.env.UNI_PLATFORM === "h5") {
    const link = document.createElement("a");
    link.href = path;
    link.download = name;
    link.click();
    return;
  }
  const filePath = await fetched(ORIGIN + path);
  await new Promise<void>((resolve, reject) => {
    uni.openDocument({ filePath, fileType: fileType as "pdf", showMenu: true, success: () => resolve(), fail: () => reject(new Refusal(0, "", t.net.noFile)) });
  });
}

/** A picture into the album of the phone, or a download on H5. `address` is a link or a data URL. */
export async function savePicture(address: string, name: string): Promise<void> {
  if (process.env.UNI_PLATFORM === "h5") {
    const link = document.createElement("a");
    link.href = address;
    link.download = `${name}.png`;
    link.click();
    return;
  }
  const filePath = address.startsWith("data:") ? await written(address, name) : await fetched(address);
  await new Promise<void>((resolve, reject) => {
    uni.saveImageToPhotosAlbum({ filePath, success: () => resolve(), fail: () => reject(new Refusal(0, "no_album", t.forward.noAlbum)) });
  });
}

function fetched(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    uni.downloadFile({ url, success: ({ tempFilePath, statusCode }) => (statusCode === 200 ? resolve(tempFilePath) : reject(new Refusal(statusCode, "", t.net.broken))), fail: () => reject(new NoAnswer()) });
  });
}

/** WeChat saves files only: the bytes of a data URL become one. */
function written(data: string, name: string): Promise<string> {
  const { env } = uni as unknown as { env: { USER_DATA_PATH: string } };
  const filePath = `${env.USER_DATA_PATH}/${encodeURIComponent(name)}.png`;
  return new Promise((resolve, reject) => {
    uni.getFileSystemManager().writeFile({ filePath, data: data.slice(data.indexOf(",") + 1), encoding: "base64", success: () => resolve(filePath), fail: () => reject(new Refusal(0, "", t.forward.noAlbum)) });
  });
}
