// @ts-check
/* Waiting rows by event type, most first, brought up to date from an outbox's live message. */
import { count, shownName } from "./words.js";

/** @param {Record<string, number>} byType */
export function showTypes(byType) {
  const place = document.querySelector("[data-types]");
  const table = place?.querySelector("table");
  const nothing = place?.querySelector(".pad");
  if (!table || !(nothing instanceof HTMLElement)) return;
  const types = Object.entries(byType).sort(([, one], [, other]) => other - one);
  table.tBodies[0]?.replaceChildren(...types.map(([name, rows]) => row(name, rows)));
  table.hidden = !types.length;
  nothing.hidden = types.length > 0;
  nothing.textContent = "Nothing waits.";
}

/**
 * @param {string} name
 * @param {number} rows
 */
function row(name, rows) {
  const line = document.createElement("tr");
  const title = line.insertCell();
  title.className = "mono";
  title.textContent = shownName(name);
  const number = line.insertCell();
  number.className = "num";
  number.textContent = count(rows);
  return line;
}
