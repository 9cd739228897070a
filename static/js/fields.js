// @ts-check
/* Brings `data-field` elements up to date from a live message, in the words of the server. */
import * as words from "./words.js";

/**
 * @typedef {object} Shown
 * @property {string} text
 * @property {string} [exact]
 * @property {string} [css]
 * @property {[string, string][]} [parts]
 * @property {string} [moment] for a time that counts itself; the text is for where there is none
 */
/** @typedef {Record<string, (body: any) => Shown>} Renderers */

const RATES_UNKNOWN = "The rates are not known yet.";

/**
 * @param {number | null} value
 * @param {Shown} known
 * @param {string} reason
 * @returns {Shown}
 */
function orDash(value, known, reason) {
  return value === null || value === undefined
    ? { text: words.DASH, exact: reason, css: "dim" }
    : known;
}

/** @param {any} body */
function groupTrend(body) {
  return words.trend(body.produced_per_second, body.consumed_per_second);
}

/** States of a group without members: `MEMBERLESS_STATES` of monitor.values. */
const MEMBERLESS = ["Empty", "Dead"];

/**
 * Produced and consumed as forecasts go by them: `flow_of` of monitor.lag.forecast.
 * @param {any} body
 */
function groupFlow(body) {
  const isStill = !body.consumed_per_second && !MEMBERLESS.includes(body.state);
  return isStill && body.consumed_per_second_15m != null
    ? [body.produced_per_second_15m, body.consumed_per_second_15m]
    : [body.produced_per_second, body.consumed_per_second];
}

/** @param {any} body */
function outboxTrend(body) {
  return words.trend(body.inserted_per_second, body.published_per_second);
}

/**
 * @param {words.Trend | null} moves
 * @returns {Shown}
 */
function trendShown(moves) {
  if (!moves) return { text: words.DASH, exact: RATES_UNKNOWN, css: "dim" };
  const css = { up: "up", down: "down", level: "dim" }[moves.direction];
  return { text: words.trendText(moves), css };
}

/**
 * @param {number | null | undefined} seconds
 * @param {string} reason
 * @returns {Shown}
 */
function big(seconds, reason) {
  const exact = seconds == null ? reason : `${seconds.toFixed(1)} s`;
  return { text: words.DASH, parts: words.durationParts(seconds), exact };
}

/**
 * @param {any} body
 * @returns {Shown}
 */
function statusShown(body) {
  return {
    text: words.statusWord(body.status),
    exact: body.status_reason,
    css: `st ${body.status.toLowerCase()}`,
  };
}

/** The sentence that says why, of a group as of an outbox. @type {Renderers} */
const VERDICT = {
  reason: (body) => ({ text: body.status_reason || words.DASH }),
  status_word: (body) => ({ text: words.statusWord(body.status) }),
  status_since: (body) => ({ text: words.DASH, moment: body.status_since ?? undefined }),
};

const NO_TIME_LAG = "When the record at the commit was appended is not known yet.";

/** @param {any} body */
function lagNote(body) {
  if (body.unknown_partitions) {
    return `${words.count(body.unknown_partitions)} of ${words.count(body.partitions)} partitions unknown`;
  }
  return body.lag_max === null
    ? "not known yet"
    : `${words.count(body.lag_max)} on the worst partition`;
}

/** @type {Renderers} */
const GROUP = {
  ...VERDICT,
  status: statusShown,
  aside: (body) => ({ text: words.aside(body.raw_status, body.raw_ticks, body.last_status) }),
  state: (body) => ({ text: body.state || words.DASH }),
  members: (body) =>
    orDash(body.members, { text: words.count(body.members) }, "Not told by the broker."),
  lag(body) {
    const exact = `${words.count(body.lag)} records`;
    const known = body.lag_is_at_least
      ? {
          text: `\u2265 ${words.count(body.lag)}`,
          exact: `at least ${exact}: ${body.unknown_partitions} of ${body.partitions} unknown`,
        }
      : { text: words.count(body.lag), exact };
    return orDash(body.lag, known, "No partition's lag is known.");
  },
  lag_note: (body) => ({ text: lagNote(body) }),
  time_lag_seconds: (body) =>
    orDash(
      body.time_lag_seconds,
      { text: words.duration(body.time_lag_seconds), exact: `${body.time_lag_seconds} s` },
      NO_TIME_LAG,
    ),
  big_time_lag: (body) => big(body.time_lag_seconds, NO_TIME_LAG),
  time_lag_note: (body) => ({
    text: body.time_lag_seconds === null
      ? "needs two samples of each log"
      : "since the record at the commit",
  }),
  trend: (body) => trendShown(groupTrend(body)),
  outlook: (body) => ({ text: words.outlook(body.lag, groupFlow(body)[0], groupFlow(body)[1]) }),
  drain: (body) => big(body.drain_seconds, ""),
  loss: (body) => big(body.loss_seconds, ""),
  lost_note: (body) => ({ text: words.lostNote(body.lost_records) }),
  loss_note: (body) => ({ text: words.lossNote(body.loss_seconds, body.loss_by) }),
  produced: (body) => ({ text: words.rate(body.produced_per_second) }),
  consumed: (body) => ({ text: words.rate(body.consumed_per_second) }),
  quarter: (body) => ({
    text: words.quarter(body.produced_per_second_15m, body.consumed_per_second_15m),
  }),
};

/** The overview's figures. @type {Renderers} */
const FIGURES = {
  groups_not_ok: (body) => ({ text: words.count(body.groups_not_ok) }),
  groups: (body) => ({ text: words.count(body.groups) }),
  worst_time_lag: (body) => big(body.worst_time_lag_seconds, "No group's time lag is known yet."),
  produced: (body) => ({ text: words.rate(body.produced_per_second) }),
  consumed: (body) => ({ text: words.rate(body.consumed_per_second) }),
};

const NO_AGE = "Its age is not known.";

/** @type {Renderers} */
const OUTBOX = {
  ...VERDICT,
  status: statusShown,
  depth(body) {
    const known = body.depth_is_exact
      ? { text: words.count(body.depth), exact: `${words.count(body.depth)} rows` }
      : { text: `\u2248 ${words.count(body.depth)}`, exact: "The planner's estimate." };
    return orDash(body.depth, known, "Not counted yet.");
  },
  depth_note: (body) => ({
    text: body.depth_is_exact ? "counted" : "the planner's estimate: too many to count",
  }),
  oldest: (body) =>
    orDash(body.oldest_age_seconds, { text: words.duration(body.oldest_age_seconds) }, NO_AGE),
  big_oldest: (body) => big(body.oldest_age_seconds, NO_AGE),
  failed: (body) => orDash(body.failed, { text: words.count(body.failed) }, "Not counted yet."),
  trend: (body) => trendShown(outboxTrend(body)),
  outlook: (body) => ({
    text: words.outlook(body.depth, body.inserted_per_second, body.published_per_second),
  }),
  drain: (body) =>
    big(words.drainSeconds(body.depth, body.inserted_per_second, body.published_per_second), ""),
  inserted: (body) => ({ text: words.rate(body.inserted_per_second) }),
  published: (body) => ({ text: words.rate(body.published_per_second) }),
};

/**
 * @param {Element} root
 * @param {any} body
 */
export function showGroup(root, body) {
  showFields(root, body, GROUP);
}

/**
 * @param {Element} root
 * @param {any} figures
 */
export function showFigures(root, figures) {
  showFields(root, figures, FIGURES);
}

/**
 * @param {Element} root
 * @param {any} body
 */
export function showOutbox(root, body) {
  showFields(root, body, OUTBOX);
}

/**
 * Fields of rows inside the root belong to other things, and stay.
 * @param {Element} root
 * @param {any} body
 * @param {Renderers} renderers
 */
function showFields(root, body, renderers) {
  for (const element of root.querySelectorAll("[data-field]")) {
    const render = renderers[element.getAttribute("data-field") ?? ""];
    const row = element.closest("tr");
    if (render && (!row || row === root)) show(element, render(body));
  }
}

/**
 * @param {Element} element
 * @param {Shown} shown
 */
export function show(element, shown) {
  const time = element.querySelector("time");
  if (time && shown.moment) {
    time.dateTime = shown.moment;
  } else if (shown.parts?.length) {
    element.replaceChildren(...shown.parts.flatMap(([value, unit]) => [`${value} `, small(unit)]));
  } else if (element.textContent !== shown.text) {
    element.textContent = shown.text;
  }
  if (shown.exact !== undefined) element.setAttribute("title", shown.exact);
  if (shown.css !== undefined) element.className = shown.css;
  else if (element.className === "dim" && shown.text !== words.DASH) element.className = "";
}

/** @param {string} unit */
function small(unit) {
  const element = document.createElement("small");
  element.textContent = `${unit} `;
  return element;
}
