/** Reading a page aloud: by the browser's voice, or in WeChat by its speech plugin where the installation has it. */
import { ref } from "vue";
import { IN_WECHAT } from "./device";

/** WeChat gives a voice to plugins only, which each owner has to add to his mini program: named at build time. */
// (its name has to stand in the code as it is: WeChat looks for it)
const PLUGIN: string = import.meta.env.VITE_SPEECH_PLUGIN ?? "";
const LONGEST = 100; // letters at a time: the plugin takes 1000 bytes, and browsers lose their breath on long ones
const SLOWER = 0.9;
const UNSPOKEN = "[aria-hidden=true],[role=button],[role=radio],[role=checkbox],button,input,textarea,script,style,.unspoken";

export const reading = ref(false);
let turn = 0; // whoever reads on checks that nobody has begun anew or stopped meanwhile

export function canRead(): boolean {
  return IN_WECHAT ? Boolean(PLUGIN) : typeof speechSynthesis !== "undefined";
}

/** Read these one after the other; false when the phone has no voice. */
export async function readAloud(sentences: string[]): Promise<boolean> {
  stopReading();
  const mine = (turn += 1);
  reading.value = true;
  try {
    for (const sentence of sentences.flatMap(sentencesOf)) {
      if (turn !== mine) return true;
      await (IN_WECHAT ? speakByPlugin(sentence) : speak(sentence));
    }
    return true;
  } catch {
    return turn !== mine;
  } finally {
    if (turn === mine) reading.value = false;
  }
}

export function stopReading(): void {
  if (!reading.value) return;
  turn += 1;
  reading.value = false;
  if (!IN_WECHAT) speechSynthesis.cancel();
  else sound?.stop();
}

/** Short enough to be spoken in one breath, cut where one would draw it. */
export function sentencesOf(text: string): string[] {
  const parts = text.match(/[^。！？!?；;\n]+[。！？!?；;]?/g) ?? [];
  return parts.flatMap((part) => part.trim().match(new RegExp(`.{1,${LONGEST}}`, "gs")) ?? []);
}

/** What stands on a page, in its order, and then what may be tapped. */
export function wordsOn(page: Element, mayTap: (names: string[]) => string): string[] {
  const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  const words: string[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent?.trim();
    if (text && !node.parentElement?.closest(UNSPOKEN)) words.push(text);
  }
  const buttons = [...page.querySelectorAll("[role=button]:not(.unspoken)")].map((one) => one.getAttribute("aria-label") || one.textContent?.trim() || "").filter(Boolean);
  return buttons.length ? [...words, mayTap(buttons)] : words;
}

function speak(sentence: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const said = new SpeechSynthesisUtterance(sentence);
    said.lang = "zh-CN";
    said.rate = SLOWER;
    said.onend = () => resolve();
    said.onerror = reject;
    speechSynthesis.speak(said);
  });
}

interface Speech {
  textToSpeech(asked: { lang: string; tts: boolean; content: string; success: (made: { filename: string }) => void; fail: (fault: unknown) => void }): void;
}
declare const requirePlugin: (name: string) => Speech;
let sound: UniApp.InnerAudioContext | undefined;

function speakByPlugin(content: string): Promise<void> {
  return new Promise((resolve, reject) => {
    requirePlugin("WechatSI").textToSpeech({
      lang: "zh_CN",
      tts: true,
      content,
      fail: reject,
      success({ filename }) {
        const made = (sound = uni.createInnerAudioContext());
        const over = () => {
          made.destroy();
          resolve();
        };
        made.onEnded(over);
        made.onStop(over);
        made.onError(reject);
        made.src = filename;
        made.play();
      },
    });
  });
}
