// @ts-check
/* One group: figures, charts and partitions follow each sample. */
import { Chart } from "./chart.js";
import { Charts } from "./charts.js";
import { keepAnswers, startExact } from "./exact.js";
import { showGroup } from "./fields.js";
import { follow, isReachabilityTurned } from "./follow.js";
import { startLive } from "./live.js";
import { showPartitions, topicLag } from "./partitions.js";
import { compact, duration } from "./words.js";

/** @typedef {{ id: number, name: string, lag: (number | null)[] }} TopicSeries */

const MOST_TOPICS = 4;
const OWN_MESSAGE_WITHIN_MS = 1500;
/** Ids of the topics that have a line of their own. @type {number[]} */
let topicLines = [];

/** @param {any} series @returns {TopicSeries[]} */
function ownLines(series) {
  return series.topics.length > 1 ? series.topics.slice(0, MOST_TOPICS) : [];
}

/**
 * @param {(id: string) => HTMLElement} section
 * @param {any} series
 */
function make(section, series) {
  const topics = ownLines(series);
  topicLines = topics.map((topic) => topic.id);
  const tokens = ["--accent", "--rewind", "--ink-2", "--ink-3"];
  const total = {
    label: topics.length ? "all topics" : (series.topics[0]?.name ?? "lag"),
    token: "--accent",
    css: "hue0",
    isFilled: true,
  };
  const lines = topics.map((topic, index) => ({
    label: topic.name,
    token: tokens[(index + 1) % tokens.length] ?? "--ink-3",
    css: ["hue1 dashed", "hue-plain dashed"][index % 2] ?? "",
    isDashed: true,
  }));
  return [
    new Chart(section("lag"), { lines: [total, ...lines], format: compact, hasNoteWords: true }),
    new Chart(section("time-lag"), {
      lines: [{ label: "worst partition", token: "--stall", css: "stall", isFilled: true }],
      format: duration,
    }),
    new Chart(section("rates"), {
      lines: [
        { label: "produced", token: "--ink-3", css: "hue-plain" },
        { label: "consumed", token: "--ok", css: "ok" },
      ],
      format: compact,
    }),
  ];
}

const charts = new Charts(make, (series) => [
  [series.lag, ...ownLines(series).map((topic) => topic.lag)],
  [series.time_lag_seconds],
  [series.produced_per_second, series.consumed_per_second],
]);

/** @param {import("./socket.js").Message} message */
function onMessage(message) {
  if (message.topic.startsWith("group.")) onGroup(message);
  else onTick(message);
}

/** @param {import("./socket.js").Message} message */
function onGroup(message) {
  const { body } = message;
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  const isTurned = main.dataset.status !== body.status;
  main.dataset.status = body.status;
  showGroup(main, body);
  showPartitions(body.topics);
  keepAnswers();
  charts.push(message.at, [
    [body.lag, ...topicLines.map((id) => topicLag(body.topics, id))],
    [body.time_lag_seconds],
    [body.produced_per_second, body.consumed_per_second],
  ]);
  follow(isTurned || !!body.gone_at);
  if (isTurned) charts.load(); // for the line that marks the turn
}

/**
 * The cluster was sampled. A group of which nothing comes then is as it was, and its lines go on.
 * @param {import("./socket.js").Message} message
 */
function onTick(message) {
  const { cluster } = message.body;
  if (isReachabilityTurned(cluster.unreachable_since)) follow(true);
  if (cluster.unreachable_since) return;
  setTimeout(() => charts.repeat(message.at), OWN_MESSAGE_WITHIN_MS);
}

charts.load();
startExact();
startLive(onMessage, () => charts.load());
