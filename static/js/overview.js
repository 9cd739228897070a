// @ts-check
/* Overview and groups: rows and figures follow each sample; a turn of status brings the lists anew. */
import { showFigures, showGroup } from "./fields.js";
import { startFilters } from "./filters.js";
import { follow, isReachabilityTurned } from "./follow.js";
import { startLive } from "./live.js";
import { shownName } from "./words.js";

/** @param {import("./socket.js").Message} message */
function onMessage(message) {
  const { cluster, groups, groups_gone: gone, figures } = message.body;
  let isTurned = isReachabilityTurned(cluster.unreachable_since);
  for (const group of groups) {
    if (Date.parse(group.status_since) >= Date.parse(message.at)) isTurned = true;
    for (const row of document.querySelectorAll(`tr[data-group="${group.id}"]`)) {
      if (row.getAttribute("data-status") !== group.status) isTurned = true;
      showGroup(row, group);
    }
  }
  if (gone?.some(isShown)) isTurned = true;
  const place = document.querySelector('[data-region="figures"]');
  if (place && figures.groups !== undefined) {
    showFigures(place, figures);
    nameWorst(place, figures.worst_time_lag_group);
  }
  follow(isTurned);
}

/** @param {number} id */
function isShown(id) {
  return document.querySelector(`tr[data-group="${id}"]`) !== null;
}

/**
 * The worst time lag stands beside the name of its group; another group may have it by now.
 * @param {Element} place
 * @param {{ id: number, name: string } | null | undefined} worst
 */
function nameWorst(place, worst) {
  const link = place.querySelector("a[data-worst]");
  if (!(link instanceof HTMLAnchorElement)) return;
  link.hidden = !worst;
  if (!worst) return;
  link.textContent = shownName(worst.name);
  link.href = link.href.replace(/groups\/\d+/, `groups/${worst.id}`);
}

startFilters();
startLive(onMessage);
