// @ts-check
/* One outbox: figures and charts follow each sample. */
import { Chart } from "./chart.js";
import { Charts } from "./charts.js";
import { showOutbox } from "./fields.js";
import { follow, followCluster, isReachabilityTurned } from "./follow.js";
import { startLive } from "./live.js";
import { showTypes } from "./types.js";
import { compact, duration } from "./words.js";

/** @param {(id: string) => HTMLElement} section */
function make(section) {
  return [
    new Chart(section("depth"), {
      lines: [{ label: "waiting", token: "--accent", css: "hue0", isFilled: true }],
      format: compact,
    }),
    new Chart(section("age"), {
      lines: [{ label: "oldest", token: "--stall", css: "stall", isFilled: true }],
      format: duration,
    }),
    new Chart(section("outbox-rates"), {
      lines: [
        { label: "inserted", token: "--ink-3", css: "hue-plain" },
        { label: "published", token: "--ok", css: "ok" },
      ],
      format: compact,
    }),
  ];
}

const charts = new Charts(make, (series) => [
  [series.depth],
  [series.oldest_age_seconds],
  [series.inserted_per_second, series.published_per_second],
]);

/** @param {import("./socket.js").Message} message */
function onMessage(message) {
  if (message.body.cluster) followCluster(message.body.cluster);
  else onOutbox(message);
}

/** @param {import("./socket.js").Message} message */
function onOutbox(message) {
  const { body } = message;
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  const isLost = isReachabilityTurned(body.unreachable_since);
  const isTurned = isLost || main.dataset.status !== body.status;
  main.dataset.status = body.status;
  showOutbox(main, body);
  if (body.unreachable_since === null) {
    showTypes(body.by_type);
    charts.push(message.at, [
      [body.depth],
      [body.oldest_age_seconds],
      [body.inserted_per_second, body.published_per_second],
    ]);
  }
  follow(isTurned);
}

charts.load();
startLive(onMessage, () => charts.load());
