// Keeps the student's pages on this computer, so that a reload works while the network is away. The server writes a line
// before this one, `const KEPT = { version, files }`, so that each release brings a worker of its own.
//
// The network always comes first: a release is seen at once, and what is kept is only for when the network does not
// answer. Replies of the interface are never kept here.

const CACHE = `exam-pages-${KEPT.version}`;
/** Loaded at their first use by what was kept; kept from then on. */
const LAZY = /^\/assets\/vendor\//;
/** How long the network may take, in milliseconds. */
const PATIENCE_MS = 3000;
/** For how long after it did not answer what is kept comes first: a page has many files. */
const AWAY_FOR_MS = 10000;

let awayUntil = 0;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    // Past the browser's own cache: exactly this release.
    await cache.addAll(["/", ...KEPT.files].map((address) => new Request(address, { cache: "reload" })));
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("exam-pages-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const isPage = url.pathname === "/" || url.pathname.startsWith("/assets/");
  if (event.request.method === "GET" && url.origin === self.location.origin && isPage) event.respondWith(answer(event.request, url));
});

async function answer(request, url) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(url.pathname);
  if (!kept) return load(cache, request, url);
  if (Date.now() < awayUntil) return kept;
  try {
    const response = await Promise.race([fetch(request), late()]);
    // A proxy in front of a server that is away answers for it.
    if (response.status < 500) return response;
  } catch {
    awayUntil = Date.now() + AWAY_FOR_MS;
  }
  return kept;
}

async function load(cache, request, url) {
  const response = await fetch(request);
  if (response.ok && LAZY.test(url.pathname)) await cache.put(url.pathname, response.clone());
  return response;
}

const late = () => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), PATIENCE_MS));
