// What is said on every page: new notices are read out, and own jobs are watched from page to page until they end.

const WATCHED = "watched";
const asks = () => document.getElementById("now-poll");
const ids = (text) => (text ? text.split(",") : []);
const keep = (watched) => sessionStorage.setItem(WATCHED, [...new Set(watched)].join(","));

// A job may end while the browser is between two pages: what the last one watched, this one asks after.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const watched = sessionStorage.getItem(WATCHED);
  if (detail.elt === asks() && watched) detail.parameters.watch = watched;
});

document.addEventListener("htmx:load", ({ target }) => {
  if (target !== document.body || !asks()) return;
  const missed = ids(sessionStorage.getItem(WATCHED));
  const watched = ids(asks().dataset.watch);
  keep([...missed, ...watched]);
  if (missed.some((id) => !watched.includes(id))) htmx.trigger(asks(), "ask");
});

// The answer to that question says all that there is to say; closing a notice says nothing of jobs.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "now" || !asks()) return;
  const before = detail.requestConfig.elt.id === "now-poll" ? [] : ids(sessionStorage.getItem(WATCHED));
  keep([...before, ...ids(asks().dataset.watch)]);
});

// Whatever was done may have started a job.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const isAction = detail.requestConfig.verb === "post" && detail.requestConfig.target.id !== "now";
  if (isAction && asks()) htmx.trigger(asks(), "ask");
});

// A notice that was not there before is read out, not every answer.
let said = document.getElementById("now")?.textContent;

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.id !== "now") return;
  const banners = document.getElementById("now");
  if (banners.textContent !== said) document.getElementById("announcer").textContent = banners.textContent.replace(/\s+/g, " ").trim();
  said = banners.textContent;
});

// What popped up leaves by itself after a while, unless somebody is at it or has yet to see it; it is on the list too.
const SHOWN_MS = 8000;
const AGAIN_MS = 2000;

document.addEventListener("htmx:load", ({ target }) => {
  if (!target.matches?.(".toast")) return;
  const leave = () => {
    if (document.hidden || target.matches(":hover, :focus-within")) setTimeout(leave, AGAIN_MS);
    else target.remove();
  };
  setTimeout(leave, SHOWN_MS);
});
