// "/" goes to the search field of the page, Ctrl K or ⌘ K to the search of everything in the top bar; where there is
// only one of the two, both go there. Somebody who is typing may still type a "/".
const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
const ofPage = () => document.getElementById("search");
const ofEverything = () => document.getElementById("search-all");

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
  const k = event.key.toLowerCase() === "k" && (isApple ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;
  const field = slash ? (ofPage() ?? ofEverything()) : k ? (ofEverything() ?? ofPage()) : null;
  if (!field) return;
  event.preventDefault();
  // On a narrow screen the top bar has no field, only a link to the page that has one.
  if (!field.checkVisibility()) return document.getElementById("search-link")?.click();
  field.focus();
  field.select();
});

if (isApple) for (const key of document.querySelectorAll("kbd[data-apple]")) key.textContent = key.dataset.apple;

// Where one comes to a page to type on, the cursor stands behind what was typed.
const typedIn = document.querySelector("#search[autofocus]");
typedIn?.setSelectionRange(typedIn.value.length, typedIn.value.length);
