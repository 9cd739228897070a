// @ts-check
/* Offers the names that a cluster has while one types; any other name may be typed as well. */

const TYPING_PAUSE_MS = 150;

/**
 * @param {HTMLInputElement} input
 * @param {string} kind of what `/find` knows
 * @param {() => string} clusterId
 */
export function offerNames(input, kind, clusterId) {
  const list = document.createElement("datalist");
  list.id = `${input.id}_names`;
  input.after(list);
  input.setAttribute("list", list.id);
  input.autocomplete = "off";
  let timer = 0;
  let asked = 0;

  async function ask() {
    const turn = ++asked;
    const query = new URLSearchParams({ q: input.value, kind, cluster: clusterId() });
    const response = await fetch(`${finder()}?${query}`);
    if (!response.ok || turn !== asked) return; // it is only an offer
    const { found } = await response.json();
    list.replaceChildren(...found.map(option));
  }

  input.addEventListener("focus", ask);
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, TYPING_PAUSE_MS);
  });
}

/** Where the palette asks too. */
function finder() {
  const palette = document.querySelector("dialog[data-palette]");
  return palette instanceof HTMLElement ? palette.dataset.url : "";
}

/** @param {{ name: string }} one */
function option(one) {
  const element = document.createElement("option");
  element.value = one.name;
  return element;
}
