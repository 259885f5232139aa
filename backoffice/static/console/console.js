/* The draft editor's keyboard: Ctrl+S saves, up and down walk a column, leaving unsaved cells asks. */
document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("main")?.setAttribute("role", "main"); // the theme has no landmark
    const draft = document.getElementById("draft");
    const field = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (field instanceof HTMLInputElement) {
        field.focus();
    }
    if (!draft) {
        return;
    }
    let isChanged = "unsaved" in draft.dataset;
    draft.addEventListener("input", () => { isChanged = true; });
    draft.addEventListener("submit", () => { isChanged = false; });
    window.addEventListener("beforeunload", (event) => {
        if (isChanged) {
            event.preventDefault();
        }
    });
    document.addEventListener("keydown", (event) => {
        if ((event.ctrlKey || event.metaKey) && event.key === "s") {
            event.preventDefault();
            draft.requestSubmit();
        }
    });
    draft.addEventListener("keydown", (event) => {
        const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        const place = /^(.+):(\d+):(\d+)$/.exec(event.target.id || "");
        if (step && place) {
            const next = document.getElementById(`${place[1]}:${Number(place[2]) + step}:${place[3]}`);
            if (next) {
                event.preventDefault();
                next.focus();
                next.select();
            }
        }
    });
});
