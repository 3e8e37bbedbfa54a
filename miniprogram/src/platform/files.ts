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
