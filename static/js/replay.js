// @ts-check
/* One replay: progress follows each message, a turn of state brings the page's parts anew. */
import { startLive } from "./live.js";
import { refresh } from "./regions.js";
import { count, duration, rate } from "./words.js";

const main = /** @type {HTMLElement} */ (document.querySelector("main"));

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
  // Its end is told a moment before the rows that describe it can all be read.
  if (isTurned || body.finished_at !== null) refresh();
}

document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (!(button instanceof HTMLElement)) return;
  const text = document.querySelector(button.dataset.copy ?? "")?.textContent ?? "";
  await navigator.clipboard.writeText(text);
  button.textContent = "Copied";
});

startLive(onMessage);
