// Single-key shortcuts; every one of them has a link or a button that does the same without this file.
// They can be switched off (WCAG 2.2, 2.1.4), and they rest while something is being typed.
"use strict";
(() => {
  const off = () => localStorage.getItem("avedis-keys") === "off";
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  const stops = () => [...document.querySelectorAll("tr a.open, .criterion")];
  let at = -1;

  const go = (step) => {
    const all = stops();
    if (all.length === 0) return;
    const here = all.indexOf(document.activeElement);
    at = Math.min(Math.max((here >= 0 ? here : at) + step, 0), all.length - 1);
    all[at].focus();
    all[at].scrollIntoView({ block: "nearest" });
  };

  const open = (hash) => {
    const target = document.getElementById(hash.slice(1));
    if (!target) return;
    if (target.tagName === "DETAILS") target.open = true;
    const first = target.querySelector("form input:not([type=hidden]), form textarea, form select, form button");
    if (target.tagName === "DETAILS" && first) {
      first.focus({ preventScroll: true });
      target.scrollIntoView({ block: "start" });
    }
  };

  document.addEventListener("keydown", (event) => {
    if (off() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const named = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === event.key);
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "w") location.href = "/worklist";
    else if (event.key === "e") document.activeElement?.closest(".criterion")?.querySelector("a.evidence")?.click();
    else if (event.key === "?") {
      const keys = document.getElementById("keys");
      if (!keys) return;
      keys.open = true;
      keys.scrollIntoView();
      keys.querySelector("summary").focus();
    } else if (named?.tagName === "A") named.click();
    else if (named) named.focus();
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']");
    if (link) setTimeout(() => open(link.getAttribute("href")), 0);
  });

  const place = document.querySelector("[data-keys-switch]");
  if (place) {
    const button = document.createElement("button");
    button.type = "button";
    const label = () => { button.textContent = off() ? "Switch single keys on" : "Switch single keys off"; };
    button.addEventListener("click", () => { localStorage.setItem("avedis-keys", off() ? "on" : "off"); label(); });
    label();
    place.replaceChildren(button);
  }

  document.querySelector("[data-focus]")?.focus();
  if (location.hash) open(location.hash);
})();
