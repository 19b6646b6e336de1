// One keystroke per decision; the keys stand on the buttons, which do the same without this file.
const keys = new Set(["a", "r", "f", "s", "u"]);
const isTyping = (target) => target.closest("input:not([type=hidden]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  const button = keys.has(key) && document.querySelector(`#question button[data-key="${key}"]`);
  if (!button || button.closest("#question").classList.contains("htmx-request")) return;
  event.preventDefault();
  button.click();
});

// The next question replaces the one that was answered: whoever reads by ear or keyboard goes on from its heading.
document.addEventListener("htmx:afterSwap", () => {
  const heading = document.querySelector("#question-heading");
  if (heading) heading.focus();
});
