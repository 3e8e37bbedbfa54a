/** What has to be agreed to before a step can be taken, in the server's own words. */
import { get } from "@/api/client";
import type { ConsentPurpose } from "@/api/shapes";

/** The text to be agreed to; empty when it was agreed to before. */
export async function consentToAsk(purpose: ConsentPurpose): Promise<string> {
  const { current } = await get("/me/consents");
  const state = current.find((one) => one.purpose === purpose);
  return state && !state.given ? state.text : "";
}
