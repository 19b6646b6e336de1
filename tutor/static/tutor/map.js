// Without this the picture opens at its left edge; with it, at the concept that comes next.
const scroller = document.querySelector(".map-scroll");
const next = scroller && scroller.querySelector(".is-next");
if (next) {
  const box = next.getBoundingClientRect();
  const frame = scroller.getBoundingClientRect();
  scroller.scrollLeft += box.left + box.width / 2 - (frame.left + frame.width / 2);
  scroller.scrollTop += box.top + box.height / 2 - (frame.top + frame.height / 2);
}
