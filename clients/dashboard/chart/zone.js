// The site's time zone: what the clock on its wall says at a moment, and back. Pure.

const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;
const KEPT = 4000;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const STEPS_S = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200];
const LABEL_PX = 66;

export class Zone {
  /** `name` as IANA spells it; an unknown one throws RangeError. */
  constructor(name) {
    this.name = name;
    this.offsets = new Map();
    this.format = new Intl.DateTimeFormat("en-GB", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  }

  /** Wall clock minus UTC in ms. Offsets change on quarters of an hour, so one answer serves a quarter. */
  offsetMs(ms) {
    const quarter = Math.floor(ms / QUARTER_MS);
    const known = this.offsets.get(quarter);
    if (known !== undefined) return known;
    if (this.offsets.size > KEPT) this.offsets.clear();
    const at = Object.fromEntries(this.format.formatToParts(quarter * QUARTER_MS).map(({ type, value }) => [type, Number(value)]));
    const offset = Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second) - quarter * QUARTER_MS;
    this.offsets.set(quarter, offset);
    return offset;
  }

  wall(ms) {
    return new Date(ms + this.offsetMs(ms)).toISOString();
  }

  /** "14:05", or "14:05:30". */
  time(ms, seconds = false) {
    return this.wall(ms).slice(11, seconds ? 19 : 16);
  }

  /** "Sat 21 Nov". */
  date(ms) {
    const at = new Date(ms + this.offsetMs(ms));
    return `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
  }

  /** The day only when it is another one than that of `nowMs`. */
  moment(ms, nowMs, seconds = true) {
    const day = this.date(ms) === this.date(nowMs) ? "" : `${this.date(ms)} `;
    return day + this.time(ms, seconds);
  }

  /** What a datetime-local field takes: "2026-11-21T14:05". */
  toField(ms) {
    return this.wall(ms).slice(0, 16);
  }

  /**
   * The moment that a datetime-local field means here, or null. Of an hour that comes twice the first, of one that is skipped the hour
   * after.
   */
  fromField(text) {
    const wall = Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`);
    if (Number.isNaN(wall)) return null;
    const early = wall - this.offsetMs(wall - 12 * HOUR_MS);
    const late = wall - this.offsetMs(wall + 12 * HOUR_MS);
    const fitting = [early, late].filter((ms) => ms + this.offsetMs(ms) === wall);
    return fitting.length ? Math.min(...fitting) : early;
  }

  /**
   * Marks of a time axis: [{ms, label, day}] for a window on so many pixels. They stand on whole hours of the wall clock, also on the
   * days of 23 and 25 hours.
   */
  ticks(fromMs, toMs, widthPx) {
    const least = ((toMs - fromMs) / Math.max(1, widthPx)) * LABEL_PX;
    const step = 1000 * (STEPS_S.find((s) => s * 1000 >= least) ?? STEPS_S.at(-1));
    const stride = Math.min(step, HOUR_MS);
    const offset = this.offsetMs(fromMs);
    const marks = [];
    for (let ms = Math.ceil((fromMs + offset) / stride) * stride - offset; ms <= toMs; ms += stride) {
      const wall = this.wall(ms);
      if (step > HOUR_MS && Number(wall.slice(11, 13)) % (step / HOUR_MS) !== 0) continue;
      const day = wall.slice(11, 19) === "00:00:00";
      marks.push({ ms, day, label: day ? this.date(ms) : wall.slice(11, step < 60_000 ? 19 : 16) });
    }
    return marks;
  }
}
