// @ts-check
/* The form that acknowledges lost records. */
import { focusRefusal, startOnce } from "./once.js";

startOnce();
focusRefusal();
