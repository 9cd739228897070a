// @ts-check
/* A page's live part: badge, pause, age, and what to do with each message. */
import { refresh } from "./regions.js";
import { Socket } from "./socket.js";
import { showStale } from "./stale.js";
import { exactTime, secondsSince, steadyDuration, updateTimes } from "./times.js";

/** @typedef {import("./socket.js").Message} Message */

const main = /** @type {HTMLElement} */ (document.querySelector("main"));
const badge = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-live]"));
let isPaused = false;
let missedWhilePaused = false;
/** @type {import("./stale.js").Connection} */
let connection = "off";

/** Milliseconds of the sample that the page shows; 0 where there is none. */
function sampledAt() {
  return Date.parse(main.dataset.sampledAt ?? "") || 0;
}

/**
 * Subscribe to the page's topics. `onMessage` brings the page up to date; `onMissed` reads again
 * what regions do not hold.
 * @param {(message: Message) => void} onMessage
 * @param {() => void} [onMissed]
 */
export function startLive(onMessage, onMissed = () => {}) {
  const topics = (main.dataset.topic ?? "").split(" ").filter(Boolean);
  const catchUp = () => {
    if (isPaused) {
      missedWhilePaused = true;
      return;
    }
    refresh();
    onMissed();
  };
  const listener = {
    /** @param {Message} message */
    onMessage(message) {
      if (isPaused) {
        missedWhilePaused = true;
        return;
      }
      const { body } = message;
      // A cluster's tick says nothing of how old an outbox's numbers are.
      const isOther = body.cluster && main.dataset.clusterUnreachableSince !== undefined;
      const at = isOther ? null : (body.cluster ?? body).sampled_at;
      if (at) main.dataset.sampledAt = at;
      onMessage(message);
      tick();
    },
    onMissed: catchUp,
    /** @param {import("./socket.js").State} state */
    onState(state) {
      connection = state;
      tick();
    },
  };
  new Socket(topics, listener, sampledAt());
  badge?.addEventListener("click", () => {
    isPaused = !isPaused;
    if (!isPaused && missedWhilePaused) {
      missedWhilePaused = false;
      catchUp();
    }
    tick();
  });
}

function tick() {
  updateTimes();
  showBadge();
  showStale(sampledAt(), connection, isPaused);
}

function showBadge() {
  if (!badge) return;
  const state = isPaused ? "paused" : connection;
  badge.dataset.state = state;
  badge.setAttribute("aria-pressed", String(isPaused));
  badge.title = isPaused ? "Go on with live updates" : "Pause live updates";
  const words = { on: "Live", paused: "Paused", reconnecting: "Reconnecting", off: "Connecting" };
  setText("[data-live-word]", words[/** @type {keyof typeof words} */ (state)]);
  const at = sampledAt();
  setText("[data-live-age]", at ? `\u00b7 ${steadyDuration(secondsSince(at))} ago` : "");
  if (at) badge.title += `; last sample ${exactTime(at)}`;
}

/**
 * @param {string} selector
 * @param {string} text
 */
function setText(selector, text) {
  const element = document.querySelector(selector);
  if (element && element.textContent !== text) element.textContent = text;
}

setInterval(tick, 1000);
document.addEventListener("highwater:regions", tick); // the notices came anew with them
tick();
