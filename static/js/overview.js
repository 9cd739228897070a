// @ts-check
/* Overview and groups: rows follow each sample; a change of status brings the lists anew. */
import { showGroup } from "./fields.js";
import { startFilters } from "./filters.js";
import { startLive } from "./live.js";
import { refresh } from "./regions.js";

/* Figures, strips and lists hold more than a message tells; they follow at this pace. */
const LISTS_FOLLOW_MS = 10_000;
let refreshedAt = Date.now();

/** @param {import("./socket.js").Message} message */
function onMessage(message) {
  const { cluster, groups } = message.body;
  let isTurned = turnedReachable(cluster);
  for (const group of groups) {
    const rows = document.querySelectorAll(`tr[data-group="${group.id}"]`);
    for (const row of rows) {
      if (row.getAttribute("data-status") !== group.status) isTurned = true;
      showGroup(row, group);
    }
    if (!rows.length && group.status !== "OK") isTurned = true;
  }
  if (isTurned || Date.now() - refreshedAt > LISTS_FOLLOW_MS) {
    refreshedAt = Date.now();
    refresh();
  }
}

/** @param {any} cluster */
function turnedReachable(cluster) {
  const main = document.querySelector("main");
  return !!main && !!main.dataset.unreachableSince !== !!cluster?.unreachable_since;
}

startFilters();
startLive(onMessage);
