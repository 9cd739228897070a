// @ts-check
/* Search and status filters act while one types: the URL changes, the table follows. */
import { refresh } from "./regions.js";

const TYPING_PAUSE_MS = 200;

export function startFilters() {
  const form = document.querySelector("form[data-filter]");
  if (!(form instanceof HTMLFormElement)) return;
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => apply(form), TYPING_PAUSE_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(form);
  });
}

/** @param {HTMLFormElement} form */
function apply(form) {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value) asked.append(name, value);
  }
  history.replaceState(null, "", asked.size ? `?${asked}` : location.pathname);
  refresh();
}
