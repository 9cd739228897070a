// @ts-check
/* The list of outboxes: rows follow each sample. */
import { showOutbox } from "./fields.js";
import { follow, followCluster } from "./follow.js";
import { startLive } from "./live.js";

/** @param {import("./socket.js").Message} message */
function onMessage(message) {
  const { body } = message;
  if (body.cluster) {
    followCluster(body.cluster);
    return;
  }
  const row = document.querySelector(`tr[data-outbox="${body.id}"]`);
  if (row) showOutbox(row, body);
  follow(!row || row.getAttribute("data-status") !== body.status);
}

startLive(onMessage);
