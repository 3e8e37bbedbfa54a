/** How many messages wait, shown at the tab; the newest hundred are counted. */
import { reactive } from "vue";
import { onShow } from "@dcloudio/uni-app";
import { get, post } from "@/api/client";

export const unread = reactive<{ count: number; newest: string | null }>({ count: 0, newest: null });

/** Count anew whenever the page is shown; without network the last number stands. */
export function useUnread(): void {
  onShow(() => void get("/me/inbox/unread").then((found) => Object.assign(unread, found), () => undefined));
}

export async function readAll(): Promise<void> {
  if (unread.newest) Object.assign(unread, await post("/me/inbox/read", {}, { newest: unread.newest }));
}
