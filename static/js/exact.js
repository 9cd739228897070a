// @ts-check
/* The exact time lag of a partition, read from its log when somebody asks. */
import { count, duration } from "./words.js";

/**
 * It stands while each field of `holds` shows one of its texts in the partition's row: it is about
 * the record at one commit.
 * @typedef {object} Answer
 * @property {() => string} text
 * @property {string} title
 * @property {boolean} isError
 * @property {Record<string, string[]>} holds
 */

/** @type {Answer} */
const ASKING = { text: () => "reads the record\u2026", title: "", isError: false, holds: {} };
const UNANSWERED = "No answer: try again.";

/** By partition. @type {Map<string, Answer>} */
const answers = new Map();

export function startExact() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-exact]") : null;
    const row = button?.closest("tr");
    if (button instanceof HTMLElement && row) ask(row.dataset.partition ?? "", button);
  });
  document.addEventListener("highwater:regions", keepAnswers);
}

/** Rows were read anew, or have other numbers: answers stay as long as they hold. */
export function keepAnswers() {
  for (const [partition, answer] of answers) {
    const row = rowOf(partition);
    if (!row) continue;
    const isHeld = Object.entries(answer.holds).every(([field, texts]) =>
      texts.includes(textOf(row, field))
    );
    if (!isHeld) answers.delete(partition);
    say(row, isHeld ? answer : null, "off");
  }
}

/**
 * @param {string} partition
 * @param {HTMLElement} button
 */
async function ask(partition, button) {
  if (answers.get(partition) === ASKING) return;
  tell(partition, ASKING);
  const url = button.dataset.exact ?? "";
  tell(partition, await answered(url, partition).catch(() => refused(partition, UNANSWERED)));
}

/**
 * @param {string} url
 * @param {string} partition
 * @returns {Promise<Answer>}
 */
async function answered(url, partition) {
  const response = await fetch(url);
  const body = await response.json();
  const at = performance.now();
  if (!response.ok) return refused(partition, body.detail ?? UNANSWERED);
  if (body.appended_at === null) {
    const holds = holdsOf(partition, body, ["committed", "log_end"]);
    return { text: () => "nothing waits", title: "", isError: false, holds };
  }
  const age = () => body.time_lag_seconds + (performance.now() - at) / 1000;
  return {
    text: () => `${duration(age())} by ${body.time_lag_method}`,
    title: `The record at offset ${body.committed} was appended at ${body.appended_at}.`,
    isError: false,
    holds: holdsOf(partition, body, ["committed"]),
  };
}

/**
 * @param {string} partition
 * @param {string} reason
 * @returns {Answer}
 */
function refused(partition, reason) {
  const holds = holdsOf(partition, {}, ["committed"]);
  return { text: () => reason, title: "", isError: true, holds };
}

/**
 * The row's fields as they are, and as the broker told them: it may be ahead of the last sample.
 * @param {string} partition
 * @param {any} body
 * @param {string[]} fields
 */
function holdsOf(partition, body, fields) {
  const row = rowOf(partition);
  return Object.fromEntries(
    fields.map((field) => [field, [row ? textOf(row, field) : "", count(body[field])]]),
  );
}

/** @param {string} partition @param {Answer} answer */
function tell(partition, answer) {
  answers.set(partition, answer);
  const row = rowOf(partition);
  if (row) say(row, answer, "polite");
}

/**
 * An answer that only stays is not announced once more.
 * @param {Element} row
 * @param {Answer | null} answer
 * @param {"polite" | "off"} live
 */
function say(row, answer, live) {
  const place = row.querySelector("[data-answer]");
  if (!(place instanceof HTMLElement)) return;
  place.ariaLive = live;
  place.textContent = answer?.text() ?? "";
  place.title = answer?.title ?? "";
  place.classList.toggle("up", answer?.isError ?? false);
}

/** As it is by now: rows may have been read anew since. @param {string} partition */
function rowOf(partition) {
  return document.querySelector(`tr[data-partition="${partition}"]`);
}

/** @param {Element} row @param {string} field */
function textOf(row, field) {
  return row.querySelector(`[data-field="${field}"]`)?.textContent ?? "";
}
