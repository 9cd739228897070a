// @ts-check
/* Numbers in words, as `dashboard/words.py` says them; one table of cases tests both. */

export const DASH = "\u2013";
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const KEEPS_UP_SECONDS = 10;
const KEEPS_UP_SHARE = 0.1;
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** @typedef {{ perSecond: number, direction: "up" | "down" | "level" }} Trend */

/** @param {number} number */
function short(number) {
  const rounded = Math.round(number * 10) / 10;
  if (Math.abs(rounded) >= 10 || Number.isInteger(rounded)) return whole.format(rounded);
  return rounded.toFixed(1);
}

/** @param {number | null | undefined} number */
export function count(number) {
  return number == null ? DASH : whole.format(number);
}

/** @param {number} number */
export function compact(number) {
  for (const [size, letter] of /** @type {[number, string][]} */ ([
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ])) {
    if (Math.abs(number) >= size) return short(number / size) + letter;
  }
  return short(number);
}

/** @param {number | null | undefined} perSecond */
export function rate(perSecond) {
  if (perSecond == null) return DASH;
  return Math.abs(perSecond) >= 10 ? whole.format(perSecond) : short(perSecond);
}

/**
 * A group's rates of 15 minutes, beside those of the last one.
 * @param {number | null | undefined} produced
 * @param {number | null | undefined} consumed
 */
export function quarter(produced, consumed) {
  if (produced == null && consumed == null) return "15 min: not known yet";
  return `15 min: ${rate(produced)} in, ${rate(consumed)} out`;
}

/**
 * @param {number | null | undefined} seconds
 * @returns {[string, string][]}
 */
export function durationParts(seconds) {
  if (seconds == null) return [];
  if (seconds < 10) return [[short(Math.max(0, seconds)), "s"]];
  const all = Math.trunc(seconds);
  if (all < MINUTE) return [[String(all), "s"]];
  if (all < HOUR) return pair(all, MINUTE, "min", all < 10 * MINUTE ? 1 : 0, "s");
  if (all < DAY) return pair(all, HOUR, "h", MINUTE, "min");
  return pair(all, DAY, "d", HOUR, "h");
}

/**
 * @param {number} all
 * @param {number} big
 * @param {string} bigUnit
 * @param {number} small
 * @param {string} smallUnit
 * @returns {[string, string][]}
 */
function pair(all, big, bigUnit, small, smallUnit) {
  /** @type {[string, string][]} */
  const parts = [[whole.format(Math.trunc(all / big)), bigUnit]];
  const rest = small ? Math.trunc((all % big) / small) : 0;
  if (rest) parts.push([String(rest), smallUnit]);
  return parts;
}

/** @param {number | null | undefined} seconds */
export function duration(seconds) {
  return durationParts(seconds).map((part) => part.join(" ")).join(" ") || DASH;
}

/**
 * @param {number | null | undefined} grows
 * @param {number | null | undefined} shrinks
 * @returns {Trend | null}
 */
export function trend(grows, shrinks) {
  if (grows == null || shrinks == null) return null;
  const moves = grows - shrinks;
  if (Math.abs(moves) < 0.05) return { perSecond: 0, direction: "level" };
  return { perSecond: moves, direction: moves > 0 ? "up" : "down" };
}

/** @param {Trend} moves */
export function trendText(moves) {
  const arrow = { up: "\u25b2", down: "\u25bc", level: "=" }[moves.direction];
  return `${arrow} ${compact(Math.abs(moves.perSecond))} /s`;
}

/**
 * @param {number | null | undefined} waiting
 * @param {number | null | undefined} grows
 * @param {number | null | undefined} shrinks
 */
export function drainSeconds(waiting, grows, shrinks) {
  if (waiting === 0) return 0;
  if (waiting == null || grows == null || shrinks == null || shrinks <= grows) return null;
  return Math.round((1000 * waiting) / (shrinks - grows)) / 1000;
}

/**
 * @param {number | null | undefined} waiting
 * @param {number | null | undefined} grows
 * @param {number | null | undefined} shrinks
 */
export function outlook(waiting, grows, shrinks) {
  if (waiting === 0) return "caught up";
  const moves = trend(grows, shrinks);
  if (waiting == null || shrinks == null || moves === null) return DASH;
  const isLittle = waiting <= shrinks * KEEPS_UP_SECONDS;
  if (isLittle && moves.perSecond <= shrinks * KEEPS_UP_SHARE) return "keeps up";
  const seconds = drainSeconds(waiting, grows, shrinks);
  if (seconds !== null) return `drains in ${duration(seconds)}`;
  return moves.direction === "up" ? "never at this rate" : "steady";
}

/** One that would be invisible is said in words. @param {string} name */
export function shownName(name) {
  return name.trim() ? name : `(blank name of ${name.length} characters)`;
}

/** @param {string | null | undefined} status */
export function statusWord(status) {
  if (status === "OK") return "OK";
  const word = status || "unknown";
  return word[0]?.toUpperCase() + word.slice(1).toLowerCase();
}

/**
 * What stands beside a group's status: the one that it had, and that samples find now.
 * @param {string} rawStatus
 * @param {number} rawTicks
 * @param {string | null} lastStatus
 */
export function aside(rawStatus, rawTicks, lastStatus) {
  const told = lastStatus ? [`It was ${statusWord(lastStatus)} before.`] : [];
  if (rawTicks) {
    const samples = rawTicks === 1 ? "The last sample" : `Each of the last ${rawTicks} samples`;
    told.push(`${samples} found it ${statusWord(rawStatus)}.`);
  }
  return told.join(" ");
}

/**
 * How many records are lost; nothing where none is, or none is known.
 * @param {number | null | undefined} records
 */
export function lostNote(records) {
  return records ? `${count(records)} ${records === 1 ? "record" : "records"} lost` : "";
}

/** @type {Record<string, string>} */
const LOSSES = { time: "by time", size: "by size", about_size: "about, by size" };

/**
 * Beside the time until retention may delete unread records.
 * @param {number | null | undefined} seconds
 * @param {string | null | undefined} by
 */
export function lossNote(seconds, by) {
  if (seconds == null) return "none is foreseen";
  return by ? `${LOSSES[by]}, at the earliest` : "at the earliest";
}
