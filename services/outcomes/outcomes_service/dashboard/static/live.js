// Keeps the numbers of a staff page up to date while it is open. Without it the page is complete, and is loaded again.
"use strict";

(() => {
  const board = document.querySelector("[data-live-from]");
  if (!board || !("EventSource" in window)) return;

  const QUIET_MS = 20000; // somebody who listens to the page is told of changes no more often
  const words = board.querySelector("[data-live-words]");
  const when = board.querySelector("[data-live-when]");
  const button = board.querySelector("[data-live-pause]");
  const cells = new Map();
  for (const cell of document.querySelectorAll("[data-live]")) cells.set(cell.dataset.live, cell);

  let source = null;
  let seen = board.dataset.liveSeen;
  let marked = [];
  let changes = 0;
  let timer = null;

  function say(text) {
    words.textContent = text;
  }

  function sayChanges() {
    timer = null;
    if (changes) {
      say(changes === 1 ? "1 number has changed." : `${changes} numbers have changed.`);
      changes = 0;
      timer = setTimeout(sayChanges, QUIET_MS);
    }
  }

  function show(changed) {
    for (const cell of marked) cell.classList.remove("footing-changed");
    marked = [];
    let unknown = false;
    for (const [name, text] of Object.entries(changed)) {
      const cell = cells.get(name);
      if (!cell || text === null) {
        unknown = true;
      } else if (cell.textContent !== text) {
        cell.textContent = text;
        cell.classList.add("footing-changed");
        marked.push(cell);
        changes += 1;
      }
    }
    when.textContent = new Date().toLocaleTimeString("en-GB");
    if (unknown) say("There are other figures than this page shows: load it again.");
    else if (!timer) sayChanges();
  }

  function open() {
    const address = new URL(board.dataset.liveFrom, window.location.href);
    address.searchParams.set("seen", seen);
    source = new EventSource(address);
    source.addEventListener("figures", (event) => {
      seen = event.lastEventId;
      show(JSON.parse(event.data));
    });
    source.addEventListener("error", () => {
      if (source && source.readyState === EventSource.CLOSED) ended();
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
      say("Paused. The numbers stay as they are.");
    } else {
      open();
      say("Updates go on.");
    }
  });

  board.querySelector("[data-live-shown]").hidden = false;
  open();
})();
