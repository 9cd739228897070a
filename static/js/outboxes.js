// @ts-check
/* The list of outboxes: rows follow each sample. */
import { showOutbox } from "./fields.js";
import { follow } from "./follow.js";
import { startLive } from "./live.js";

startLive((message) => {
  const row = document.querySelector(`tr[data-outbox="${message.body.id}"]`);
  if (row) showOutbox(row, message.body);
  follow(!row || row.getAttribute("data-status") !== message.body.status);
});
