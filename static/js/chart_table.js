// @ts-check
/* The table behind a chart: what the lines show, for those who cannot see or point at them. */
import { exactTime } from "./times.js";

const MOST_ROWS = 300;

/**
 * Newest first; of very many points every nth.
 * @param {HTMLElement} place
 * @param {string[]} titles
 * @param {number[]} times
 * @param {(number | null)[][]} columns
 * @param {(value: number) => string} format
 */
export function fillTable(place, titles, times, columns, format) {
  const step = Math.max(1, Math.ceil(times.length / MOST_ROWS));
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const title of ["Time", ...titles]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = title;
    if (title !== "Time") cell.className = "num";
    head.append(cell);
  }
  const body = table.createTBody();
  for (let index = times.length - 1; index >= 0; index -= step) {
    const row = body.insertRow();
    row.insertCell().textContent = exactTime((times[index] ?? 0) * 1000);
    for (const column of columns) {
      const cell = row.insertCell();
      const value = column[index];
      cell.className = "num";
      cell.textContent = value == null ? "no data" : format(value);
    }
  }
  place.replaceChildren(table);
}
