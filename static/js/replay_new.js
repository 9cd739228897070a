// @ts-check
/* The plan form: fields that the choice does not use are put away; a refusal takes the focus. */

/** Which field goes with which way to rewind. @type {Record<string, string>} */
const NEEDED = { offset: "offset", datetime: "at", "shift-by": "shift_by" };

const form = document.querySelector("[data-plan-form]");
const choice = form?.querySelector('select[name="to"]');

function showNeeded() {
  if (!(choice instanceof HTMLSelectElement)) return;
  for (const name of Object.values(NEEDED)) {
    const field = form?.querySelector(`[data-name="${name}"]`);
    if (!(field instanceof HTMLElement)) continue;
    const isNeeded = NEEDED[choice.value] === name;
    field.hidden = !isNeeded;
    const input = field.querySelector("input");
    // A field that is put away must not be sent: the plan would be refused for it.
    if (input) input.disabled = !isNeeded;
  }
}

choice?.addEventListener("change", showNeeded);
showNeeded();
const refusal = document.querySelector("[data-first-error]");
if (refusal instanceof HTMLElement) refusal.focus();
