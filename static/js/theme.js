// @ts-check
/* Light, dark or the system's; kept in a cookie, so that the server renders the right one at once. */

const YEAR_SECONDS = 31_536_000;

/** Charts draw on canvas and must be told. */
function announce() {
  document.dispatchEvent(new CustomEvent("highwater:theme"));
}

/** @param {string} theme */
function choose(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
  for (const button of buttons()) {
    button.setAttribute("aria-pressed", String(button.dataset.value === theme));
  }
  announce();
}

/** @returns {NodeListOf<HTMLButtonElement>} */
function buttons() {
  return document.querySelectorAll("[data-theme-switch] button");
}

export function startTheme() {
  for (const button of buttons()) {
    button.addEventListener("click", () => choose(button.dataset.value ?? "system"));
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
}
