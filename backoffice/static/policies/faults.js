/* What stands in the way of submitting, as a list that leads to each place, and by cell. */

import * as edits from "./edits.js";
import { el } from "./dom.js";
import { described } from "./vocabulary.js";
import { t } from "./words.js";

const SHOWN_AT_MOST = 30;

export class Faults {
    constructor({ vocabulary, open }) {
        Object.assign(this, { vocabulary, open });
        this.found = [];
        this.list = el("ul", {});
        this.more = el("p", { class: "hint" });
        this.at = -1;
        this.count = el("button", { type: "button", class: "fault-count", hidden: true, onclick: () => this.#next() });
        this.element = el("section", { class: "card faults", "aria-labelledby": "policy-faults", hidden: true },
            el("h2", { id: "policy-faults" }, t("faultsTitle")), this.list, this.more);
        this.advice = el("ul", {});
        this.warnings = el("section", { class: "card warnings", "aria-labelledby": "policy-warnings", hidden: true },
            el("h2", { id: "policy-warnings" }, t("warningsTitle")), el("p", { class: "hint" }, t("warningsHint")), this.advice);
    }

    show({ faults, warnings }) {
        this.found = faults;
        this.element.hidden = this.count.hidden = faults.length === 0;
        this.count.textContent = t("faultCount", { count: faults.length });
        this.list.replaceChildren(...this.#lines(faults));
        const rest = faults.length - SHOWN_AT_MOST;
        this.more.textContent = rest > 0 ? t("moreFaults", { count: rest }) : "";
        this.warnings.hidden = warnings.length === 0;
        this.advice.replaceChildren(...this.#lines(warnings));
    }

    #lines(findings) {
        return findings.slice(0, SHOWN_AT_MOST).map((one) => el("li", {},
            el("button", { type: "button", onclick: () => this.open(one) }, `${this.#place(one)}: ${one.text}`),
            one.example ? el("span", { class: "hint" }, ` ${one.example}`) : null));
    }

    /* Texts by `row:column`; `null` where the whole row, column or table is meant. */
    byCell(table) {
        const texts = new Map();
        for (const fault of this.found.filter((one) => one.table === table)) {
            const place = `${fault.rule}:${fault.column}`;
            texts.set(place, [texts.get(place), fault.text].filter(Boolean).join(" "));
        }
        return texts;
    }

    /* What is said under a grid about its current cell. */
    note(grid) {
        const { row, column } = grid.current;
        if (!grid.table.rules.length) {
            return t("noRows");
        }
        const text = edits.cell(grid.table, row, column);
        const { label, help } = grid.columns[column];
        const words = described(grid.columns[column], text);
        return [`${t("row", { row: row + 1 })} · ${label}: ${text || "–"}`, words, help, grid.readings[row]].filter(Boolean).join(" · ");
    }

    /* Each press leads to the next one. */
    #next() {
        this.at = (this.at + 1) % this.found.length;
        this.open(this.found[this.at]);
    }

    #place({ table, rule, column }) {
        return [
            this.vocabulary.tables[table]?.title ?? table,
            rule === null ? null : t("row", { row: rule + 1 }),
            column === null ? null : t("column", { column: column + 1 }),
        ].filter(Boolean).join(", ");
    }
}
