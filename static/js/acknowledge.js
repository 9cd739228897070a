// @ts-check
/* The form that acknowledges lost records: sent once; a refusal is read out first. */
import { startOnce } from "./once.js";

startOnce();
const refusal = document.querySelector("[data-refusal]");
if (refusal instanceof HTMLElement) refusal.focus();
