/* The theme has no landmark for what a page is about. */
document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("main")?.setAttribute("role", "main");
});
