/** What stays on the phone. Settings of the phone outlive a person's log-out, everything else goes with it. */
export const LAST_SEEN = "last.";
const OF_THE_PHONE = ["letters", "language", "device", "outbox"];

export function kept<T>(name: string): T | undefined {
  const value = uni.getStorageSync(name);
  return value === "" || value === null ? undefined : (value as T);
}

/** A phone that is full forgets the pages that it keeps for days without network before it forgets what one wrote. */
export function keep(name: string, value: unknown): void {
  try {
    uni.setStorageSync(name, value);
  } catch (error) {
    const pages = uni.getStorageInfoSync().keys.filter((one) => one.startsWith(LAST_SEEN));
    pages.forEach(forget);
    if (!name.startsWith(LAST_SEEN)) uni.setStorageSync(name, value);
  }
}

export function forget(name: string): void {
  uni.removeStorageSync(name);
}

/** Forget the person, keep the phone's own settings and what still waits to be sent. */
export function forgetPerson(): void {
  for (const name of uni.getStorageInfoSync().keys) {
    if (!OF_THE_PHONE.includes(name)) forget(name);
  }
}
