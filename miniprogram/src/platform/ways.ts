/** From page to page. */
import { stopReading } from "./reading";

/** Open a page, also one that a message names; the platform keeps ten on its stack, then the last is replaced. */
export function go(page: string): void {
  stopReading();
  const url = page.startsWith("/") ? page : `/${page}`;
  uni.navigateTo({ url, fail: () => uni.redirectTo({ url }) });
}

/** One of the three first pages: nothing stays behind it. */
export function goHome(page = "/pages/index/index"): void {
  stopReading();
  uni.reLaunch({ url: page });
}

export function back(): void {
  if (getCurrentPages().length > 1) uni.navigateBack();
  else goHome();
}
