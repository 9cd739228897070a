// @ts-check
/* Ctrl-K: go to a group, topic, outbox, replay or screen, by keyboard alone. */

import { shownName } from "./words.js";

/** @typedef {{ kind: string, name: string, beside: string, url: string }} Found */

const TYPING_PAUSE_MS = 120;

export function startPalette() {
  const dialog = document.querySelector("dialog[data-palette]");
  if (dialog instanceof HTMLDialogElement) new Palette(dialog);
}

class Palette {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    this.input = /** @type {HTMLInputElement} */ (dialog.querySelector("input"));
    this.list = /** @type {HTMLElement} */ (dialog.querySelector("ul"));
    /** @type {Found[]} */
    this.found = [];
    this.chosen = 0;
    this.asked = 0;
    this.timer = 0;
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        this.open();
      }
    });
    document.querySelector("[data-palette-open]")?.addEventListener("click", () => this.open());
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), TYPING_PAUSE_MS);
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => this.clicked(event));
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  open() {
    if (this.dialog.open) return;
    this.input.value = "";
    this.dialog.showModal();
    this.ask();
  }

  async ask() {
    const turn = ++this.asked;
    const words = this.input.value.trim();
    const response = await fetch(`${this.dialog.dataset.url}?q=${encodeURIComponent(words)}`);
    if (turn !== this.asked) return; // a later question was answered first
    if (!response.ok) {
      this.say("Highwater does not answer; try again.");
      return;
    }
    const { found } = await response.json();
    this.found = [...screens(words), ...found];
    this.chosen = 0;
    this.draw();
  }

  draw() {
    if (!this.found.length) {
      this.say("Nothing has this name.");
      return;
    }
    this.list.replaceChildren(...this.found.map((one, index) => this.option(one, index)));
    this.choose(0);
  }

  /**
   * @param {Found} one
   * @param {number} index
   */
  option(one, index) {
    const option = document.createElement("li");
    option.id = `found-${index}`;
    option.role = "option";
    option.dataset.index = String(index);
    const icon = this.dialog.querySelector(`template[data-icon="${one.kind}"]`);
    if (icon instanceof HTMLTemplateElement) option.append(icon.content.cloneNode(true));
    option.append(span("", shownName(one.name)), span("dim", one.beside));
    return option;
  }

  /** @param {string} sentence */
  say(sentence) {
    this.found = [];
    const line = document.createElement("li");
    line.role = "option";
    line.ariaDisabled = "true";
    line.textContent = sentence;
    this.list.replaceChildren(line);
    this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      event.preventDefault();
      this.choose((this.chosen + step + this.found.length) % this.found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.go(this.chosen);
    }
  }

  /** @param {number} index */
  choose(index) {
    this.chosen = index;
    for (const [place, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(place === index));
    }
    this.list.children[index]?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `found-${index}`);
  }

  /** @param {Event} event */
  clicked(event) {
    const option = event.target instanceof Element ? event.target.closest("li") : null;
    if (option?.dataset.index) this.go(Number(option.dataset.index));
  }

  /** @param {number} index */
  go(index) {
    const one = this.found[index];
    if (one) location.assign(one.url);
  }
}

/**
 * The rail's own links, where their name fits.
 * @param {string} words
 * @returns {Found[]}
 */
function screens(words) {
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll(".rail nav a:not(.brand)");
  return [...links]
    .map((link) => ({
      kind: "overview",
      name: link.textContent?.trim() ?? "",
      beside: "screen",
      url: link.href,
    }))
    .filter((one) => words && one.name.toLowerCase().startsWith(words.toLowerCase()));
}

/**
 * @param {string} css
 * @param {string} text
 */
function span(css, text) {
  const element = document.createElement("span");
  if (css) element.className = css;
  element.textContent = text;
  return element;
}
