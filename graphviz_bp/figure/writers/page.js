
(() => {
"use strict";
const get = id => document.getElementById(id);
const slider = get("slider"), place = get("place"), said = get("said"), bar = get("bar");
const told = [...document.querySelectorAll("#steps a")], last = told.length;
const parts = [...get("figure").querySelectorAll("[data-on]")].map(
  part => [part, part.dataset.on.split(" ").map(range => range.split("-").map(Number))]);
let at = 0;

function show(step) {
  step = Math.min(last, Math.max(1, step));
  if (step === at) return;
  at = step;
  for (const [part, ranges] of parts) {
    part.classList.toggle("on", ranges.some(([from, to = from]) => from <= at && at <= to));
  }
  const line = told[at - 1].textContent;
  slider.value = at;
  slider.setAttribute("aria-valuetext", line);
  place.textContent = at + " / " + last;
  said.textContent = line;
  told.forEach((link, k) => k + 1 === at ? link.setAttribute("aria-current", "step") : link.removeAttribute("aria-current"));
}

function go(step) {
  show(step);
  try { history.replaceState(null, "", "#step=" + at); } catch { /* some viewers keep the address to themselves */ }
}

function asked() {
  const found = /^#step=(\d{1,5})$/.exec(location.hash);
  return found ? Number(found[1]) : 0;
}

const keys = {
  ArrowRight: () => at + 1, PageDown: () => at + 1, ArrowLeft: () => at - 1, PageUp: () => at - 1,
  " ": event => at + (event.shiftKey ? -1 : 1), Home: () => 1, End: () => last,
};
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(keys, event.key)) return;
  if (event.key === " " && event.target.closest("button, summary, a")) return;
  event.preventDefault();
  go(keys[event.key](event));
});
const buttons = {first: () => 1, back: () => at - 1, next: () => at + 1, last: () => last};
for (const [name, step] of Object.entries(buttons)) get(name).addEventListener("click", () => go(step()));
slider.addEventListener("input", () => go(Number(slider.value)));
addEventListener("hashchange", () => asked() && show(asked()));

const folded = [...document.querySelectorAll("details")];
let open = folded.map(() => false);
const fold = () => folded.forEach((one, k) => { one.open = open[k]; });
addEventListener("beforeprint", () => { open = folded.map(one => one.open); folded.forEach(one => { one.open = true; }); });
addEventListener("afterprint", fold);

fold();
bar.hidden = false;
document.documentElement.classList.add("stepping");
show(asked() || 1);
})();
