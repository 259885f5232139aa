/* Typing into a cell, with a list to choose from where the column has one (ARIA combobox). */

import { el } from "./dom.js";
import { kept, offers, shown, taken } from "./vocabulary.js";

let made = 0;

export class CellEditor {
    #isDone = false;

    /* `whileTyping(text)` is told every change, `done(text, key)` once: text null when given up. */
    constructor({ cell, column, label, text, isFresh, limit, whileTyping, done }) {
        Object.assign(this, { cell, column, whileTyping, done });
        made += 1;
        this.list = el("ul", { class: "sheet-list", role: "listbox", id: `policy-list-${made}`, "aria-label": column.label, hidden: true });
        this.input = el("input", {
            "aria-label": label, autocomplete: "off", spellcheck: "false", maxlength: limit,
            oninput: () => this.#typed(), onblur: () => this.finish(""),
            onkeydown: (event) => this.#key(event),
        });
        if (column.choices) {
            for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"],
                ["aria-expanded", "false"], ["aria-controls", this.list.id]]) {
                this.input.setAttribute(name, value);
            }
        }
        this.input.value = isFresh ? text : shown(column, text);
        cell.replaceChildren(this.input);
        document.getElementById("policy-editor").append(this.list); // inside the page's landmark
        this.chosen = -1;
        this.input.focus();
        if (isFresh) {
            this.#typed();
        } else if (column.choices) {
            column.isOutput && this.input.select(); // one value takes another's place
            this.#open("");
        }
    }

    get text() {
        return kept(this.column, this.input.value);
    }

    #typed() {
        this.#open(this.input.value);
        this.whileTyping(this.text);
    }

    #open(typed) {
        const found = offers(this.column, typed);
        this.chosen = -1;
        this.list.hidden = found.length === 0;
        this.list.replaceChildren(...found.map((choice, at) => el("li", {
            role: "option", id: `${this.list.id}-${at}`, "aria-selected": "false",
            onmousedown: (event) => {
                event.preventDefault(); // the field keeps the focus
                this.#take(choice);
            },
        }, el("code", {}, choice.value), el("span", {}, choice.label))));
        this.offered = found;
        this.input.setAttribute("aria-expanded", String(!this.list.hidden));
        this.input.removeAttribute("aria-activedescendant");
        const box = this.cell.getBoundingClientRect();
        const isBelow = box.bottom + 260 < window.innerHeight || box.top < 260;
        this.list.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - 368))}px`;
        this.list.style.top = isBelow ? `${box.bottom + 2}px` : "auto";
        this.list.style.bottom = isBelow ? "auto" : `${window.innerHeight - box.top + 2}px`;
    }

    #choose(step) {
        if (this.list.hidden) {
            this.#open("");
        }
        const count = this.offered.length;
        this.chosen = this.chosen < 0 && step < 0 ? count - 1 : (this.chosen + step + count) % count;
        [...this.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === this.chosen)));
        const option = this.list.children[this.chosen];
        option.scrollIntoView({ block: "nearest" });
        this.input.setAttribute("aria-activedescendant", option.id);
    }

    #take(choice) {
        this.input.value = taken(this.column, this.input.value, choice);
        this.list.hidden = true;
        this.chosen = -1;
        this.input.setAttribute("aria-expanded", "false");
        this.input.removeAttribute("aria-activedescendant");
        this.whileTyping(this.text);
    }

    #key(event) {
        event.stopPropagation();
        if (event.isComposing) {
            return; // Enter and arrows belong to the input method
        }
        const isListed = this.column.choices && this.offered?.length;
        if (["ArrowDown", "ArrowUp"].includes(event.key) && isListed) {
            event.preventDefault();
            this.#choose(event.key === "ArrowDown" ? 1 : -1);
        } else if (event.key === "Escape") {
            event.preventDefault();
            this.list.hidden || this.chosen < 0 ? this.finish("Escape") : this.#open(this.input.value);
        } else if (["Enter", "Tab"].includes(event.key)) {
            event.preventDefault();
            if (this.chosen >= 0) {
                this.#take(this.offered[this.chosen]);
            }
            this.finish(event.shiftKey ? `Shift+${event.key}` : event.key);
        } else if ((event.ctrlKey || event.metaKey) && event.key === "s") {
            event.preventDefault();
            this.finish("Save");
        }
    }

    finish(key) {
        if (this.#isDone) {
            return;
        }
        this.#isDone = true;
        this.list.remove();
        this.done(key === "Escape" ? null : this.text, key);
    }
}
