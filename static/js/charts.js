// @ts-check
/* A page's charts: fetched together, on one time axis with one crosshair, moving with time. */

/** @typedef {import("./chart.js").Chart} Chart */

const SLIDE_MS = 1000;
const RETRY_MS = 5000;

export class Charts {
  /**
   * @param {(section: (id: string) => HTMLElement, series: any) => Chart[]} make
   * @param {(series: any) => (number | null)[][][]} columnsOf a list of columns per chart
   */
  constructor(make, columnsOf) {
    this.root = /** @type {HTMLElement} */ (document.querySelector("[data-charts]"));
    this.make = make;
    this.columnsOf = columnsOf;
    /** @type {Chart[]} */
    this.charts = [];
    this.isMoving = false;
    this.retry = 0;
    setInterval(() => this.move(), SLIDE_MS);
  }

  /** Read the series again, for the range that the URL names; tries until it worked. */
  async load() {
    clearTimeout(this.retry);
    try {
      const response = await fetch(`${this.root.dataset.url}${location.search}`);
      if (!response.ok) throw new Error(`series: ${response.status}`);
      this.show(await response.json());
    } catch (problem) {
      console.warn("charts:", problem);
      this.retry = setTimeout(() => this.load(), RETRY_MS);
    }
  }

  /** @param {any} series */
  show(series) {
    if (!this.charts.length) this.charts = this.make((id) => this.section(id), series);
    this.isMoving = series.is_moving;
    const columns = this.columnsOf(series);
    this.charts.forEach((chart, index) => {
      chart.set(series.times, columns[index] ?? [], series.notes, [series.start, series.end]);
    });
  }

  /**
   * @param {string} at
   * @param {(number | null)[][]} values per chart
   */
  push(at, values) {
    if (!this.isMoving) return;
    const time = Date.parse(at) / 1000;
    this.charts.forEach((chart, index) => chart.push(time, values[index] ?? []));
  }

  /** The newest values hold at this time too, unless something newer is known. @param {string} at */
  repeat(at) {
    this.push(at, this.charts.map((chart) => chart.columns.map((column) => column.at(-1) ?? null)));
  }

  move() {
    if (!this.isMoving || document.hidden) return;
    for (const chart of this.charts) chart.slide(Date.now() / 1000);
  }

  /** @param {string} id */
  section(id) {
    return /** @type {HTMLElement} */ (this.root.querySelector(`[data-chart="${id}"]`));
  }
}
