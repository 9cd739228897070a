// @ts-check
/* One replay: progress follows each message, a turn of state brings the page's parts anew. */
import { startLive } from "./live.js";
import { startOnce } from "./once.js";
import { refresh } from "./regions.js";
import { steadyDuration } from "./times.js";
import { count, duration, rate } from "./words.js";

const PARTITIONS_FOLLOW_MS = 5000;
const COPIED_MS = 2000;
const main = /** @type {HTMLElement} */ (document.querySelector("main"));
let followedAt = Date.now();
let isExpiryTold = false;

/**
 * @param {string} name
 * @param {string} text
 */
function say(name, text) {
  const element = document.querySelector(`[data-replay="${name}"]`);
  if (element) element.textContent = text;
}

/** @param {any} body */
function showProgress(body) {
  const share = body.records_total ? Math.floor((body.records_done * 100) / body.records_total) : null;
  const percent = share === null ? null : Math.min(100, share);
  say("percent", percent === null ? "\u2013" : `${percent}%`);
  say("done", count(body.records_done));
  say("total", count(body.records_total));
  say("rate", body.records_per_second === null ? "" : `${rate(body.records_per_second)} /s`);
  say("left", body.seconds_left === null ? "" : `\u00b7 ${duration(body.seconds_left)} left`);
  const meter = document.querySelector('[data-replay="meter"]');
  if (meter instanceof HTMLProgressElement && percent !== null) meter.value = percent;
}

/** @param {import("./socket.js").Message} message */
function onMessage(message) {
  const { body } = message;
  showProgress(body);
  const isTurned = main.dataset.status !== body.state;
  main.dataset.status = body.state;
  const isLongAgo = Date.now() - followedAt > PARTITIONS_FOLLOW_MS;
  // Its end is told a moment before the rows that describe it can all be read.
  if (!isTurned && !isLongAgo && body.finished_at === null) return;
  followedAt = Date.now();
  // What was said of the step before is no longer so.
  if (isTurned) document.querySelector("[data-until-turned]")?.remove();
  refresh();
}

/** Count down to the plan's end, and bring the buttons up to date when it has come. */
function showValidity() {
  const place = document.querySelector("[data-valid-until]");
  if (!(place instanceof HTMLElement)) return;
  const left = (Date.parse(place.dataset.validUntil ?? "") - Date.now()) / 1000;
  place.textContent = left > 0 ? `valid for ${steadyDuration(left)}` : "expired";
  if (left > 0 || isExpiryTold) return;
  isExpiryTold = true;
  refresh();
}

/** @param {HTMLElement} button */
async function copy(button) {
  const text = document.querySelector(button.dataset.copy ?? "")?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed"; // by the browser; the text can be selected
  }
  setTimeout(() => (button.textContent = "Copy"), COPIED_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button instanceof HTMLElement) copy(button);
});

startOnce();
startLive(onMessage);
showValidity();
setInterval(showValidity, 1000);
document.addEventListener("highwater:regions", showValidity);
