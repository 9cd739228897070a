// @ts-check
/* Rows of partitions, brought up to date from a group's live message. */
import { show } from "./fields.js";
import { DASH, count, duration, statusWord } from "./words.js";

/**
 * @typedef {object} TopicReading
 * @property {number} topic_id
 * @property {(number | null)[]} committed
 * @property {(number | null)[]} log_end
 * @property {(number | null)[]} time_lag_seconds
 * @property {(string | null)[]} statuses
 */

/**
 * Records between commit and end; what lies before the log's start is gone and does not count.
 * @param {number | null | undefined} committed
 * @param {number | null} logStart
 * @param {number | null | undefined} logEnd
 */
function lagOf(committed, logStart, logEnd) {
  if (logEnd == null) return null;
  if (committed == null) return logStart === logEnd ? 0 : null;
  return Math.max(0, logEnd - Math.max(committed, logStart ?? 0));
}

/** @param {TopicReading[]} topics */
export function showPartitions(topics) {
  for (const topic of topics) {
    topic.log_end.forEach((_end, partition) => {
      const row = document.querySelector(`tr[data-partition="${topic.topic_id}:${partition}"]`);
      if (row instanceof HTMLElement) showPartition(row, topic, partition);
    });
  }
}

/**
 * @param {HTMLElement} row
 * @param {TopicReading} topic
 * @param {number} partition
 */
function showPartition(row, topic, partition) {
  const start = row.dataset.logStart ? Number(row.dataset.logStart) : null;
  const committed = topic.committed[partition];
  const end = topic.log_end[partition];
  const lag = lagOf(committed, start, end);
  set(row, "committed", count(committed));
  set(row, "log_end", count(end));
  set(row, "lag", count(lag));
  set(row, "time_lag_seconds", duration(topic.time_lag_seconds[partition]));
  const pill = row.querySelector('[data-field="status"]');
  const status = topic.statuses[partition] ?? "UNKNOWN";
  if (pill) show(pill, { text: statusWord(status), css: `st ${status.toLowerCase()}` });
}

/**
 * @param {HTMLElement} row
 * @param {string} field
 * @param {string} text
 */
function set(row, field, text) {
  const element = row.querySelector(`[data-field="${field}"]`);
  if (!element || element.textContent === text) return;
  show(element, { text, css: text === DASH ? "dim" : "" });
  element.removeAttribute("title");
}

/**
 * A topic's lag over the partitions whose lag is known; null where none is.
 * @param {TopicReading[]} topics
 * @param {number} id
 */
export function topicLag(topics, id) {
  const topic = topics.find((one) => one.topic_id === id);
  if (!topic) return null;
  const known = topic.log_end
    .map((end, partition) => lagOf(topic.committed[partition], null, end))
    .filter((lag) => lag !== null);
  return known.length ? known.reduce((sum, lag) => sum + lag, 0) : null;
}
