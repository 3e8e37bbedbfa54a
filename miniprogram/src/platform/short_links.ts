/** `#/check-in?code=…` is what a code on a screen says: it stays short, so that it can be scanned from afar. */
export function fullLink(hash: string): string {
  return hash.replace(/^#\/check-in(?=\?|$)/, "#/pages/check-in/index");
}

/** Put the full address in place of the short one, now and when a code is opened in a running page. */
export function followShortLinks(): void {
  if (process.env.UNI_PLATFORM !== "h5") return;
  const follow = () => {
    const full = fullLink(location.hash);
    if (full !== location.hash) location.replace(location.pathname + location.search + full);
  };
  follow();
  window.addEventListener("hashchange", follow, true);
}
