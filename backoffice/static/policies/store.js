/* The draft being edited: what is shown, what is stored, and the way back. */

const STEPS_KEPT = 200;

/* A draft as the server reads it: what says nothing is left out. */
export function contentOf({ tables, justification }) {
    const text = justification.trim();
    return text ? { tables, association_justification: text } : { tables };
}

export class Store extends EventTarget {
    #undo = [];
    #redo = [];

    /* Shape of a draft: { tables, justification, cases }; never changed in place. */
    constructor(stored) {
        super();
        this.accept(stored);
    }

    /* What the server has stored becomes what changes are measured against. */
    accept({ revision, content, cases }, shown = null) {
        this.revision = revision;
        this.saved = { tables: content.tables, justification: content.association_justification ?? "", cases };
        this.draft = shown ?? this.saved;
        this.#tell();
    }

    get isChanged() {
        return this.draft !== this.saved && JSON.stringify(this.draft) !== JSON.stringify(this.saved);
    }

    get content() {
        return contentOf(this.draft);
    }

    table(name) {
        return this.draft.tables.find((table) => table.name === name);
    }

    /* `place` is where the change happened, to go back to with it. */
    setTable(name, table, place = null) {
        if (table !== this.table(name)) {
            const tables = this.draft.tables.map((one) => (one.name === name ? table : one));
            this.set({ ...this.draft, tables }, place);
        }
    }

    setCases(cases) {
        this.set({ ...this.draft, cases });
    }

    /* What is typed in one go, the same `session`, is one step back. */
    setJustification(justification, session) {
        this.set({ ...this.draft, justification }, null, session);
    }

    set(draft, place = null, session = null) {
        if (!session || this.#undo.at(-1)?.session !== session) {
            this.#undo.push({ draft: this.draft, place, session });
            this.#undo.splice(0, this.#undo.length - STEPS_KEPT);
        }
        this.#redo = [];
        this.draft = draft;
        this.#tell(place);
    }

    undo() {
        return this.#step(this.#undo, this.#redo);
    }

    redo() {
        return this.#step(this.#redo, this.#undo);
    }

    get canUndo() {
        return this.#undo.length > 0;
    }

    get canRedo() {
        return this.#redo.length > 0;
    }

    #step(from, to) {
        const step = from.pop();
        if (!step) {
            return null;
        }
        to.push({ draft: this.draft, place: step.place });
        this.draft = step.draft;
        this.#tell(step.place);
        return step.place;
    }

    #tell(place = null) {
        this.dispatchEvent(new CustomEvent("change", { detail: { place } }));
    }
}
