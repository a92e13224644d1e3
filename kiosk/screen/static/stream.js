// Follows an event stream of whole views, and says when it has gone silent. A page that was
// open over an update is loaded anew.

const TRY_MS = 1500; // a dropped connection is tried for so long before the page says so
const SILENCE_MS = 4500; // two heartbeats of 2 s have not come
const LOOK_MS = 250;

export function follow(url, onView, onLost) {
  let source = null;
  let heardMs = performance.now();
  let brokenMs = null;
  let openedMs = 0;
  let isLost = false;
  let pages = null;

  function open() {
    source?.close();
    openedMs = performance.now();
    source = new EventSource(url);
    source.onmessage = (event) => {
      heardMs = performance.now();
      brokenMs = null;
      isLost = false;
      const view = JSON.parse(event.data);
      pages ??= view.pages;
      if (pages === view.pages) onView(view);
      else location.reload();
    };
    source.onerror = () => {
      brokenMs ??= performance.now();
    };
  }

  function look() {
    const now = performance.now();
    const isSilent = now - heardMs > SILENCE_MS;
    const isBroken = brokenMs !== null && now - brokenMs > TRY_MS;
    if (!isSilent && !isBroken) return;
    if (!isLost) {
      isLost = true;
      onLost();
    }
    if (now - openedMs > TRY_MS) open();
  }

  open();
  setInterval(look, LOOK_MS);
}
