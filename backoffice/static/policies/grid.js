/* One table of the draft as a spreadsheet. Only the rows in sight are in the page; the focus stays
   on the grid, which names its current cell (aria-activedescendant). */

import * as edits from "./edits.js";
import { el } from "./dom.js";
import { t } from "./words.js";
import { shown } from "./vocabulary.js";

const ROWS_BEYOND = 8;
const LETTER_PX = 7.2;

export class Grid extends EventTarget {
    constructor({ name, store, vocabulary }) {
        super();
        Object.assign(this, { name, store, vocabulary });
        this.anchor = { row: 0, column: 0 };
        this.current = { row: 0, column: 0 };
        this.faults = new Map();
        this.readings = [];
        this.hits = null;
        this.isTerse = window.innerWidth < 1100; // rows without their words, to see more columns
        this.trace = null;
        this.editor = null; // the cell being typed into
        this.drawn = new Map(); // row number → its element
        this.#build();
        this.render();
    }

    get table() {
        return this.store.table(this.name);
    }

    get title() {
        return this.vocabulary.tables[this.name]?.title ?? this.name;
    }

    #build() {
        this.head = el("thead", { role: "rowgroup" });
        this.body = el("tbody", { role: "rowgroup" });
        this.widths = el("colgroup");
        this.sheet = el("table", { role: "presentation" }, this.widths, this.head, this.body);
        this.root = el("div", {
            class: "sheet", role: "grid", tabindex: "0", "aria-multiselectable": "true",
            "aria-label": this.title, "aria-describedby": `${this.name}-note`,
        }, this.sheet);
        this.bubble = el("p", { class: "sheet-fault", role: "status", hidden: true });
        this.note = el("p", { class: "sheet-note hint", id: `${this.name}-note` });
        this.element = el("div", { class: "sheet-frame" }, this.root, this.bubble, this.note);
        this.root.addEventListener("scroll", () => this.#rows(), { passive: true });
        new ResizeObserver(() => this.#rows()).observe(this.root);
    }

    /* Everything from the store again; where the current cell vanished, the nearest one is it. */
    render() {
        this.current = this.#nearest(this.current);
        this.anchor = this.#nearest(this.anchor);
        this.columns = this.vocabulary.columns(this.table);
        this.root.setAttribute("aria-rowcount", this.table.rules.length + 1);
        this.root.setAttribute("aria-colcount", this.columns.length + 1);
        this.#header();
        this.#rows();
    }

    #nearest({ row, column }) {
        return {
            row: Math.max(0, Math.min(row, this.table.rules.length - 1)),
            column: Math.max(0, Math.min(column, edits.width(this.table) - 1)),
        };
    }

    get hasWords() {
        return !this.isTerse && this.readings.length > 0;
    }

    get rowHeight() {
        return this.hasWords ? 42 : 32;
    }

    #header() {
        const widths = this.columns.map((column, at) => this.#widthOf(column, at));
        const first = this.hasWords ? 268 : 48;
        const made = [first, ...widths].map((width) => {
            const col = el("col");
            col.style.width = `${width}px`;
            return col;
        });
        this.widths.replaceChildren(...made);
        this.sheet.style.width = `${[first, ...widths].reduce((sum, width) => sum + width, 0)}px`;
        const titles = this.columns.map((column, at) => this.#title(column, at));
        const corner = el("th", { role: "columnheader", "aria-colindex": "1", class: "reading" }, this.hasWords ? t("reading") : "#");
        this.head.replaceChildren(el("tr", { role: "row", "aria-rowindex": "1" }, corner, ...titles));
    }

    #title(column, at) {
        const fault = this.faults.get(`null:${at}`);
        const unit = column.unit ? el("span", { class: "hint" }, column.unit) : null;
        const accepted = column.unknown === "accepted" ? el("span", { class: "hint" }, t("unknownAccepted")) : null;
        return el("th", {
            role: "columnheader", "aria-colindex": at + 2, title: [column.name, column.help, fault].filter(Boolean).join("\n"),
            class: [column.isOutput && "gives", fault && "is-wrong"].filter(Boolean).join(" "),
            onclick: () => this.select({ row: 0, column: at }, { row: this.table.rules.length - 1, column: at }),
        }, `${column.isOutput ? "→ " : ""}${column.label}`, unit, accepted);
    }

    /* From the longest cell among the first rows, within bounds. */
    #widthOf(column, at) {
        const longest = this.table.rules.slice(0, 200).reduce(
            (most, _rule, row) => Math.max(most, shown(column, edits.cell(this.table, row, at)).length), 0);
        const letters = [...column.label].reduce((sum, letter) => sum + (letter > "\u2e80" ? 1.8 : 1), 0);
        const word = Math.max(...column.label.split(" ").map((one) => (one > "\u2e80" ? 0 : one.length)));
        return Math.round(Math.min(240, Math.max(62, longest * LETTER_PX + 16, (letters * LETTER_PX) / 3 + 18, word * LETTER_PX + 16)));
    }

    /* Draws the rows in sight; what stays in sight keeps its elements. */
    #rows() {
        const height = this.rowHeight;
        const first = Math.max(0, Math.floor(this.root.scrollTop / height) - ROWS_BEYOND);
        const last = Math.min(this.table.rules.length, first + Math.ceil((this.root.clientHeight || 600) / height) + 2 * ROWS_BEYOND);
        this.sheet.style.marginTop = `${first * height}px`;
        this.sheet.style.marginBottom = `${(this.table.rules.length - last) * height}px`;
        for (const [row, line] of this.drawn) {
            if (row < first || row >= last || line.children.length !== this.columns.length + 1) {
                line.remove();
                this.drawn.delete(row);
            }
        }
        for (let row = first; row < last; row += 1) {
            if (!this.drawn.has(row)) {
                const line = this.#line(row);
                this.body.insertBefore(line, this.#after(row));
                this.drawn.set(row, line);
            }
            this.#fill(row, this.drawn.get(row));
        }
        this.#mark();
    }

    #after(row) {
        return [...this.body.children].find((line) => Number(line.ariaRowIndex) - 2 > row) ?? null;
    }

    #line(row) {
        const cells = this.columns.map((_column, at) =>
            el("td", { role: "gridcell", id: `${this.name}-${row}-${at}`, "aria-colindex": at + 2 }));
        return el("tr", { role: "row", "aria-rowindex": row + 2 },
            el("th", { role: "rowheader", class: "reading", "aria-colindex": "1" }), ...cells);
    }

    #fill(row, line) {
        const isFired = this.trace?.fired.includes(row) ?? false;
        const wrong = this.faults.get(`${row}:null`);
        const reading = this.readings[row] ?? "";
        line.className = [isFired && "is-fired", wrong && "is-wrong"].filter(Boolean).join(" ");
        line.style.height = `${this.rowHeight}px`;
        line.children[0].replaceChildren(
            el("span", { class: "number" }, `${row + 1}`, this.hits?.shown(this.table, row)),
            reading && el("span", { class: this.hasWords ? "words" : "for-screen-readers", title: reading }, reading),
            isFired ? el("span", { class: "for-screen-readers" }, t("fired")) : "");
        this.columns.forEach((column, at) => this.#fillCell(line.children[at + 1], column, row, at));
    }

    #fillCell(td, column, row, at) {
        if (this.editor?.cell === td) {
            return;
        }
        const text = edits.cell(this.table, row, at);
        const fault = this.faults.get(`${row}:${at}`);
        const isAnything = !column.isOutput && ["", "-"].includes(text);
        const isMatch = this.trace && !column.isOutput && this.trace.matches(at, row);
        td.textContent = isAnything ? "–" : shown(column, text);
        td.className = [
            column.isOutput && "gives", isAnything && "anything", fault && "is-wrong",
            this.trace && !column.isOutput && !isAnything && (isMatch ? "matched" : "unmatched"),
        ].filter(Boolean).join(" ");
        td.title = fault ?? text;
        fault ? td.setAttribute("aria-invalid", "true") : td.removeAttribute("aria-invalid");
    }

    /* The chosen block, the current cell, and what there is to say about it. */
    #mark() {
        const { first, last, left, right } = this.range;
        for (const [row, line] of this.drawn) {
            for (let at = 0; at < this.columns.length; at += 1) {
                const isChosen = row >= first && row <= last && at >= left && at <= right;
                const td = line.children[at + 1];
                td.setAttribute("aria-selected", isChosen);
                td.classList.toggle("is-current", row === this.current.row && at === this.current.column);
            }
        }
        const cell = this.currentCell;
        cell ? this.root.setAttribute("aria-activedescendant", cell.id) : this.root.removeAttribute("aria-activedescendant");
        this.#say(cell);
    }

    #say(cell) {
        const { row, column } = this.current;
        const shownFault = this.faults.get(`${row}:${column}`) ?? this.faults.get(`${row}:null`) ?? this.faults.get(`null:${column}`);
        this.bubble.hidden = !shownFault || !cell;
        this.bubble.textContent = shownFault ?? "";
        if (!this.bubble.hidden) {
            const frame = this.element.getBoundingClientRect();
            const box = cell.getBoundingClientRect();
            this.bubble.style.top = `${box.bottom - frame.top + 2}px`;
            this.bubble.style.left = `${Math.max(0, Math.min(box.left - frame.left, frame.width - 280))}px`;
        }
        this.dispatchEvent(new Event("moved"));
    }

    get currentCell() {
        return this.drawn.get(this.current.row)?.children[this.current.column + 1] ?? null;
    }

    get range() {
        const rows = [this.anchor.row, this.current.row];
        const columns = [this.anchor.column, this.current.column];
        return {
            first: Math.min(...rows), last: Math.max(...rows),
            left: Math.min(...columns), right: Math.max(...columns),
        };
    }

    /* `place` becomes the current cell and, without `to`, all that is chosen. */
    select(place, to = place) {
        this.anchor = this.#nearest(place);
        this.current = this.#nearest(to);
        this.#reveal();
    }

    #reveal() {
        const height = this.rowHeight;
        const head = this.head.offsetHeight;
        const top = this.current.row * height;
        if (top < this.root.scrollTop) {
            this.root.scrollTop = top;
        } else if (top + height + head > this.root.scrollTop + this.root.clientHeight) {
            this.root.scrollTop = top + height + head - this.root.clientHeight;
        }
        this.#rows();
        const cell = this.currentCell;
        const frozen = this.body.querySelector(".reading")?.offsetWidth ?? 0;
        if (cell && cell.offsetLeft - frozen < this.root.scrollLeft) {
            this.root.scrollLeft = cell.offsetLeft - frozen;
        } else if (cell && cell.offsetLeft + cell.offsetWidth > this.root.scrollLeft + this.root.clientWidth) {
            this.root.scrollLeft = cell.offsetLeft + cell.offsetWidth - this.root.clientWidth;
        }
        this.#mark();
    }
}
