// Keeps the pages that a reader has opened, with all they show, for reading without a network. With
// one, a page always comes from there. Packed files of Python are kept by the pages themselves.
const CACHE = "live-cells-pages";
const PACKED = /\.(?:xz|gz|zip)$/;
const PATIENCE = 5000;

const keeps = (url) => url.href.startsWith(registration.scope) && !PACKED.test(url.pathname);

async function keep(request, response) {
  if (response.ok && response.status === 200 && response.type === "basic") {
    const cache = await caches.open(CACHE);
    await cache.put(request, response);
  }
}

async function answer(event) {
  const { request } = event;
  const fromNetwork = fetch(request);
  fromNetwork.catch(() => {}); // it may lose the race
  try {
    const patience = new Promise((_, reject) => setTimeout(reject, PATIENCE, new Error("slow")));
    const kept = await caches.match(request, { cacheName: CACHE });
    const response = await (kept ? Promise.race([fromNetwork, patience]) : fromNetwork);
    event.waitUntil(keep(request, response.clone()).catch(() => {}));
    return response;
  } catch (error) {
    const kept = await caches.match(request, { cacheName: CACHE });
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("install", () => skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && !request.headers.has("range") && keeps(new URL(request.url))) {
    event.respondWith(answer(event));
  }
});
self.addEventListener("message", (event) => {
  const addresses = (event.data.keep ?? []).filter((address) => keeps(new URL(address)));
  event.waitUntil(
    Promise.allSettled(
      addresses.map(async (address) => keep(address, await fetch(address, { cache: "force-cache" }))),
    ),
  );
});
