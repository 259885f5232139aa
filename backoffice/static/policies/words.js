/* What the page says, in the operator's language: the server sends every text. */

let texts = {};

export function speak(given) {
    texts = given;
}

/* `%(name)s` in a text is filled in from `values`. */
export function t(key, values = {}) {
    return (texts[key] ?? key).replace(/%\((\w+)\)s/g, (_whole, name) => values[name] ?? "");
}
