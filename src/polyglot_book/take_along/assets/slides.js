// The lecture: arrow keys, and an address for each slide.
Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0.03,
  center: false,
  hash: true,
  slideNumber: true,
  controls: false, // they would stand on captions
  transition: "none",
});
