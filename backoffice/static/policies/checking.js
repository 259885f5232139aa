/* Faults while people type: the server's own checks, asked a moment after the last change. */

import { contentOf } from "./store.js";
import { post } from "./server.js";

const PAUSE_MS = 300;

export class Checker extends EventTarget {
    #timer = null;
    #next = null; // what to ask once the question on its way is answered
    #isAsking = false;

    constructor(url) {
        super();
        this.url = url;
    }

    /* One question at a time: large tables take the server seconds. */
    soon(draft) {
        this.#next = draft;
        clearTimeout(this.#timer);
        if (!this.#isAsking) {
            this.#timer = setTimeout(() => this.#ask(), PAUSE_MS);
        }
    }

    async #ask() {
        const asked = this.#next;
        this.#next = null;
        this.#isAsking = true;
        try {
            const review = await post(this.url, { content: contentOf(asked), cases: asked.cases });
            // An answer to what is no longer on the screen would mark the wrong rows.
            this.#next || this.dispatchEvent(new CustomEvent("checked", { detail: review }));
        } catch (error) {
            this.dispatchEvent(new CustomEvent("failed", { detail: error }));
        } finally {
            this.#isAsking = false;
            this.#next && this.soon(this.#next);
        }
    }
}
