// A live page: reads the fields, runs the graph, and sets every number on the page again.
(() => {
"use strict";
const get = id => document.getElementById(id), svg = "http://www.w3.org/2000/svg";
const start = page.fields.map(field => field.value);
let given = [...start], course = [];

// ---- numbers as they are displayed: so many decimals, short decimals and whole numbers exactly, else powers of ten
function shown(x) {
  if (x !== x) return {text: "undefined", value: NaN, exact: true};
  if (!isFinite(x)) return {text: x > 0 ? "∞" : "−∞", value: NaN, exact: true};
  const size = Math.abs(x), near = value => Math.abs(value - x) <= 1e-12 * size;
  if (Number.isInteger(x) && size < 1e9) return {text: minus(String(x + 0)), value: x, exact: true};
  if (size < 0.5 / 10 ** Math.max(page.digits - 1, 1) || size >= 1e6) {
    const [mantissa, exponent] = x.toExponential(size < 1 ? 1 : Math.max(page.digits - 1, 0)).split("e");
    const value = Number(mantissa + "e" + exponent);
    return {text: minus(String(Number(mantissa))) + "·10", power: minus(String(Number(exponent))), value, exact: near(value)};
  }
  const text = x.toFixed(size < 1000 ? page.digits : Math.max(page.digits - 2, 0)), value = Number(text), exact = near(value);
  return {text: minus(exact ? String(value) : text), value, exact};
}
const minus = text => text.replace("-", "−");
const RAISED = {"−": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹"};
const inText = number => number.text + [...number.power ?? ""].map(c => RAISED[c]).join("");

// ---- where a number comes from
function worth(source, run) {
  if (source.startsWith("norm:")) return Math.hypot(...source.slice(5).split(",").map(one => worth(one, run)));
  return source.split("+").map(one => look(one, run)).reduce((a, b) => a + b);
}
function look(source, run) {
  const kept = {v: run.values, g: run.gradients, l: run.locals, c: run.contributions}[source[0]];
  return kept[Number(source.slice(1))] ?? 0;
}

// ---- rows of the drawing, set from the left with their own gap and put in the middle of their room
const place = (element, x, y, scale = 1) => element.setAttribute("transform", `translate(${x} ${y})` + (scale === 1 ? "" : `scale(${scale})`));
function letters(g, number, held) {
  g.textContent = "";
  let at = 0;
  const put = (character, size, up) => {
    const use = document.createElementNS(svg, "use");
    use.setAttribute("href", "#" + page.letters[character]);
    use.setAttribute("transform", `translate(${at} ${-up})scale(${size})`);
    g.append(use);
    at += page.advances[character] * size;
  };
  for (const c of (held ? "(" : "") + number.text) {
    if (c === "·") at += 222;
    put(c, 1, 0);
    if (c === "·") at += 222;
  }
  for (const c of number.power ?? "") put(c, 0.7, 360);
  if (held) put(")", 1, 0);
  return at;
}
function setRow(row, numbers, tokens) {
  const gap = Number(row.dataset.gap), pieces = [...row.children];
  let at = 0;
  const placed = pieces.map((piece, k) => {
    const x = at;
    let width;
    if (piece.dataset.of) {
      const number = numbers.get(piece.dataset.of), before = k ? pieces[k - 1].dataset.says : "";
      const held = number.text.startsWith("−") && ["·", "+", "−"].includes(before);
      const scale = Number(piece.dataset.scale);
      width = letters(piece, number, held) * scale;
      tokens.push(number);
      at += width + gap;
      return () => place(piece, x, 0, scale);
    }
    if (piece.classList.contains("row")) width = setRow(piece, numbers, tokens);
    else {
      width = Number(piece.dataset.width);
      for (const inner of piece.querySelectorAll(".row")) {  // the cells of a matrix
        if (inner.parentElement.closest(".row") === row) tokens.push({exact: setLine(inner, numbers, null).every(token => token.exact !== false)});
      }
      const says = piece.dataset.says;
      tokens.push(["=", "≈"].includes(says) ? {relation: piece} : {says});
    }
    at += width + gap;
    return () => place(piece, x, 0);
  });
  placed.forEach(put => put());
  return Math.max(at - gap, 0);
}
function setLine(row, numbers, before) {
  const tokens = [], width = setRow(row, numbers, tokens), room = Number(row.dataset.room);
  const scale = Math.min(1, room / width);
  place(row, Number(row.dataset.x) + (room - width * scale) / 2, Number(row.dataset.y), scale);
  return relate(tokens, before);
}
// = where all that stands on both sides is displayed exactly, or holds in the digits displayed, else ≈
function relate(tokens, before) {
  const sides = [[]], signs = [];
  for (const token of tokens) {
    if (token.relation) { signs.push(token.relation); sides.push([]); } else sides.at(-1).push(token);
  }
  if (!sides[0].length && before) sides[0] = before;
  signs.forEach((sign, k) => {
    const use = document.createElementNS(svg, "use");
    use.setAttribute("href", "#" + page.letters[agree(sides[k], sides[k + 1]) ? "=" : "≈"]);
    use.setAttribute("transform", `translate(${sign.dataset.place})scale(${sign.dataset.scale})`);
    sign.replaceChildren(use);
  });
  return sides.at(-1);
}
function agree(one, other) {
  const left = digits(one), right = digits(other);
  return [...one, ...other].every(token => token.exact !== false) || Math.abs(left - right) <= 1e-9 * Math.abs(left);
}
// what the digits of one side come to, if it is a sum of products of numbers
function digits(side) {
  let total = 0, product = 1, sign = 1;
  for (const {value, says} of side) {
    if (says === "+" || says === "−") { total += sign * product; product = 1; sign = says === "+" ? 1 : -1; }
    else if (says !== "·") product *= value ?? NaN;
  }
  return side.length ? total + sign * product : NaN;
}

// ---- text with numbers in it: the captions
const sources = element => element.dataset.live.split(/[\ue010\ue011\ue012]/);  // text, source, what it was, text, ...
function setText(element, numbers) {
  const sides = [{text: "", tokens: []}];
  sources(element).forEach((part, k) => {
    if (k % 3 === 2) return;
    const tokens = sides.at(-1).tokens;
    if (k % 3 === 1) {
      const number = numbers.get(part), held = number.text.startsWith("−") && tokens.at(-1)?.says;
      tokens.push(number);
      sides.at(-1).text += held ? `(${inText(number)})` : inText(number);
      return;
    }
    part.split(/ [=≈] /).forEach((piece, first) => {
      if (first) sides.push({text: "", tokens: []});
      sides.at(-1).text += piece;
      if (piece.trim()) sides.at(-1).tokens.push({says: piece.trim(), value: NaN});
    });
  });
  element.textContent = sides.map(({text, tokens}, k) => k ? (agree(sides[k - 1].tokens, tokens) ? " = " : " ≈ ") + text : text).join("");
}

// ---- all of it
const drawn = [...document.querySelectorAll("#figure .row")].filter(row => !row.parentElement.closest(".row"));
const numbered = [...document.querySelectorAll("#figure [data-of]")], worded = [...document.querySelectorAll("[data-live]")];
const asked = new Set([...numbered.map(piece => piece.dataset.of), ...worded.flatMap(element => sources(element).filter((_, k) => k % 3 === 1))]);
const owner = new Map();
live.graph.boxes.forEach((box, k) => box.members.forEach(node => owner.set(node, k)));

function refresh() {
  const run = live.run(given), numbers = new Map([...asked].map(source => [source, shown(worth(source, run))]));
  let parent = null, before = null;
  for (const row of drawn) {
    before = setLine(row, numbers, row.parentElement === parent ? before : null);
    parent = row.parentElement;
  }
  for (const element of worded) setText(element, numbers);
  const said = new Set(run.kinks.map(([node, convention]) => `at ${page.names[owner.get(node)]} the graph is at a kink, where by convention ${convention}`));
  if (!isFinite(run.values[live.graph.boxes[page.output].root])) said.add(`${page.names[page.output]} is not a finite number here`);
  get("notes").textContent = [...said].join("; ");
  document.documentElement.dataset.ready = "yes";
  dispatchEvent(new CustomEvent("live", {detail: run}));
  return run;
}
const fields = [...document.querySelectorAll("#inputs [data-input]")];
function write(except) {
  for (const field of fields) {
    const text = String(Number(given[Number(field.dataset.input)].toPrecision(12)));
    if (field !== except) field.value = text;
  }
}
get("inputs").addEventListener("submit", event => event.preventDefault());
get("inputs").addEventListener("input", event => {
  const field = event.target, k = field.dataset.input;
  if (k === undefined) return;
  const wrong = field.value.trim() === "" || !isFinite(Number(field.value));
  field.toggleAttribute("aria-invalid", wrong);
  if (wrong) return;
  given[Number(k)] = Number(field.value);
  write(field);
  forget();
  refresh();
});
function forget() { course = []; tell(); }
function tell() {
  if (!get("course")) return;
  const output = run => run.values[live.graph.boxes[page.output].root];
  get("course").textContent = course.length ? `${page.names[page.output]} after ${course.length - 1} step${course.length === 2 ? "" : "s"}: ${inText(shown(course.at(-1)))}` : "";
  const low = Math.min(...course), high = Math.max(...course), span = high - low || 1;
  const points = course.map((y, k) => `${(course.length > 1 ? k / (course.length - 1) : 0) * 196 + 2} ${38 - (y - low) / span * 36}`);
  get("curve").firstElementChild.setAttribute("d", points.length > 1 ? "M" + points.join("L") : "");
}
if (get("descend")) get("descend").addEventListener("click", () => {
  const rate = Number(get("rate").value), before = live.run(given), root = live.graph.boxes[page.output].root;
  if (!course.length) course.push(before.values[root]);
  const places = new Map(live.graph.boxes.map((box, k) => [box.root, k]));
  given = given.map((x, k) => page.fields[k].data ? x : x - rate * before.gradients[places.get(live.graph.inputs[k])]);
  write(null);
  course.push(refresh().values[root]);
  tell();
});
get("reset").addEventListener("click", () => { given = [...start]; write(null); forget(); refresh(); });
tell();
refresh();
})();
