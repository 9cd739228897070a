// @ts-check
/* Marks of a chart that lead somewhere: links at the foot of their lines, reached by keyboard too. */

/** @typedef {import("../vendor/uplot/uPlot.esm.js")} Plot */
/** @typedef {import("./chart_marks.js").Note} Note */

export class NoteLinks {
  constructor() {
    /** @type {Map<string, HTMLAnchorElement>} by address */
    this.links = new Map();
  }

  /**
   * Links stay the same elements while the chart moves under them, so that none loses the focus.
   * @param {Plot} plot
   * @param {Note[]} notes
   */
  place(plot, notes) {
    const width = plot.over.clientWidth;
    const gone = new Set(this.links.keys());
    for (const { at, text, url } of notes) {
      const left = plot.valToPos(at, "x");
      if (!url || left < 0 || left > width) continue;
      gone.delete(url);
      const link = this.links.get(url) ?? this.add(plot, text, url);
      // Towards the middle, so that the words stay inside.
      link.classList.toggle("leftwards", left > width / 2);
      link.style.setProperty("--at", `${Math.round(left)}px`);
    }
    for (const url of gone) this.remove(url);
  }

  /**
   * @param {Plot} plot
   * @param {string} text
   * @param {string} url
   */
  add(plot, text, url) {
    const link = document.createElement("a");
    link.className = "note";
    link.href = url;
    link.textContent = text;
    // The plot would take it for the beginning of a zoom.
    link.addEventListener("mousedown", (event) => event.stopPropagation());
    plot.over.append(link);
    this.links.set(url, link);
    return link;
  }

  /** @param {string} url */
  remove(url) {
    this.links.get(url)?.remove();
    this.links.delete(url);
  }
}
