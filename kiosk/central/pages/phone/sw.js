// Keeps the page on the phone, so that it opens where there is no network. Holds no secret.

const KEPT = "pass-1";
const FILES = [
  "./", "phone.js", "phone.css", "keep.js", "pass.js", "qrcode.mjs", "icon.svg",
  "manifest.webmanifest",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  const others = caches.keys().then((names) =>
    Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))),
  );
  event.waitUntil(others.then(() => self.clients.claim()));
});

async function renew(request) {
  const fresh = await fetch(request);
  if (fresh.ok && !fresh.redirected) await (await caches.open(KEPT)).put(request, fresh.clone());
  return fresh;
}

// What is kept comes first: a network that is there and answers nothing must delay nobody.
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const fresh = renew(event.request);
  event.waitUntil(fresh.catch(() => null));
  const kept = caches.match(event.request, { ignoreSearch: true });
  event.respondWith(kept.then((found) => found ?? fresh));
});
