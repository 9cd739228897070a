// @ts-check
/* Under a field for a time: buttons for what is often meant, and what the text means here. */
import { exactTime, secondsSince } from "./times.js";
import { duration } from "./words.js";

const MINUTE_MS = 60_000;
/** @type {[string, number][]} */
const OFFERED = [
  ["15 min ago", 15 * MINUTE_MS],
  ["1 h ago", 60 * MINUTE_MS],
  ["6 h ago", 360 * MINUTE_MS],
  ["24 h ago", 1440 * MINUTE_MS],
];
const HAS_ZONE = /(z|[+-]\d{2}(:?\d{2})?)$/i;
const HAS_CLOCK = /\d[t ]\d{2}/i;

/**
 * @param {HTMLInputElement} input
 * @param {boolean} hasOffers
 */
export function explainTime(input, hasOffers) {
  const meaning = document.createElement("output");
  meaning.className = "help meaning";
  meaning.setAttribute("for", input.id);
  input.after(...(hasOffers ? [offers(input)] : []), meaning);
  const tell = () => {
    meaning.textContent = meaningOf(input.value.trim());
  };
  input.addEventListener("input", tell);
  tell();
}

/** @param {HTMLInputElement} input */
function offers(input) {
  const row = document.createElement("span");
  row.className = "offers";
  for (const [text, agoMs] of OFFERED) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn small";
    button.textContent = text;
    button.addEventListener("click", () => {
      input.value = `${new Date(Date.now() - agoMs).toISOString().slice(0, 19)}Z`;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    row.append(button);
  }
  return row;
}

/**
 * The moment in the browser's zone; nothing for what is no time, which the server says better.
 * @param {string} text UTC where it names no zone
 */
function meaningOf(text) {
  const named = HAS_CLOCK.test(text) && !HAS_ZONE.test(text) ? `${text}Z` : text;
  const moment = text ? new Date(named) : null;
  if (!moment || Number.isNaN(moment.getTime())) return "";
  const isPast = moment.getTime() < Date.now();
  const ago = `${duration(Math.trunc(secondsSince(moment.getTime())))} ago`;
  return `${exactTime(moment)}, ${isPast ? ago : "in the future"}`;
}
