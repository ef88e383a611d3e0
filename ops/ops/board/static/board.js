// Keeps the board up to date while it is open. Without it the page is complete, and is loaded again.
"use strict";

(() => {
  const board = document.querySelector("[data-live-from]");
  if (!board || !("EventSource" in window)) return;

  const words = board.querySelector("[data-live-words]");
  const when = board.querySelector("[data-live-when]");
  const button = board.querySelector("[data-live-pause]");
  let source = null;

  function say(text) {
    words.textContent = text;
  }

  function headline() {
    const found = document.querySelector("[data-live-headline]");
    return found ? found.textContent : "";
  }

  // What the reader opened, scrolled and stands on stays as it was.
  function replace(place, html) {
    const open = [...place.querySelectorAll("details[open]")].map((each) => each.id);
    const scrolled = [...place.querySelectorAll(".footing-wide")].map((each) => [each.id, each.scrollLeft]);
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    const summary = focused && focused.closest("details") ? focused.closest("details").id : null;
    place.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    for (const [id, left] of scrolled) {
      const region = document.getElementById(id);
      if (region) region.scrollLeft = left;
    }
    if (!focused) return;
    const again = focused.id
      ? document.getElementById(focused.id)
      : focused.tagName === "A"
        ? [...place.querySelectorAll("a")].find((each) => each.href === focused.href)
        : summary && document.querySelector(`#${summary} summary`);
    again?.focus({ preventScroll: true });
  }

  function show(changed) {
    const before = headline();
    for (const [name, html] of Object.entries(changed)) {
      const place = document.querySelector(`[data-fragment="${name}"]`);
      if (place) replace(place, html);
    }
    when.textContent = new Date().toLocaleTimeString("en-GB");
    if (headline() !== before) say(`${headline()}.`);
  }

  function open() {
    source = new EventSource(board.dataset.liveFrom);
    source.addEventListener("board", (event) => show(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      if (source && source.readyState === EventSource.CLOSED) ended();
      else say("The board does not answer; trying again.");
    });
    button.textContent = "Pause updates";
    board.dataset.liveState = "on";
  }

  function close() {
    source.close();
    source = null;
    button.textContent = "Go on with updates";
    board.dataset.liveState = "paused";
  }

  function ended() {
    close();
    say("Updates have ended: load the page again.");
    button.hidden = true;
    board.dataset.liveState = "ended";
  }

  button.addEventListener("click", () => {
    if (source) {
      close();
      say("Paused. The page stays as it is.");
    } else {
      open();
      say("Updates go on.");
    }
  });

  board.querySelector("[data-live-shown]").hidden = false;
  open();
})();
