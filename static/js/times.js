// @ts-check
/* Keeps relative times running, and puts exact ones into the browser's zone. */
import { duration } from "./words.js";

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const instant = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
});
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

/** @param {number | Date} moment */
export function exactTime(moment) {
  return exact.format(moment);
}

/**
 * The time of day; the day before it where that is not today.
 * @param {Date} moment
 */
export function clockTime(moment) {
  return withDay(moment, clock);
}

/**
 * @param {Date} moment
 * @param {Intl.DateTimeFormat} format
 */
function withDay(moment, format) {
  const isToday = moment.toDateString() === new Date().toDateString();
  return isToday ? format.format(moment) : `${day.format(moment)} ${format.format(moment)}`;
}

/** @param {number} milliseconds */
export function secondsSince(milliseconds) {
  return Math.max(0, (Date.now() - milliseconds) / 1000);
}

/** Whole seconds, for what counts itself must not flicker. @param {number} seconds */
function steady(seconds) {
  return duration(Math.trunc(seconds));
}

export function updateTimes() {
  for (const element of document.querySelectorAll("time[data-time]")) {
    if (!(element instanceof HTMLTimeElement)) continue;
    const moment = new Date(element.dateTime);
    element.title = exactTime(moment);
    const text = timeText(moment, element.dataset.time);
    if (element.textContent !== text) element.textContent = text;
  }
}

/**
 * @param {Date} moment
 * @param {string | undefined} kind
 */
function timeText(moment, kind) {
  if (kind === "clock") return clockTime(moment);
  if (kind === "instant") return withDay(moment, instant);
  const age = steady(secondsSince(moment.getTime()));
  return kind === "ago" ? `${age} ago` : age;
}

export { steady as steadyDuration };
