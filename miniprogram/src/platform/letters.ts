/** The size of letters: the larger of WeChat's own setting and the switch in here. */
import { computed, ref } from "vue";
import { keep, kept } from "./storage";

export const SIZES = { normal: 1, large: 1.2, elder: 1.4 } as const;
export type Letters = keyof typeof SIZES;
const LARGEST = 1.75; // 30 points of main text

export const letters = ref<Letters>(kept<Letters>("letters") ?? "normal");
const scale = computed(() => Math.min(Math.max(systemScale(), SIZES[letters.value]), LARGEST));
export const rootStyle = computed(() => `--fs:${scale.value}`);
export const isLarge = computed(() => scale.value >= SIZES.elder);

export function setLetters(size: Letters): void {
  letters.value = size;
  keep("letters", size);
}

function systemScale(): number {
  if (process.env.UNI_PLATFORM !== "mp-weixin") return 1;
  const info = uni.getAppBaseInfo() as { fontSizeScaleFactor?: number };
  return Number(info.fontSizeScaleFactor) || 1;
}
