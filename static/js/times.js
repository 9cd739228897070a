// @ts-check
/* Keeps relative times running, and puts exact ones into the browser's zone. */
import { duration } from "./words.js";

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
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
  const isToday = moment.toDateString() === new Date().toDateString();
  return isToday ? clock.format(moment) : `${day.format(moment)} ${clock.format(moment)}`;
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
    const age = steady(secondsSince(moment.getTime()));
    const kind = element.dataset.time;
    const text = kind === "clock" ? clockTime(moment) : kind === "ago" ? `${age} ago` : age;
    if (element.textContent !== text) element.textContent = text;
  }
}

export { steady as steadyDuration };
