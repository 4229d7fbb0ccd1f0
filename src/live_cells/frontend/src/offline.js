// A page that has run Python once opens without a network: a service worker keeps it.
export async function registerWorker({ root }) {
  if (!navigator.serviceWorker) return; // no secure context
  try {
    await navigator.serviceWorker.register(new URL("live-cells-sw.js", root));
    const { active } = await navigator.serviceWorker.ready;
    // The page came before its worker, and so did all that it shows.
    const addresses = performance
      .getEntriesByType("resource")
      .map(({ name }) => name)
      .filter((name) => name.startsWith(root));
    active.postMessage({ keep: [location.href.split("#")[0], ...new Set(addresses)] });
  } catch {
    // Some browsers refuse; then pages need the network, as before.
  }
}
