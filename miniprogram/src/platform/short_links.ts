import { placeInside } from "./device";

/** `#/check-in?code=…` is what a code on a screen says: it stays short, so that it can be scanned from afar.
 * `?scene=place.…` is what hangs on the wall of a service centre: a phone's camera opens the page that takes it. */
export function fullLink(hash: string, search = ""): string {
  const place = placeInside(search);
  if (place && !hash.replace(/^#\/?/, "")) return `#/pages/check-in/index?scene=${place}`;
  return hash.replace(/^#\/check-in(?=\?|$)/, "#/pages/check-in/index");
}

/** Put the full address in place of the short one, now and when a code is opened in a running page. */
export function followShortLinks(): void {
  if (process.env.UNI_PLATFORM !== "h5") return;
  const follow = () => {
    const full = fullLink(location.hash, location.search);
    if (full !== location.hash) location.replace(location.pathname + (placeInside(location.search) ? "" : location.search) + full);
  };
  follow();
  window.addEventListener("hashchange", follow, true);
}
