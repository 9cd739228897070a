// @ts-check
/* What every page has: menus, theme, palette, running times. */
import { startMenus } from "./menus.js";
import { startPalette } from "./palette.js";
import { startTheme } from "./theme.js";
import { updateTimes } from "./times.js";

startMenus();
startTheme();
startPalette();
updateTimes();
setInterval(updateTimes, 1000);
