"use strict";
// A part of the contents is opened and shown.
document.querySelectorAll("nav button").forEach((button) =>
  button.addEventListener("click", () => {
    const part = document.getElementById(button.dataset.part);
    part.open = true;
    part.scrollIntoView({ behavior: "smooth" });
    part.querySelector("summary").focus({ preventScroll: true });
  }));
// A click on a header sorts its table: by number if every cell begins with one, else by text.
const keyOf = (text) => {
  const number = parseFloat(text.replace(/,/g, ""));
  return Number.isNaN(number) ? null : number;
};
document.querySelectorAll("thead th").forEach((head) => {
  head.setAttribute("aria-sort", "none");
  head.tabIndex = 0;
  const sort = () => {
    const column = head.cellIndex;
    const body = head.closest("table").tBodies[0];
    const falling = head.getAttribute("aria-sort") === "ascending";
    const rows = [...body.rows].map((row) => [row.cells[column].textContent.trim(), row]);
    const numeric = rows.every(([text]) => text === "" || text === "-" || keyOf(text) !== null);
    rows.sort(([a], [b]) => numeric ? (keyOf(a) ?? -Infinity) - (keyOf(b) ?? -Infinity) : a.localeCompare(b));
    if (falling) rows.reverse();
    head.parentElement.querySelectorAll("th").forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    body.append(...rows.map(([, row]) => row));
  };
  head.addEventListener("click", sort);
  head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
});
// A picture is unpacked and drawn when it is opened for the first time.
const draw = async (place) => {
  const packed = place.dataset.picture;
  if (!packed) return;
  delete place.dataset.picture;
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  place.innerHTML = await new Response(stream).text();
};
document.querySelectorAll("details.picture").forEach((part) =>
  part.addEventListener("toggle", () => { if (part.open) draw(part.querySelector(".drawn")); }));
// Paper has no folds; pictures that were not opened are left out.
const folded = [];
addEventListener("beforeprint", () => document.querySelectorAll("main > details:not([open])").forEach((part) => {
  folded.push(part);
  part.open = true;
}));
addEventListener("afterprint", () => { while (folded.length) folded.pop().open = false; });
