// @ts-check
/* A form marked `data-once` is sent once, however often its button is pressed; what is refused of
   it is read out first. */

export function startOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.once === undefined) return;
    if (form.dataset.sent) event.preventDefault();
    else markSent(form);
  });
  // A page that comes back out of the browser's memory may be sent again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}

/** Have what was refused of a form read out first. */
export function focusRefusal() {
  const refusal = document.querySelector("[data-refusal]");
  if (refusal instanceof HTMLElement) refusal.focus();
}

/** @param {HTMLFormElement} form */
function markSent(form) {
  form.dataset.sent = "yes";
  const button = form.querySelector("button:not([type=button])");
  if (!(button instanceof HTMLButtonElement)) return;
  button.setAttribute("aria-disabled", "true");
  if (form.dataset.once) button.textContent = form.dataset.once;
}
