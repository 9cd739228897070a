// @ts-check
/* The exact time lag of a partition, read from its log when somebody asks. */
import { duration } from "./words.js";

/** @typedef {{ text: string, title: string, isError: boolean }} Answer */

const UNANSWERED = { text: "No answer: try again.", title: "", isError: true };

/** Partitions that are being asked about. @type {Set<string>} */
const asked = new Set();

export function startExact() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-exact]") : null;
    const row = button?.closest("tr");
    if (button instanceof HTMLElement && row) ask(row.dataset.partition ?? "", button);
  });
}

/**
 * @param {string} partition
 * @param {HTMLElement} button
 */
async function ask(partition, button) {
  if (asked.has(partition)) return;
  asked.add(partition);
  say(partition, { text: "reads the record\u2026", title: "", isError: false });
  say(partition, await answered(button.dataset.exact ?? "").catch(() => UNANSWERED));
  asked.delete(partition);
}

/**
 * @param {string} url
 * @returns {Promise<Answer>}
 */
async function answered(url) {
  const response = await fetch(url);
  const body = await response.json();
  if (!response.ok) return { ...UNANSWERED, text: body.detail ?? UNANSWERED.text };
  if (body.appended_at === null) return { text: "nothing waits", title: "", isError: false };
  return {
    text: `${duration(body.time_lag_seconds)} by ${body.time_lag_method}`,
    title: `The record at offset ${body.committed} was appended at ${body.appended_at}.`,
    isError: false,
  };
}

/**
 * In the row of the partition as it is by now: rows may have been read anew since.
 * @param {string} partition
 * @param {Answer} answer
 */
function say(partition, answer) {
  const place = document.querySelector(`tr[data-partition="${partition}"] [data-answer]`);
  if (!(place instanceof HTMLElement)) return;
  place.textContent = answer.text;
  place.title = answer.title;
  place.classList.toggle("up", answer.isError);
}
