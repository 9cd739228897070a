// @ts-check
/* One chart: uPlot with our axes, legend, marks, zoom into the URL, and the table behind it. */
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { NoteLinks } from "./chart_links.js";
import { fillTable } from "./chart_table.js";
import { drawGaps, drawMarks } from "./chart_marks.js";
import { colour, wash } from "./colours.js";

/** @typedef {import("./chart_marks.js").Note} Note */
/** @typedef {(number | null)[]} Column */
/**
 * @typedef {object} Line
 * @property {string} label
 * @property {string} token colour
 * @property {string} css class of the legend's mark
 * @property {boolean} [isFilled]
 * @property {boolean} [isDashed]
 */
/**
 * @typedef {object} Looks
 * @property {Line[]} lines
 * @property {(value: number) => string} format for axis, legend and table
 * @property {boolean} [hasNoteWords]
 */

const SYNC = "page";
const SMALLEST_ZOOM_PX = 6;
const DAY_SECONDS = 86_400;
const AXIS_FONT = "11px system-ui, sans-serif";
const minutes = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const days = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export class Chart {
  /**
   * @param {HTMLElement} section
   * @param {Looks} looks
   */
  constructor(section, looks) {
    this.section = section;
    this.looks = looks;
    this.place = /** @type {HTMLElement} */ (section.querySelector(".plot"));
    /** @type {number[]} */
    this.times = [];
    /** @type {Column[]} */
    this.columns = looks.lines.map(() => []);
    /** @type {Note[]} */
    this.notes = [];
    /** @type {[number, number]} */
    this.range = [0, 1];
    this.links = new NoteLinks();
    this.outputs = this.legend();
    this.plot = new uPlot(this.options(), this.data(), this.place);
    new ResizeObserver(() => this.resize()).observe(this.place);
    document.addEventListener("highwater:theme", () => this.plot.redraw(false, true));
    section.querySelector("details")?.addEventListener("toggle", () => this.table());
  }

  /**
   * @param {number[]} times epoch seconds
   * @param {Column[]} columns one a line
   * @param {Note[]} notes
   * @param {[number, number]} range
   */
  set(times, columns, notes, range) {
    this.times = [...times];
    this.columns = columns.map((column) => [...column]);
    this.notes = notes;
    this.range = range;
    this.draw();
    this.table();
  }

  /**
   * One more sample; what leaves the range on the left is forgotten.
   * @param {number} time
   * @param {(number | null)[]} values
   */
  push(time, values) {
    const last = this.times.at(-1) ?? time;
    if (this.times.length && time <= last) return;
    if (time - last > longestStepSeconds()) this.add((time + last) / 2, []);
    this.add(time, values);
    this.slide(Math.max(time, this.range[1]));
    this.table();
  }

  /**
   * @param {number} time
   * @param {(number | null)[]} values
   */
  add(time, values) {
    this.times.push(time);
    this.columns.forEach((column, index) => column.push(values[index] ?? null));
  }

  /**
   * Move the range so that it ends at this time.
   * @param {number} end
   */
  slide(end) {
    const length = this.range[1] - this.range[0];
    this.range = [end - length, end];
    const keepFrom = this.times.findIndex((time) => time >= this.range[0]) - 1;
    if (keepFrom > 0) {
      this.times.splice(0, keepFrom);
      for (const column of this.columns) column.splice(0, keepFrom);
    }
    this.draw();
  }

  draw() {
    this.plot.setData(this.data(), false);
    this.plot.setScale("x", { min: this.range[0], max: this.range[1] });
    const isEmpty = this.columns.every((column) => column.every((value) => value === null));
    this.say(isEmpty ? "No samples in this range." : "");
    this.tell(null);
  }

  /** @param {string} sentence shown in the plot's middle; empty for none */
  say(sentence) {
    this.place.querySelector(".nothing")?.remove();
    if (!sentence) return;
    const line = document.createElement("p");
    line.className = "nothing";
    line.textContent = sentence;
    this.place.append(line);
  }

  /** @returns {import("../vendor/uplot/uPlot.esm.js").AlignedData} */
  data() {
    return /** @type {any} */ ([this.times, ...this.columns]);
  }

  resize() {
    const { width, height } = this.place.getBoundingClientRect();
    if (width) this.plot.setSize({ width, height });
  }

  /** @returns {import("../vendor/uplot/uPlot.esm.js").Options} */
  options() {
    const { width, height } = this.place.getBoundingClientRect();
    return {
      width: width || 600,
      height,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { size: 7 },
        drag: { x: true, y: false, setScale: false },
        sync: { key: SYNC, setSeries: false },
      },
      scales: { x: { time: true }, y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
      axes: [this.axis({ values: timeLabels, size: 26 }), this.axis(this.valueAxis())],
      series: [{}, ...this.looks.lines.map(series)],
      hooks: {
        drawClear: [drawGaps],
        draw: [(plot) => this.mark(plot)],
        setCursor: [(plot) => this.tell(plot.cursor.idx ?? null)],
        setSelect: [zoom],
      },
    };
  }

  /** @param {uPlot} plot */
  mark(plot) {
    const hasWords = this.looks.hasNoteWords ?? false;
    drawMarks(plot, this.notes, hasWords);
    if (hasWords) this.links.place(plot, this.notes);
  }

  /** @param {import("../vendor/uplot/uPlot.esm.js").Axis} more */
  axis(more) {
    return {
      font: AXIS_FONT,
      stroke: () => colour("--ink-3"),
      grid: { stroke: () => colour("--line"), width: 1 },
      ticks: { show: false },
      ...more,
    };
  }

  valueAxis() {
    return {
      size: 72,
      space: 34,
      /** @param {uPlot} _plot @param {number[]} splits */
      values: (_plot, splits) => splits.map((value) => this.looks.format(value)),
    };
  }

  /** The legend: a button a line, which hides and shows it, and its value at the crosshair. */
  legend() {
    const legend = /** @type {HTMLElement} */ (this.section.querySelector(".legend"));
    return this.looks.lines.map((line, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = line.css;
      button.setAttribute("aria-pressed", "true");
      const output = document.createElement("output");
      button.append(line.label, " ", output);
      button.addEventListener("click", () => {
        const isShown = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(isShown));
        this.plot.setSeries(index + 1, { show: isShown });
      });
      legend.append(button);
      return output;
    });
  }

  /** @param {number | null} index the crosshair's point; null for the newest */
  tell(index) {
    this.outputs.forEach((output, line) => {
      const column = this.columns[line] ?? [];
      const value = index === null ? column.at(-1) : column[index];
      output.textContent = value == null ? "\u2013" : this.looks.format(value);
    });
  }

  table() {
    const details = this.section.querySelector("details");
    if (!details?.open) return;
    const place = /** @type {HTMLElement} */ (details.querySelector("div"));
    const titles = this.looks.lines.map((line) => line.label);
    fillTable(place, titles, this.times, this.columns, this.looks.format);
  }
}

/** A step between samples that is longer is a gap; the page is stale after three ticks. */
function longestStepSeconds() {
  const staleAfter = Number(document.querySelector("main")?.dataset.staleAfter ?? 30);
  return staleAfter / 2;
}

/**
 * @param {Line} line
 * @returns {import("../vendor/uplot/uPlot.esm.js").Series}
 */
function series(line) {
  return {
    label: line.label,
    stroke: () => colour(line.token),
    width: 1.6,
    points: { show: false },
    spanGaps: false,
    ...(line.isFilled ? { fill: () => wash(line.token, 0.12) } : {}),
    ...(line.isDashed ? { dash: [4, 3] } : {}),
  };
}

/**
 * Hours and minutes, and the day at its midnight; seconds where the labels lie closer than a minute,
 * days where they lie a day apart or more.
 * @param {uPlot} _plot
 * @param {number[]} splits
 * @param {number} _axis
 * @param {number} _space
 * @param {number} step
 */
function timeLabels(_plot, splits, _axis, _space, step) {
  if (step < 60) return splits.map((time) => seconds.format(time * 1000));
  return splits.map((time) => {
    const moment = new Date(time * 1000);
    const isDay = step >= DAY_SECONDS || moment.getHours() + moment.getMinutes() === 0;
    return (isDay ? days : minutes).format(moment);
  });
}

/** A dragged range becomes the page's, in its URL. @param {uPlot} plot */
function zoom(plot) {
  const { left, width } = plot.select;
  if (width < SMALLEST_ZOOM_PX) return;
  const asked = new URLSearchParams(location.search);
  asked.delete("range");
  asked.set("from", String(Math.floor(plot.posToVal(left, "x"))));
  asked.set("to", String(Math.ceil(plot.posToVal(left + width, "x"))));
  location.assign(`?${asked}`);
}
