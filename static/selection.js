// Where the eye and the focus go when a panel is swapped: to the row that it describes, which nothing covers.
const row = () => document.querySelector("#panel .row-link[aria-current=true]");
let before;

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "panel") before = detail.target.contains(document.activeElement) ? (row()?.id ?? "new") : null;
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "panel") return;
  uncover();
  // What had the focus may be gone: it goes on to what is shown now, or back to the row that was described.
  if (!before || document.activeElement !== document.body) return;
  const next = row() ?? document.querySelector("#detail[data-selected], #panel [data-next]") ?? document.getElementById(before);
  next?.focus();
});

// The description that stays in sight at the end of the window must not stand on its own row.
const uncover = () => {
  if (document.querySelector(".below[data-selected]")) row()?.closest("tr").scrollIntoView({ block: "nearest" });
};

uncover();
