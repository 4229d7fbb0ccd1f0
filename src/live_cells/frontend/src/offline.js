// A page that has run Python once opens without a network: a service worker keeps it.
export async function registerWorker({ root }) {
  if (!navigator.serviceWorker) return; // no secure context
  try {
    await navigator.serviceWorker.register(new URL("live-cells-sw.js", root));
    const { active } = await navigator.serviceWorker.ready;
    // The page came before its worker, and so did what it shows. Parts that it may need later come now.
    await Promise.allSettled([import("./editor.js"), import("./steps.js")]);
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const pictures = [...document.images].map(({ src }) => src);
    const own = [...loaded, ...pictures].filter((address) => address.startsWith(root));
    active.postMessage({ keep: [location.href.split("#")[0], ...new Set(own)] });
  } catch {
    // Some browsers refuse; then pages need the network, as before.
  }
}
