// @ts-check
/* Fetches the page anew over HTTP and swaps its named regions; what is not a region stays. */
import { updateTimes } from "./times.js";

const PAUSE_MS = 1000;
const READ_WITH_REGIONS = [
  "sampledAt",
  "unreachableSince",
  "clusterUnreachableSince",
  "staleAfter",
  "status",
];
/** @type {Promise<void> | null} */
let running = null;
let again = false;
let isReachable = true;
let retry = 0;

/** Whether the last fetch was answered. */
export function isAnswered() {
  return isReachable;
}

/**
 * Refresh, but not together with every other browser that heard the same message.
 * @param {number} withinMs
 */
export async function refreshWithin(withinMs) {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * withinMs));
  await refresh();
}

/** Fetch and swap; calls that come meanwhile are answered by one more fetch. */
export function refresh() {
  if (running) {
    again = true;
    return running;
  }
  running = load().finally(() => {
    running = null;
    if (!again) return;
    again = false;
    setTimeout(refresh, PAUSE_MS);
  });
  return running;
}

async function load() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (response.redirected && new URL(response.url).pathname === "/login") {
      location.assign(response.url);
      return;
    }
    if (!response.ok) throw new Error(String(response.status));
    isReachable = true;
    swap(new DOMParser().parseFromString(await response.text(), "text/html"));
    tellReachable();
  } catch {
    isReachable = false;
    tellReachable();
    clearTimeout(retry);
    retry = setTimeout(refresh, 5 * PAUSE_MS);
  }
}

/** @param {Document} fresh */
function swap(fresh) {
  for (const old of document.querySelectorAll("[data-region]")) {
    const name = old.getAttribute("data-region");
    const replacement = fresh.querySelector(`[data-region="${name}"]`);
    if (replacement) keepFocus(old, () => old.replaceChildren(...replacement.childNodes));
  }
  const main = document.querySelector("main");
  const freshMain = fresh.querySelector("main");
  if (main && freshMain) {
    for (const name of READ_WITH_REGIONS) {
      const value = freshMain.dataset[name];
      if (value !== undefined) main.dataset[name] = value;
    }
  }
  updateTimes();
  document.dispatchEvent(new CustomEvent("highwater:regions"));
}

/**
 * Give the focus back to the link or button that had it, by its text and place.
 * @param {Element} region
 * @param {() => void} change
 */
function keepFocus(region, change) {
  const focused = document.activeElement;
  const scrolled = region.querySelector(".sheet")?.scrollLeft ?? 0;
  const key = focused && region.contains(focused) ? labelOf(focused) : null;
  change();
  const sheet = region.querySelector(".sheet");
  if (sheet) sheet.scrollLeft = scrolled;
  if (key === null) return;
  for (const element of region.querySelectorAll("a, button, [tabindex]")) {
    if (element instanceof HTMLElement && labelOf(element) === key) {
      element.focus({ preventScroll: true });
      return;
    }
  }
}

/** @param {Element} element */
function labelOf(element) {
  return `${element.getAttribute("aria-label") ?? ""} ${element.textContent?.trim()}`;
}

function tellReachable() {
  const notice = document.querySelector("[data-fetch-notice]");
  if (notice instanceof HTMLElement) notice.hidden = isReachable;
}
