/* The draft editor: reads what the page brought along and puts its parts together. */

import { button, el } from "./dom.js";
import { Cases } from "./cases.js";
import { Checker } from "./checking.js";
import { commandsOf } from "./commands.js";
import { Faults } from "./faults.js";
import { Grid } from "./grid.js";
import { Hits } from "./hits.js";
import { Justification } from "./justification.js";
import { Keeper } from "./keeping.js";
import { Store, contentOf } from "./store.js";
import { Trial } from "./trying.js";
import { Vocabulary } from "./vocabulary.js";
import { listen } from "./keyboard.js";
import { pickSignal } from "./picker.js";
import { post, Refused } from "./server.js";
import { showConflict } from "./conflict.js";
import { showHelp } from "./help.js";
import { speak, t } from "./words.js";
import { toolbar } from "./toolbar.js";

const given = JSON.parse(document.getElementById("policy-editor-state").textContent);
speak(given.strings);
const store = new Store(given.stored);
const vocabulary = new Vocabulary(given);
const keeper = new Keeper({ store, reader: given.reader, version: given.version });
const justification = new Justification({ store, vocabulary });
const checker = new Checker(given.urls.check);
const message = el("p", { class: "policy-message", role: "alert" });
const standing = el("span", { class: "hint", role: "status" });
const saveButton = button(t("saveDraft"), () => save(), { kind: "primary" });
const trial = new Trial({
    store, vocabulary, urls: given.urls, mayBorrow: given.mayBorrow,
    keep: (facts, answer) => cases.keep(facts, answer),
});
const cases = new Cases({ store, vocabulary, trial, tell });
const faults = new Faults({ vocabulary, open: (fault) => goTo(fault) });
const grids = new Map();
const hits = new Hits(document.getElementById("row-hits")?.dataset.address);
let isSaving = false;

function tell(text, kind = "") {
    message.textContent = text;
    message.className = `policy-message ${kind && `is-${kind}`}`;
}

function section(table) {
    const grid = new Grid({ name: table.name, store, vocabulary });
    grid.hits = hits;
    const commands = commandsOf(grid, {
        store, vocabulary, save, tell, help: showHelp,
        pickSignal: (used) => pickSignal(vocabulary, used),
        leave: () => bar.querySelector("button[tabindex='0']").focus(),
        // What is being typed is checked where it would stand; null: nothing is any more.
        preview: (typed) => checker.soon(typed
            ? { ...store.draft, tables: store.draft.tables.map((one) => (one.name === table.name ? typed : one)) }
            : store.draft),
    });
    const bar = toolbar(grid.title, {
        ...Object.fromEntries(Object.entries(commands).map(([verb, press]) => [verb, () => {
            press();
            if (verb !== "help" && verb !== "addColumn") {
                grid.root.focus({ preventScroll: true });
            }
        }])),
        addColumn: commands.addColumn,
    });
    listen(grid, commands);
    grid.addEventListener("moved", () => { grid.note.textContent = faults.note(grid); });
    grids.set(table.name, grid);
    return el("section", { class: "card policy-sheet", "aria-labelledby": `${table.name}-title` },
        el("header", {}, el("div", {}, el("h2", { id: `${table.name}-title` }, grid.title),
            el("p", { class: "hint" }, vocabulary.tables[table.name]?.explanation ?? "")), bar),
        grid.element);
}

function goTo(fault) {
    const grid = grids.get(fault.table);
    if (fault.isOfJustification) {
        justification.text.focus();
    } else if (grid) {
        grid.root.scrollIntoView({ block: "center" });
        grid.select({ row: fault.rule ?? 0, column: fault.column ?? 0 });
        grid.root.focus({ preventScroll: true });
    }
}

function reviewed(review) {
    faults.show(review);
    for (const [name, grid] of grids) {
        grid.faults = faults.byCell(name);
        grid.readings = review.readings?.[name] ?? [];
        grid.render();
    }
    cases.show(review.cases);
    if (trial.hasFaults !== review.faults.length > 0) {
        trial.hasFaults = review.faults.length > 0;
        trial.again();
    }
    say();
}

function traced() {
    for (const [name, grid] of grids) {
        grid.trace = trial.trace(store.table(name));
        grid.render();
    }
}

function say() {
    standing.textContent = isSaving ? t("saving") : store.isChanged ? t("unsaved") : t("allSaved");
    saveButton.disabled = isSaving;
}

async function save() {
    if (isSaving) {
        return;
    }
    isSaving = true;
    say();
    const sent = store.draft;
    try {
        const body = await post(given.urls.save, { content: contentOf(sent), cases: sent.cases, revision: store.revision });
        keeper.forget();
        store.accept(body, store.draft === sent ? null : store.draft);
        reviewed(body.review);
        const failed = body.review.cases.filter((one) => !one.isPassed).length;
        const count = body.review.faults.length;
        tell(count ? t("savedWithFaults", { count }) : failed ? t("savedWithFailures", { count: failed }) : t("savedReady"), count || failed ? "warning" : "success");
    } catch (error) {
        refused(error);
    } finally {
        isSaving = false;
        say();
    }
}

function refused(error) {
    if (!(error instanceof Refused)) {
        throw error;
    }
    keeper.now();
    tell(error.message, "error");
    if (error.code === "draft_changed" && error.body.theirs) {
        resolve(error.body.theirs, store.saved, store.draft);
    }
}

function resolve(theirs, base, mine) {
    showConflict({ vocabulary, base, mine, theirs, take: (draft) => {
        store.accept(theirs, mine);
        store.set(draft);
        save();
    } });
}

/* What an earlier visit left unsaved is offered, never put in unasked. */
function offerKept() {
    const left = keeper.found();
    if (!left) {
        return null;
    }
    const note = el("div", { class: "blast-radius policy-kept", role: "status" },
        el("p", {}, t("keptWork", { when: new Date(left.at).toLocaleString() })),
        button(t("bringBack"), () => {
            note.remove();
            const mine = { ...store.draft, tables: left.tables, justification: left.justification ?? store.draft.justification };
            if (left.revision === store.revision) {
                store.set(mine);
            } else {
                const base = { ...store.draft, tables: left.base, justification: left.baseJustification ?? store.draft.justification };
                resolve({ ...given.stored }, base, mine);
            }
        }), button(t("discard"), () => {
            keeper.forget();
            note.remove();
        }));
    return note;
}

store.addEventListener("change", ({ detail: { place } }) => {
    grids.forEach((grid) => grid.render());
    if (place && grids.has(place.table)) {
        grids.get(place.table).select(place.anchor, place.current);
    }
    cases.render();
    justification.render();
    trial.drawFields();
    trial.again();
    checker.soon(store.draft);
    keeper.soon();
    say();
});
checker.addEventListener("checked", ({ detail }) => reviewed(detail));
checker.addEventListener("failed", ({ detail }) => tell(detail.message, "error"));
trial.addEventListener("tried", traced);
hits.addEventListener("loaded", () => grids.forEach((grid) => grid.render()));
window.addEventListener("beforeunload", (event) => {
    if (store.isChanged) {
        keeper.now();
        event.preventDefault();
    }
});
document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
        event.preventDefault();
        save();
    }
});

const kept = offerKept();
document.getElementById("policy-editor").replaceChildren(...[
    kept, ...given.stored.content.tables.map(section), justification.element, faults.element, faults.warnings, trial.element, cases.element,
    el("div", { class: "save-bar" }, saveButton, faults.count, standing, message),
].filter(Boolean));
reviewed(given.review);
document.getElementById("policy-editor").dataset.ready = "";
