/* Choosing a signal for a new column: a list with what each is, narrowed by typing. */

import { button, dialog, el, field } from "./dom.js";
import { about } from "./vocabulary.js";
import { t } from "./words.js";

/* Resolves to a signal, or to null when nothing was chosen. */
export function pickSignal(vocabulary, used) {
    return new Promise((resolve) => {
        const signals = [...vocabulary.signals.values()].filter((signal) => !used.has(signal.name));
        const list = el("ul", { class: "picker-list", role: "listbox", id: "policy-signals", "aria-label": t("signals") });
        const search = el("input", {
            role: "combobox", "aria-expanded": "true", "aria-controls": list.id, "aria-autocomplete": "list",
            autocomplete: "off", spellcheck: "false", oninput: () => draw(),
        });
        let found = [];
        let at = 0;
        let picked = null;
        const box = dialog(t("addColumn"), field(t("findSignal"), search), list,
            el("div", { class: "dialog-buttons" },
                button(t("add"), () => take(found[at]), { kind: "primary" }), button(t("cancel"), () => box.close())));
        box.addEventListener("close", () => resolve(picked));

        function take(signal) {
            picked = signal ?? null;
            box.close();
        }
        function choose(to) {
            at = Math.max(0, Math.min(to, found.length - 1));
            [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
            list.children[at]?.scrollIntoView({ block: "nearest" });
            found.length ? search.setAttribute("aria-activedescendant", `policy-signal-${at}`) : search.removeAttribute("aria-activedescendant");
        }
        function draw() {
            const wanted = search.value.trim().toLowerCase();
            found = signals.filter((signal) => `${signal.name} ${signal.label} ${about(signal)}`.toLowerCase().includes(wanted));
            list.replaceChildren(...found.map((signal, place) => el("li", {
                role: "option", id: `policy-signal-${place}`, "aria-selected": "false", title: signal.basis, onclick: () => take(signal),
            }, el("strong", {}, signal.label), el("code", {}, `${signal.name} · ${signal.type}`), el("span", { class: "hint" }, about(signal)))));
            choose(0);
        }
        search.addEventListener("keydown", (event) => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step) {
                event.preventDefault();
                choose(at + step);
            } else if (event.key === "Enter") {
                event.preventDefault();
                take(found[at]);
            }
        });
        draw();
        search.focus();
    });
}
