/** Every sentence that the client says by itself, in one catalogue: Chinese first, English follows it key by key. */
import { keep, kept } from "@/platform/storage";
import { en } from "./en";
import { zh } from "./zh";

/** The shape of the catalogue: plain words, and functions for sentences with something in them. */
type Worded<T> = T extends string ? string : T extends (...args: infer A) => string ? (...args: A) => string : { [K in keyof T]: Worded<T[K]> };
export type Texts = Worded<typeof zh>;
export type Language = "zh" | "en";

export const language: Language = kept<Language>("language") ?? "zh";
export const t: Texts = language === "en" ? en : zh;

/** Another language counts from the next start: pages have their words already. */
export function setLanguage(to: Language): void {
  if (to === language) return;
  keep("language", to);
  if (process.env.UNI_PLATFORM === "h5") location.reload();
  else uni.reLaunch({ url: "/pages/index/index" });
}
