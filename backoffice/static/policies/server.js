/* Asking the server. Every refusal comes back as one kind of error with words for people. */

import { t } from "./words.js";

export class Refused extends Error {
    constructor(words, { code = "", body = {} } = {}) {
        super(words);
        this.code = code;
        this.body = body;
    }
}

export async function post(url, value) {
    const token = document.querySelector("#policy-editor-token input").value;
    let response;
    try {
        response = await fetch(url, {
            method: "POST",
            headers: { "Content-Type": "application/json", "X-CSRFToken": token },
            body: JSON.stringify(value),
            redirect: "manual",
        });
    } catch {
        throw new Refused(t("noAnswer"), { code: "no_answer" });
    }
    if (response.type === "opaqueredirect" || !/json/.test(response.headers.get("Content-Type") ?? "")) {
        throw new Refused(t("signedOut"), { code: "signed_out" });
    }
    const body = await response.json();
    if (!response.ok) {
        throw new Refused(said(body), { code: body.code, body });
    }
    return body;
}

function said(body) {
    const details = (body.errors ?? []).map((one) => one.detail).filter((detail) => detail !== body.title);
    return [body.title, ...details].join(" ");
}
