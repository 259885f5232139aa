/* For how many customers each row fired in the newest backtest, as long as the row says the same. */

import { el } from "./dom.js";
import { t } from "./words.js";

export class Hits extends EventTarget {
    constructor(address) {
        super();
        this.found = null;
        if (address) {
            this.#load(address);
        }
    }

    /* Without an answer the grid simply has no numbers. */
    async #load(address) {
        const response = await fetch(address, { redirect: "manual" }).catch(() => null);
        if (response?.ok && /json/.test(response.headers.get("Content-Type") ?? "")) {
            this.found = await response.json();
            this.dispatchEvent(new Event("loaded"));
        }
    }

    /* The number to put beside a row, or null. */
    shown(table, row) {
        const count = this.#count(table, table.rules[row]);
        if (count === undefined) {
            return null;
        }
        const number = count.toLocaleString(document.documentElement.lang);
        const moment = new Date(this.found.at).toLocaleDateString(document.documentElement.lang);
        return el("span", { class: "hits", title: t("hits", { count: number, moment }) }, number);
    }

    #count(table, rule) {
        const names = JSON.stringify(table.inputs.map((column) => column.name));
        const sides = this.found?.tables[table.name] ?? [];
        const key = JSON.stringify([rule.inputs, rule.outputs]);
        return sides.find((side) => JSON.stringify(side.columns) === names && key in side.counts)?.counts[key];
    }
}
