/** What has to be agreed to before a step can be taken, in the server's own words. */
import { get } from "@/api/client";
import type { ConsentPurpose } from "@/api/shapes";

/** The text to be agreed to; empty when it was agreed to before. */
export async function consentToAsk(purpose: ConsentPurpose): Promise<string> {
  return (await consentsToAsk())[purpose] ?? "";
}

/** The texts of all purposes that were not agreed to, by purpose. */
export async function consentsToAsk(): Promise<Partial<Record<ConsentPurpose, string>>> {
  const { current } = await get("/me/consents");
  return Object.fromEntries(current.filter((one) => !one.given).map((one) => [one.purpose, one.text]));
}
