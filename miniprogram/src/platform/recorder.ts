/** A short recording: by WeChat's recorder, by the browser's, or as a file where a browser has none. */
import { Refusal } from "@/api/client";
import { t } from "@/texts";
import { IN_WECHAT } from "./device";
import type { Picked } from "./kept_files";
import { waveOf } from "./wave";

export const LONGEST_S = 60;
const RATE = 16_000; // what speech needs, and what turning it into text works with
const REFUSED = 0;
const SOUND_FILES = [".mp3", ".m4a", ".wav", ".ogg", ".aac", ".amr"];

export interface Recording {
  /** End it: the sound, or undefined when nothing was heard. */
  stop(): Promise<Picked | undefined>;
}

/** Whether this phone records here, or only takes a file. */
export function canRecord(): boolean {
  return IN_WECHAT || (typeof MediaRecorder !== "undefined" && Boolean(navigator.mediaDevices?.getUserMedia));
}

/** Begin; `full` is called when a minute is over. Throws a Refusal when the microphone is not given. */
export function record(full: () => void): Promise<Recording> {
  return IN_WECHAT ? byWeChat(full) : byBrowser(full);
}

/** A recording that was made elsewhere. */
export function chooseSound(): Promise<Picked | undefined> {
  return new Promise((resolve) => {
    uni.chooseFile({
      count: 1,
      type: "all",
      extension: SOUND_FILES,
      success: ({ tempFiles }) => {
        const [file] = tempFiles as File[];
        resolve(file && { path: "", size: file.size, content: file });
      },
      fail: () => resolve(undefined),
    });
  });
}

function byWeChat(full: () => void): Promise<Recording> {
  const recorder = uni.getRecorderManager();
  return new Promise((resolve, reject) => {
    let ended: (sound?: Picked) => void = () => undefined;
    const sound = new Promise<Picked | undefined>((done) => (ended = done));
    let asked = false;
    recorder.onStart(() => {
      resolve({
        stop() {
          asked = true;
          recorder.stop();
          return sound;
        },
      });
    });
    recorder.onStop((made: { tempFilePath: string; duration?: number; fileSize?: number }) => {
      ended({ path: made.tempFilePath, size: made.fileSize ?? 0, seconds: Math.round((made.duration ?? 0) / 1000) || undefined });
      if (!asked) full();
    });
    recorder.onError(() => {
      ended();
      reject(noMicrophone());
    });
    recorder.start({ duration: LONGEST_S * 1000, sampleRate: RATE, numberOfChannels: 1, encodeBitRate: 48_000, format: "mp3" });
  });
}

async function byBrowser(full: () => void): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => {
    throw noMicrophone();
  });
  const recorder = new MediaRecorder(stream);
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const over = new Promise<void>((done) => (recorder.onstop = () => done()));
  recorder.start();
  const limit = setTimeout(full, LONGEST_S * 1000);
  return {
    async stop() {
      clearTimeout(limit);
      if (recorder.state !== "inactive") recorder.stop();
      await over;
      stream.getTracks().forEach((track) => track.stop());
      return asWave(new Blob(parts, { type: recorder.mimeType }));
    },
  };
}

/** Each browser records in a format of its own, and phones of other makers cannot play it: a wave everybody can. */
async function asWave(recorded: Blob): Promise<Picked | undefined> {
  if (!recorded.size) return undefined;
  const reader = new OfflineAudioContext(1, 1, RATE);
  const sound = await reader.decodeAudioData(await recorded.arrayBuffer());
  const content = new Blob([waveOf(sound.getChannelData(0), RATE)], { type: "audio/wav" });
  return { path: "", size: content.size, content, seconds: Math.max(1, Math.round(sound.duration)) };
}

function noMicrophone(): Refusal {
  return new Refusal(REFUSED, "no_microphone", IN_WECHAT ? t.voice.noMicrophone : t.voice.noMicrophoneOnWeb);
}
