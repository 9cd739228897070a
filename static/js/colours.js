// @ts-check
/* Tokens as the canvas needs them: resolved for the present theme. */

/** @type {Map<string, string>} */
const resolved = new Map();
const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);
document.addEventListener("highwater:theme", () => resolved.clear());

/**
 * `light-dark()` resolves only as a colour in use, so it is used on a hidden element.
 * @param {string} token such as "--accent"
 */
export function colour(token) {
  let found = resolved.get(token);
  if (!found) {
    probe.style.color = `var(${token})`;
    found = getComputedStyle(probe).color;
    resolved.set(token, found);
  }
  return found;
}

/**
 * @param {string} token
 * @param {number} alpha
 */
export function wash(token, alpha) {
  return colour(token).replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
