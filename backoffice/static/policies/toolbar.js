/* The buttons over a grid: the same verbs as its keys. Left and right walk them (ARIA toolbar). */

import { button, el } from "./dom.js";
import { t } from "./words.js";

const GROUPS = [
    [["addRow", "add_row_below"], ["duplicate", "content_copy"], ["rowsUp", "arrow_upward"], ["rowsDown", "arrow_downward"], ["removeRows", "delete"]],
    [["addColumn", "add_column_right"], ["columnLeft", "arrow_back"], ["columnRight", "arrow_forward"], ["removeColumn", "remove"], ["acceptUnknown", "question_mark"]],
    [["undo", "undo"], ["redo", "redo"], ["toggleWords", "notes"], ["help", "keyboard"]],
];

export function toolbar(title, commands) {
    const groups = GROUPS.map((group) => el("div", { class: "tools" }, ...group.map(([verb, picture]) =>
        button(t(verb), () => commands[verb](), { picture, isBare: true, "data-verb": verb, tabindex: "-1" }))));
    const bar = el("div", { class: "sheet-tools", role: "toolbar", "aria-label": t("toolsOf", { title }) }, ...groups);
    const buttons = [...bar.querySelectorAll("button")];
    buttons[0].tabIndex = 0;
    bar.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (step) {
            event.preventDefault();
            const from = buttons.indexOf(document.activeElement);
            buttons[(from + step + buttons.length) % buttons.length].focus();
        }
    });
    bar.addEventListener("focusin", (event) => {
        buttons.forEach((one) => { one.tabIndex = one === event.target ? 0 : -1; });
    });
    return bar;
}
