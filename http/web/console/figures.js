// Figures out of the totals that the engine tells, and how they are written.

/** The last `size` values, in memory that does not grow. */
export class Ring {
  #values;
  #next = 0;
  #count = 0;

  constructor(size) {
    this.#values = new Array(size).fill(null);
  }

  push(value) {
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#values.length;
    this.#count = Math.min(this.#count + 1, this.#values.length);
  }

  get length() {
    return this.#count;
  }

  /** Oldest first. */
  toArray() {
    const size = this.#values.length;
    return Array.from({ length: this.#count }, (_, i) => this.#values[(this.#next - this.#count + i + size) % size]);
  }

  /** The value `back` places before the newest one, or undefined. */
  at(back) {
    const size = this.#values.length;
    return back < this.#count ? this.#values[(this.#next - 1 - back + size) % size] : undefined;
  }

  clear() {
    this.#count = 0;
  }
}

/** What of a histogram was counted between two moments. */
export function histogramBetween(before, after) {
  const counts = after.counts.map((count, i) => Math.max(0, count - (before?.counts[i] ?? 0)));
  return { bounds_seconds: after.bounds_seconds, counts };
}

/** Seconds below which the share `q` lies, as straight lines between the bounds tell it; null if nothing was counted. */
export function quantile(histogram, q) {
  const total = histogram.counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const bounds = histogram.bounds_seconds;
  let left = q * total;
  for (let i = 0; i < histogram.counts.length; ++i) {
    const count = histogram.counts[i];
    if (count >= left && count > 0) {
      const low = i === 0 ? 0 : bounds[i - 1];
      return i < bounds.length ? low + (bounds[i] - low) * (left / count) : low;
    }
    left -= count;
  }
  return bounds[bounds.length - 1];
}

/** What happened a second between two totals; null if they are not of one run. */
export function rate(before, after, seconds) {
  if (before === undefined || before === null || seconds <= 0 || after < before) return null;
  return (after - before) / seconds;
}

const halfLifeSeconds = 30;

/**
 * New ones a second, out of a count that fades by half in 30 seconds. Without an earlier count: what would
 * keep the count where it is. Counts are rounded, so less than one is none.
 */
export function rateOfFading(before, after, seconds) {
  if (before === undefined || seconds <= 0) return (after * Math.LN2) / halfLifeSeconds;
  const fresh = after - before * 2 ** (-seconds / halfLifeSeconds);
  return fresh < 0.75 ? 0 : fresh / seconds;
}

export const sum = (object) => Object.values(object ?? {}).reduce((all, each) => all + each, 0);

// ---- how they are written ----

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

export const formatCount = (value) => whole.format(value);

export function formatShort(value) {
  return Math.abs(value) < 10_000 ? whole.format(Math.round(value)) : short.format(value);
}

/** A rate or another number that may be small. */
export function formatRate(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0 || value >= 100) return formatShort(value);
  return value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0);
}

/** A time, as `[number, unit]`. */
export function secondsParts(seconds) {
  if (seconds === null || seconds === undefined) return ["–", ""];
  const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
  if (seconds < 0.001 && seconds > 0) return [(seconds * 1e6).toFixed(0), "µs"];
  if (seconds < 1) return [seconds === 0 ? "0" : digits(seconds * 1e3), "ms"];
  if (seconds < 120) return [digits(seconds), "s"];
  if (seconds < 7_200) return [(seconds / 60).toFixed(0), "min"];
  return [(seconds / 3_600).toFixed(1), "h"];
}

export const formatSeconds = (seconds) => secondsParts(seconds).join(" ").trim();

export function formatBytes(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; bytes >= 1_024 && unit < units.length - 1; ++unit) bytes /= 1_024;
  return `${unit === 0 || bytes >= 100 ? bytes.toFixed(0) : bytes.toFixed(1)} ${units[unit]}`;
}

export function formatClock(time) {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? "" : at.toLocaleTimeString("en-GB");
}

export function formatMoney(amount, currency) {
  if (typeof amount !== "number") return "";
  return `${amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}${currency ? ` ${currency}` : ""}`;
}

export const words = (name) => String(name).replaceAll("_", " ");
