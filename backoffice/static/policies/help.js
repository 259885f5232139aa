/* The keys, listed. */

import { button, dialog, el } from "./dom.js";
import { t } from "./words.js";

const KEYS = [
    ["↑ ↓ ← →", "keyMove"], ["Shift + ↑ ↓ ← →", "keyExtend"], ["Tab · Shift + Tab", "keyTab"],
    ["Home · End · PgUp · PgDn", "keyFar"], ["Enter · F2", "keyEdit"], ["Escape", "keyEscape"],
    ["Delete", "keyClear"], ["Ctrl + C · X · V", "keyClipboard"], ["Ctrl + Z · Y", "keyUndo"],
    ["Ctrl + Enter · Insert", "addRow"], ["Ctrl + D", "duplicate"], ["Alt + ↑ ↓", "keyMoveRow"],
    ["Ctrl + Delete", "removeRows"], ["Alt + Shift + ← →", "keyMoveColumn"], ["Ctrl + A", "keyAll"],
    ["Ctrl + S", "saveDraft"], ["F1", "help"],
];

export function showHelp() {
    const rows = KEYS.map(([keys, text]) => el("tr", {}, el("th", { scope: "row" }, keys), el("td", {}, t(text))));
    const box = dialog(t("help"), el("table", { class: "keys" }, el("tbody", {}, ...rows)),
        el("p", { class: "hint" }, t("cellsHint")),
        el("div", { class: "dialog-buttons" }, button(t("close"), () => box.close())));
}
