/* Unsaved tables survive a closed tab: they are kept in this browser, one copy for each person,
   version and revision. Facts of customers, tried or in cases, are never kept here. */

const PAUSE_MS = 400;

export class Keeper {
    #timer = null;

    constructor({ store, reader, version }) {
        this.store = store;
        this.prefix = `sluice-draft:${reader}:${version}:`;
    }

    get key() {
        return `${this.prefix}${this.store.revision}`;
    }

    soon() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.now(), PAUSE_MS);
    }

    now() {
        clearTimeout(this.#timer);
        const { saved, draft, revision } = this.store;
        try {
            const isSame = saved.tables === draft.tables && saved.justification === draft.justification;
            if (isSame || !this.store.isChanged) {
                localStorage.removeItem(this.key);
            } else {
                localStorage.setItem(this.key, JSON.stringify({
                    revision, at: Date.now(), base: saved.tables, tables: draft.tables,
                    baseJustification: saved.justification, justification: draft.justification,
                }));
            }
        } catch {
            // Full or forbidden: leaving the page still asks.
        }
    }

    /* What an earlier visit left, the newest first; null when there is nothing worth showing. */
    found() {
        const left = [];
        for (const key of this.#keys()) {
            try {
                left.push({ key, ...JSON.parse(localStorage.getItem(key)) });
            } catch {
                localStorage.removeItem(key);
            }
        }
        const { tables, justification } = this.store.saved;
        const said = (one) => JSON.stringify([one.tables, one.justification ?? justification]);
        const same = said({ tables });
        return left.filter((one) => Array.isArray(one.tables) && said(one) !== same)
            .sort((one, other) => other.at - one.at)[0] ?? null;
    }

    forget() {
        clearTimeout(this.#timer);
        this.#keys().forEach((key) => localStorage.removeItem(key));
    }

    #keys() {
        try {
            return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
        } catch {
            return [];
        }
    }
}
