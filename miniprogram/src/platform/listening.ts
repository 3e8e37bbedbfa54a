/** How much was really played: counted from the player's own movement, told to the server in heartbeats. */
export interface Beat {
  position_s: number;
  played_s: number;
  speed: number;
}
const EVERY_S = 30;
const WORTH_TELLING_S = 1;
const LONGEST_STEP_S = 5; // a larger step is a jump and not sound

export class Listening {
  private last: number | undefined;
  private played = 0;
  private speed = 1;

  constructor(private readonly tell: (beat: Beat) => unknown) {}

  moved(to: number, speed: number): void {
    const step = this.last === undefined ? 0 : to - this.last;
    if (step > 0 && step <= LONGEST_STEP_S) this.played += step;
    this.last = to;
    this.speed = speed;
    if (this.played >= EVERY_S) this.report();
  }

  jumped(to: number): void {
    this.last = to;
  }

  /** Tell what has been played since the last time, if there is anything to tell. */
  report(): void {
    if (this.last === undefined || this.played < WORTH_TELLING_S) return;
    const tenths = (value: number) => Math.round(value * 10) / 10;
    this.tell({ position_s: tenths(this.last), played_s: tenths(this.played), speed: this.speed });
    this.played = 0;
  }
}
