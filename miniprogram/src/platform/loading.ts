/** What every screen goes through: loading, here, failed; and what it showed last time while there is no network. */
import { ref, type Ref } from "vue";
import { onPullDownRefresh, onShow } from "@dcloudio/uni-app";
import { NoAnswer, Refusal, sentence } from "@/api/client";
import type { Page } from "@/api/shapes";
import { isLarge } from "./letters";
import { keep, kept, LAST_SEEN } from "./storage";

export type Stage = "loading" | "ready" | "failed";
export interface Loading {
  stage: Stage;
  message: string;
  stale: boolean;
  /** Undefined when trying again would bring the same: it is not there, or not for this person. */
  again?: () => void;
}
const FINAL = [403, 404];

/** Read on every showing of the page. With `name`, the last answer stays on the phone for days without network. */
export function useLoad<T>(read: () => Promise<T>, name?: () => string): { data: Ref<T | undefined>; loading: Ref<Loading>; load: () => Promise<void> } {
  const data = ref<T>() as Ref<T | undefined>;
  const loading = ref<Loading>({ stage: "loading", message: "", stale: false });
  const report = (now: Partial<Loading>) => Object.assign(loading.value, { message: "", stale: false, again: undefined, ...now });
  async function load(): Promise<void> {
    if (data.value === undefined) report({ stage: "loading" });
    try {
      data.value = await read();
      if (name) keep(LAST_SEEN + name(), data.value);
      report({ stage: "ready" });
    } catch (error) {
      const last = data.value ?? (name && error instanceof NoAnswer ? kept<T>(LAST_SEEN + name()) : undefined);
      if (last !== undefined && error instanceof NoAnswer) {
        data.value = last;
        report({ stage: "ready", stale: true });
      } else {
        const final = error instanceof Refusal && FINAL.includes(error.status);
        report({ stage: "failed", message: sentence(error), again: final ? undefined : () => void load() });
      }
    } finally {
      uni.stopPullDownRefresh();
    }
  }
  onShow(() => void load());
  onPullDownRefresh(() => void load());
  return { data, loading, load };
}

/** A list that grows by its cursor. */
export function useList<T>(read: (cursor?: string) => Promise<Page<T>>, name?: () => string) {
  const first = useLoad(() => read(), name);
  const growing = ref(false);
  async function more(): Promise<void> {
    const page = first.data.value;
    if (!page?.next_cursor || growing.value) return;
    growing.value = true;
    try {
      const next = await read(page.next_cursor);
      first.data.value = { items: [...page.items, ...next.items], next_cursor: next.next_cursor };
    } catch (error) {
      say(sentence(error));
    } finally {
      growing.value = false;
    }
  }
  return { ...first, more, growing };
}

/** Something that a person asked for: once at a time, and a failure is told where it was asked. */
export function useDeed() {
  const busy = ref(false);
  const failure = ref("");
  async function attempt(deed: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    failure.value = "";
    try {
      await deed();
      return true;
    } catch (error) {
      failure.value = sentence(error);
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, failure, attempt };
}

/** A sentence at the foot of the page that is open: it pops up over nothing and stays long enough to be read. */
export const notice = ref("");
const READ_MS = 5_000;
const READ_SLOWLY_MS = 12_000;
let noticeEnds: ReturnType<typeof setTimeout> | undefined;

export function say(sentence: string): void {
  notice.value = sentence;
  clearTimeout(noticeEnds);
  noticeEnds = setTimeout(() => (notice.value = ""), isLarge.value ? READ_SLOWLY_MS : READ_MS);
}
