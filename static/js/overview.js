// @ts-check
/* Overview and groups: rows and figures follow each sample; a turn of status brings the lists anew. */
import { showFigures, showGroup } from "./fields.js";
import { startFilters } from "./filters.js";
import { follow, isReachabilityTurned } from "./follow.js";
import { startLive } from "./live.js";

/** @param {import("./socket.js").Message} message */
function onMessage(message) {
  const { cluster, groups, figures } = message.body;
  let isTurned = isReachabilityTurned(cluster.unreachable_since);
  for (const group of groups) {
    if (Date.parse(group.status_since) >= Date.parse(message.at)) isTurned = true;
    for (const row of document.querySelectorAll(`tr[data-group="${group.id}"]`)) {
      if (row.getAttribute("data-status") !== group.status) isTurned = true;
      showGroup(row, group);
    }
  }
  const place = document.querySelector('[data-region="figures"]');
  if (place && figures.groups !== undefined) showFigures(place, figures);
  follow(isTurned);
}

startFilters();
startLive(onMessage);
