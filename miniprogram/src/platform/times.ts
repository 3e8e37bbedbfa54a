/** Times as people say them. The server gives them in the branch's own time zone: what stands there is what is meant. */
import { t } from "@/texts";

const A_DAY_MS = 24 * 3_600_000;

export function parts(iso: string) {
  const [year, month, day] = iso.slice(0, 10).split("-").map(Number);
  return { year, month, day, clock: iso.slice(11, 16), weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
}

/** 2026年11月, of `2026-11` and of any day in it; what is no month yet, while it is typed, stands as it is. */
export function monthOf(iso: string): string {
  const { year, month } = parts(iso);
  return month >= 1 && month <= 12 ? t.time.month(year, month) : iso;
}

/** 11月25日 周三; with its year when that is another one than this. */
export function dayOf(iso: string): string {
  const { year, month, day, weekday } = parts(iso);
  const words = t.time.day(month, day, t.time.weekdays[weekday]);
  return year === thisYear() ? words : t.time.inYear(year, words);
}

/** 11月25日 18:00; with its year when that is another one than this. */
export function momentOf(iso: string): string {
  const { year, month, day, clock } = parts(iso);
  return year === thisYear() ? t.time.moment(month, day, clock) : `${dateOf(iso)} ${clock}`;
}

/** 2019年7月1日, for days whose year matters. */
export function dateOf(iso: string): string {
  const { year, month, day } = parts(iso);
  return t.time.date(year, month, day);
}

const thisYear = () => parts(today().day).year;

/** 11月25日 周三 15:00–17:00 */
export function spanOf(from: string, to: string): string {
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  return `${dayOf(from)} ${parts(from).clock}–${sameDay ? parts(to).clock : momentOf(to)}`;
}

/** Whole days from one instant to another, begun ones counted. */
export function daysBetween(from: string, to: string): number {
  return Math.max(1, Math.ceil((Date.parse(to) - Date.parse(from)) / A_DAY_MS));
}

/** 12:05 */
export function lengthOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
}

/** This phone's day and time, as pickers want them. */
export function today(plusDays = 0): { day: string; clock: string } {
  const shanghai = new Date(Date.now() + (8 * 60 + plusDays * 24 * 60) * 60_000).toISOString();
  return { day: shanghai.slice(0, 10), clock: shanghai.slice(11, 16) };
}

/** This very second, in the branch's time zone. */
export function thisMoment(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19) + "+08:00";
}

/** What two pickers say, as the server wants it. */
export function instant(day: string, clock: string): string {
  return `${day}T${clock}:00+08:00`;
}

export function nowInstant(): string {
  return new Date().toISOString();
}
