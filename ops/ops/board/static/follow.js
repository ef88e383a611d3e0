// Loads anew what is under way on the page, until it has come to its end. Without it the page reloads itself.
"use strict";

(() => {
  const EVERY_MS = 2000;

  async function look() {
    const answer = await fetch(window.location.href, { headers: { accept: "text/html" } }).catch(() => null);
    if (answer && answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.querySelector("[data-follow]")) {
        window.location.reload();
        return;
      }
      const words = page.querySelector("[data-follow]").textContent.trim();
      const here = document.querySelector("[data-follow]");
      if (here.textContent.trim() !== words) here.innerHTML = page.querySelector("[data-follow]").innerHTML;
    }
    setTimeout(look, EVERY_MS);
  }

  setTimeout(look, EVERY_MS);
})();
