// @ts-check
/* The list of replays follows those that run. */
import { startLive } from "./live.js";
import { refreshWithin } from "./regions.js";

startLive(() => refreshWithin(500));
