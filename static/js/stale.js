// @ts-check
/* Old data looks old: three ticks without a sample grey the page, and a notice says why. */
import { isAnswered, refreshWithin } from "./regions.js";
import { secondsSince, steadyDuration } from "./times.js";

/** @typedef {"off" | "on" | "reconnecting"} Connection */
/** @typedef {"paused" | "feed" | "worker"} Reason */

const ASK_WITHIN_MS = 1500;
const main = /** @type {HTMLElement} */ (document.querySelector("main"));
/** Whether the server said, over HTTP too, that there is nothing newer. */
let isConfirmed = false;
let isAsking = false;

/**
 * @param {number} sampledAt milliseconds; 0 where the page shows no sample
 * @param {Connection} connection
 * @param {boolean} isPaused
 */
export function showStale(sampledAt, connection, isPaused) {
  const age = secondsSince(sampledAt);
  const isStale = sampledAt > 0 && age > Number(main.dataset.staleAfter ?? 30);
  if (!isStale || connection !== "on") isConfirmed = false;
  main.classList.toggle("stale", isStale);
  const reason = isStale && !main.dataset.unreachableSince ? whyOld(connection, isPaused) : null;
  show(reason, age);
  const isAnybodysGuess = isStale && reason === null && connection === "on";
  if (isAnybodysGuess && !isAsking && isAnswered() && !isConfirmed) confirm();
}

/**
 * Why, as far as the page knows; null where it does not know yet or another notice says it. A
 * silence is the workers' only when the feed is up and the server has nothing newer either.
 * @param {Connection} connection
 * @param {boolean} isPaused
 * @returns {Reason | null}
 */
function whyOld(connection, isPaused) {
  if (isPaused) return "paused";
  if (!isAnswered() || connection === "off") return null;
  if (connection === "reconnecting") return "feed";
  return isConfirmed ? "worker" : null;
}

async function confirm() {
  isAsking = true;
  await refreshWithin(ASK_WITHIN_MS);
  isAsking = false;
  isConfirmed = isAnswered();
}

/**
 * @param {Reason | null} reason
 * @param {number} age seconds
 */
function show(reason, age) {
  const notice = document.querySelector("[data-stale-notice]");
  if (!(notice instanceof HTMLElement)) return;
  notice.hidden = reason === null;
  for (const why of notice.querySelectorAll("[data-stale-why]")) {
    if (why instanceof HTMLElement) why.hidden = why.dataset.staleWhy !== reason;
  }
  const place = notice.querySelector("[data-stale-age]");
  if (place) place.textContent = steadyDuration(age);
}
