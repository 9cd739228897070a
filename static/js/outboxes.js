// @ts-check
/* The list of outboxes: rows follow each sample. */
import { showOutbox } from "./fields.js";
import { startLive } from "./live.js";
import { refresh } from "./regions.js";

startLive((message) => {
  const row = document.querySelector(`tr[data-outbox="${message.body.id}"]`);
  if (!row || row.getAttribute("data-status") !== message.body.status) refresh();
  if (row) showOutbox(row, message.body);
});
