// @ts-check
/* What is drawn into a chart besides its lines: stretches without data, and what happened. */
import { colour } from "./colours.js";

/** @typedef {import("../vendor/uplot/uPlot.esm.js")} Plot */
/** @typedef {{ at: number, kind: string, text: string, url?: string }} Note */

const LABEL_GAP_PX = 8;
const ROOM_FOR_WORDS_PX = 52;

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
 * Shade each stretch that was not sampled, from the last known point to the next.
 * @param {Plot} plot
 */
export function drawGaps(plot) {
  const [times] = plot.data;
  const { ctx, bbox } = plot;
  const isGap = (/** @type {number} */ index) =>
    plot.data.slice(1).every((column) => column?.[index] == null);
  for (let first = 1; first < times.length; first++) {
    if (!isGap(first)) continue;
    let next = first + 1;
    while (next < times.length && isGap(next)) next++;
    if (next === times.length) break; // not yet a gap between two points
    const left = Math.max(bbox.left, plot.valToPos(times[first - 1] ?? 0, "x", true));
    const right = Math.min(
      bbox.left + bbox.width,
      plot.valToPos(times[next] ?? 0, "x", true),
    );
    first = next;
    if (right <= left) continue;
    ctx.save();
    ctx.fillStyle = colour("--unknown-soft");
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    if (right - left > ROOM_FOR_WORDS_PX * devicePixelRatio) {
      write(ctx, "no data", (left + right) / 2, bbox.top, "center", colour("--ink-3"));
    }
    ctx.restore();
  }
}

/**
 * A line for each note, and its words where there is room; a link says its own.
 * @param {Plot} plot
 * @param {Note[]} notes
 * @param {boolean} hasWords
 */
export function drawNotes(plot, notes, hasWords) {
  const { ctx, bbox } = plot;
  let free = bbox.left;
  for (const note of [...notes].sort((one, other) => one.at - other.at)) {
    const x = Math.round(plot.valToPos(note.at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const ink = colour(noteToken(note.kind));
    ctx.save();
    ctx.strokeStyle = ink;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.font = font();
    const width = ctx.measureText(note.text).width;
    const start = x + 4 * devicePixelRatio;
    if (hasWords && !note.url && start >= free && start + width <= bbox.left + bbox.width) {
      write(ctx, note.text, start, bbox.top, "left", ink);
      free = start + width + LABEL_GAP_PX * devicePixelRatio;
    }
    ctx.restore();
  }
}

function font() {
  return `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} x
 * @param {number} top
 * @param {CanvasTextAlign} align
 * @param {string} ink
 */
function write(ctx, text, x, top, align, ink) {
  ctx.font = font();
  ctx.fillStyle = ink;
  ctx.textAlign = align;
  ctx.textBaseline = "top";
  ctx.fillText(text, x, top + 2 * devicePixelRatio);
}
