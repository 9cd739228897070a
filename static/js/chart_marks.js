// @ts-check
/* What is drawn into a chart besides its lines: stretches without data, and what happened. */
import { colour } from "./colours.js";

/** @typedef {import("../vendor/uplot/uPlot.esm.js")} Plot */
/** @typedef {{ at: number, kind: string, text: string, url?: string }} Note */
/** @typedef {{ left: number, right: number }} Stretch in canvas pixels */

const LABEL_GAP_PX = 8;
const NO_DATA = "no data";

/** @param {string} kind */
function noteToken(kind) {
  const tokens = /** @type {Record<string, string>} */ ({
    OK: "--ok",
    WARN: "--warn",
    STALL: "--stall",
    STOP: "--stop",
    LOSING: "--losing",
    REWIND: "--rewind",
    TRUNCATED: "--rewind",
    replay: "--rewind",
  });
  return tokens[kind] ?? "--unknown";
}

/**
 * Stretches that were not sampled, as times from the last known point to the next.
 * @param {Plot} plot
 * @returns {[number, number][]}
 */
function gaps(plot) {
  const [times] = plot.data;
  const isGap = (/** @type {number} */ index) =>
    plot.data.slice(1).every((column) => column?.[index] == null);
  /** @type {[number, number][]} */
  const found = [];
  for (let first = 1; first < times.length; first++) {
    if (!isGap(first)) continue;
    let next = first + 1;
    while (next < times.length && isGap(next)) next++;
    if (next === times.length) break; // not yet a gap between two points
    found.push([times[first - 1] ?? 0, times[next] ?? 0]);
    first = next;
  }
  return found;
}

/**
 * Those that can be seen, from left to right in pixels.
 * @param {Plot} plot
 * @returns {Stretch[]}
 */
function visibleGaps(plot) {
  const { left, width } = plot.bbox;
  return gaps(plot)
    .map(([from, to]) => ({
      left: Math.max(left, plot.valToPos(from, "x", true)),
      right: Math.min(left + width, plot.valToPos(to, "x", true)),
    }))
    .filter((gap) => gap.right > gap.left);
}

/**
 * Shade each stretch that was not sampled; beneath the lines.
 * @param {Plot} plot
 */
export function drawGaps(plot) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colour("--unknown-soft");
  for (const gap of visibleGaps(plot)) {
    ctx.fillRect(gap.left, bbox.top, gap.right - gap.left, bbox.height);
  }
  ctx.restore();
}

/**
 * A line for each note and its words, then "no data" in the gaps; words only where there is room.
 * @param {Plot} plot
 * @param {Note[]} notes
 * @param {boolean} hasWords
 */
export function drawMarks(plot, notes, hasWords) {
  const { ctx } = plot;
  ctx.save();
  ctx.setLineDash([]); // the last of the chart's lines may have left its own
  ctx.font = font();
  const taken = drawNotes(plot, notes, hasWords);
  const half = ctx.measureText(NO_DATA).width / 2 + LABEL_GAP_PX * devicePixelRatio;
  for (const gap of visibleGaps(plot)) {
    const middle = (gap.left + gap.right) / 2;
    const words = { left: middle - half, right: middle + half };
    const isRoom = words.left > gap.left && words.right < gap.right;
    if (!isRoom || taken.some((other) => overlap(words, other))) continue;
    write(plot, NO_DATA, middle, "center", colour("--ink-3"));
  }
  ctx.restore();
}

/**
 * A link says its own words, at the foot.
 * @param {Plot} plot
 * @param {Note[]} notes
 * @param {boolean} hasWords
 * @returns {Stretch[]} what the lines and words take of the plot's width
 */
function drawNotes(plot, notes, hasWords) {
  const { ctx, bbox } = plot;
  const end = bbox.left + bbox.width;
  /** @type {Stretch[]} */
  const taken = [];
  let free = bbox.left;
  for (const note of [...notes].sort((one, other) => one.at - other.at)) {
    const x = Math.round(plot.valToPos(note.at, "x", true));
    if (x < bbox.left || x > end) continue;
    const ink = colour(noteToken(note.kind));
    line(plot, x, ink);
    const start = x + 4 * devicePixelRatio;
    const stop = start + ctx.measureText(note.text).width;
    const isSaid = hasWords && !note.url && start >= free && stop <= end;
    taken.push({ left: x, right: isSaid ? stop : x });
    if (!isSaid) continue;
    write(plot, note.text, start, "left", ink);
    free = stop + LABEL_GAP_PX * devicePixelRatio;
  }
  return taken;
}

/**
 * @param {Stretch} one
 * @param {Stretch} other
 */
function overlap(one, other) {
  return one.left <= other.right && other.left <= one.right;
}

/**
 * @param {Plot} plot
 * @param {number} x
 * @param {string} ink
 */
function line({ ctx, bbox }, x, ink) {
  ctx.strokeStyle = ink;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

function font() {
  return `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
}

/**
 * At the plot's top.
 * @param {Plot} plot
 * @param {string} text
 * @param {number} x
 * @param {CanvasTextAlign} align
 * @param {string} ink
 */
function write({ ctx, bbox }, text, x, align, ink) {
  ctx.fillStyle = ink;
  ctx.textAlign = align;
  ctx.textBaseline = "top";
  ctx.fillText(text, x, bbox.top + 2 * devicePixelRatio);
}
