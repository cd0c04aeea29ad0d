// Everything here only adds comfort: each page works without it.

// Menus close on Escape, on a click elsewhere and when the focus leaves them.
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const type of ["click", "focusin"]) {
  document.addEventListener(type, (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

// A message can be dismissed; without this script it goes with the next page.
document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".notice").remove();
});

// After a refusal one begins at the first field that is wrong.
document.querySelector("main [aria-invalid=true]")?.focus();

// One tick for all the boxes of a name.
document.addEventListener("change", ({ target }) => {
  for (const box of document.getElementsByName(target.dataset.ticks ?? "")) box.checked = target.checked;
});

// What was loaded alone brings its title along; the innermost knows best.
const product = document.title.split(" · ").at(-1);

document.addEventListener("htmx:afterSettle", () => {
  const titled = [...document.querySelectorAll("[data-title]")].at(-1);
  if (titled) document.title = `${titled.dataset.title} · ${product}`;
});

// What polls names what it has: as long as nothing has changed, the answer is a 304 and nothing is drawn again.
const tags = new Map();
const isPoll = (element) => element.id.endsWith("-poll");

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const tag = isPoll(detail.elt) && tags.get(detail.target.id);
  if (tag) detail.headers["If-None-Match"] = tag;
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "panel") tags.clear();
  tags.set(detail.target.id, detail.xhr.getResponseHeader("ETag"));
});

// What a swapped panel says is read out: a screen reader listens only to a region that was there before.
document.addEventListener("htmx:afterSettle", () => {
  const said = document.querySelector("#panel .messages")?.textContent.replace(/\s+/g, " ").trim();
  if (said) document.getElementById("announcer").textContent = said;
});

// A request that fails says so in the page instead of leaving it silently stale.
const say = (name) => {
  const region = document.getElementById("messages");
  const template = document.getElementById(name);
  if (!region || !template || region.querySelector(`[data-name=${name}]`)) return;
  region.append(template.content.cloneNode(true));
};

document.addEventListener("htmx:sendError", () => say("offline"));
document.addEventListener("htmx:timeout", () => say("offline"));
document.addEventListener("htmx:responseError", ({ detail }) => say(isPoll(detail.elt) ? "offline" : "failed"));
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  say("no-key");
});
// An answer takes it back, a 304 too; a poll's takes back no more than a poll can say.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) return;
  const name = isPoll(detail.requestConfig.elt) ? "[data-name=offline]" : "[data-name]";
  document.querySelectorAll(`#messages ${name}`).forEach((notice) => notice.remove());
});

// What is to be taken along is copied; without this script, one click on it selects all of it.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  for (const place of [button.lastElementChild, document.getElementById("announcer")]) place.textContent = button.dataset.done;
});
