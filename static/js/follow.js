// @ts-check
/* When a page's lists are read anew: soon after a turn, else now and then. */
import { refreshWithin } from "./regions.js";

const AFTER_A_TURN_MS = 1500;
const LISTS_FOLLOW_MS = 60_000;
let followedAt = Date.now();

/** @param {boolean} isTurned whether a status or reachability turned in this message */
export function follow(isTurned) {
  if (!isTurned && Date.now() - followedAt < LISTS_FOLLOW_MS) return;
  followedAt = Date.now();
  refreshWithin(AFTER_A_TURN_MS);
}

/**
 * Whether the cluster or outbox became reachable or unreachable.
 * @param {string | null | undefined} unreachableSince
 * @param {"unreachableSince" | "clusterUnreachableSince"} [of] what the page is of, or its cluster
 */
export function isReachabilityTurned(unreachableSince, of = "unreachableSince") {
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  const isTurned = !!main.dataset[of] !== !!unreachableSince;
  main.dataset[of] = unreachableSince ?? "";
  return isTurned;
}

/**
 * The cluster that the frame names was sampled; an outbox's page only tells of its outages.
 * @param {{ unreachable_since: string | null }} cluster
 */
export function followCluster(cluster) {
  if (isReachabilityTurned(cluster.unreachable_since, "clusterUnreachableSince")) follow(true);
}
