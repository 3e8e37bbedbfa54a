/** Coming back from WeChat's log-in page: its `?code=` is taken, and the page that one had wanted is opened. */
import { forget, kept } from "./storage";

export interface Leaving {
  state: string;
  hash: string;
}
let code = "";

/** Before the first page opens: put the address right. A code that we did not ask for is thrown away. */
export function returnFromLogIn(): void {
  if (process.env.UNI_PLATFORM !== "h5") return;
  const question = new URLSearchParams(location.search);
  const brought = question.get("code");
  if (!brought) return;
  const leaving = kept<Leaving>("leaving");
  forget("leaving");
  if (leaving && leaving.state === question.get("state")) code = brought;
  history.replaceState(null, "", location.pathname + (leaving?.hash ?? location.hash));
}

/** The code, once. */
export function takeCode(): string {
  const taken = code;
  code = "";
  return taken;
}
