/** From page to page. */
import { t } from "@/texts";
import { stopReading } from "./reading";

/** Open a page, also one that a message names; the platform keeps ten on its stack, then the last is replaced.
 * A page of a package that was never fetched does not open without network: that is said. */
export function go(page: string): void {
  stopReading();
  const url = page.startsWith("/") ? page : `/${page}`;
  const failed = () => uni.showToast({ title: t.net.none, icon: "none" });
  uni.navigateTo({ url, fail: () => uni.redirectTo({ url, fail: failed }) });
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
