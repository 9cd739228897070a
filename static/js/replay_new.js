// @ts-check
/* The plan form: only what the choice needs, names to choose from, times explained. */
import { focusRefusal, startOnce } from "./once.js";
import { offerNames } from "./picker.js";
import { explainTime } from "./time_field.js";

/** Which field goes with which way to rewind. @type {Record<string, string>} */
const NEEDED = { offset: "offset", datetime: "at", "shift-by": "shift_by" };
/** Which fields hold a name, and of what. @type {[string, string][]} */
const NAMES = [["group", "groups"], ["topic", "topics"], ["target", "topics"]];
const TIMES = ["at", "from_time", "to_time"];

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

/** @param {string} name */
function inputOf(name) {
  const input = form?.querySelector(`input[name="${name}"]`);
  return input instanceof HTMLInputElement ? input : null;
}

function clusterId() {
  const cluster = form?.querySelector('select[name="cluster"]');
  return cluster instanceof HTMLSelectElement ? cluster.value : "";
}

for (const [name, kind] of NAMES) {
  const input = inputOf(name);
  if (input) offerNames(input, kind, clusterId);
}
for (const name of TIMES) {
  const input = inputOf(name);
  if (input) explainTime(input, name !== "to_time");
}
choice?.addEventListener("change", showNeeded);
showNeeded();
startOnce();
focusRefusal();
