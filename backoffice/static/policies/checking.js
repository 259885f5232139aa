/* Faults while people type: the server's own checks, asked a moment after the last change. */

import { post } from "./server.js";

const PAUSE_MS = 300;

export class Checker extends EventTarget {
    #timer = null;
    #running = null;

    constructor(url) {
        super();
        this.url = url;
        this.isWaiting = false;
    }

    /* The answer to an older question than the last one asked is dropped. */
    soon(draft) {
        this.isWaiting = true;
        clearTimeout(this.#timer);
        this.#running?.abort();
        this.#timer = setTimeout(() => this.#ask(draft), PAUSE_MS);
    }

    async #ask(draft) {
        const asked = new AbortController();
        this.#running = asked;
        try {
            const review = await post(this.url, { content: { tables: draft.tables }, cases: draft.cases }, asked.signal);
            if (!asked.signal.aborted) {
                this.isWaiting = false;
                this.dispatchEvent(new CustomEvent("checked", { detail: review }));
            }
        } catch (error) {
            if (error.name !== "AbortError" && !asked.signal.aborted) {
                this.isWaiting = false;
                this.dispatchEvent(new CustomEvent("failed", { detail: error }));
            }
        }
    }
}
