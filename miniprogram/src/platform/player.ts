/** Sound: goes on in the background in WeChat, stops with the page on H5. */
import { ORIGIN } from "@/api/client";
import { IN_WECHAT } from "./device";

export interface Player {
  play(from: number): void;
  pause(): void;
  seek(to: number): void;
  setSpeed(speed: number): void;
  close(): void;
}
export interface Listener {
  moved(position: number): void;
  playing(is: boolean): void;
  ended(): void;
  failed(): void;
}
export const SPEEDS = [0.8, 1, 1.25, 1.5, 2];

export function openPlayer(source: string, title: string, listener: Listener): Player {
  const address = source.startsWith("/") ? ORIGIN + source : source;
  return IN_WECHAT ? inBackground(address, title, listener) : inPage(address, listener);
}

function inPage(address: string, listener: Listener): Player {
  const sound = new Audio();
  sound.preload = "none";
  sound.src = address;
  let start = 0;
  sound.ontimeupdate = () => listener.moved(sound.currentTime);
  sound.onplay = () => listener.playing(true);
  sound.onpause = () => listener.playing(false);
  sound.onended = () => listener.ended();
  sound.onerror = () => listener.failed();
  sound.onloadedmetadata = () => {
    if (start) sound.currentTime = start;
  };
  return {
    play(from) {
      start = from;
      if (sound.readyState > 0) sound.currentTime = from;
      sound.play().catch(() => listener.failed());
    },
    pause: () => sound.pause(),
    seek: (to) => (sound.currentTime = to),
    setSpeed: (speed) => (sound.playbackRate = sound.defaultPlaybackRate = speed),
    close() {
      sound.pause();
      sound.onerror = null;
      sound.removeAttribute("src");
    },
  };
}

function inBackground(address: string, title: string, listener: Listener): Player {
  const manager = uni.getBackgroundAudioManager();
  const sound = manager as typeof manager & { playbackRate: number };
  let begun = false;
  sound.onTimeUpdate(() => listener.moved(sound.currentTime));
  sound.onPlay(() => listener.playing(true));
  sound.onPause(() => listener.playing(false));
  sound.onStop(() => listener.playing(false));
  sound.onEnded(() => {
    begun = false;
    listener.ended();
  });
  sound.onError(() => listener.failed());
  return {
    play(from) {
      if (begun) return sound.play();
      begun = true;
      sound.title = title;
      sound.startTime = from;
      sound.src = address;
    },
    pause: () => sound.pause(),
    seek: (to) => sound.seek(to),
    setSpeed: (speed) => (sound.playbackRate = speed),
    close: () => undefined, // whoever leaves the page goes on listening
  };
}
