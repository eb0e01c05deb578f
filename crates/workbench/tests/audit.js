// What is wrong with the page for somebody who sees little or uses the keyboard: a small part of WCAG 2.2 AA that can be
// computed. Runs in the page; gives a list of sentences.
const faults = [];
const visible = (e) => { const r = e.getBoundingClientRect(); const s = getComputedStyle(e); return r.width > 1 && r.height > 1 && s.visibility !== "hidden" && s.display !== "none" && e.checkVisibility(); };
const name = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (typeof e.className === "string" && e.className ? "." + e.className : "");

// 1.4.10 Reflow
if (document.documentElement.scrollWidth > innerWidth) {
  const wide = [...document.querySelectorAll("body *")].filter((e) => visible(e) && e.getBoundingClientRect().right > innerWidth + 1).map(name);
  faults.push(`wider than the window: ${document.documentElement.scrollWidth} > ${innerWidth}: ${wide.slice(0, 5).join(", ")}`);
}

// 1.4.3 Contrast
const rgba = (text) => { const n = text.match(/[\d.]+/g).map(Number); return n.length === 3 ? [...n, 1] : n; };
const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3]));
const ground = (e) => { const layers = []; for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); layers.push(c); if (c[3] === 1) break; }
  let colour = [255, 255, 255]; for (const layer of layers.reverse()) colour = over(layer, colour); return colour; };
const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set();
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || seen.has(e) || !visible(e)) continue;
  seen.add(e);
  const style = getComputedStyle(e), below = ground(e), ratio = contrast(over(rgba(style.color), below), below);
  const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
  if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)} of ${name(e)}: ${walker.currentNode.data.trim().slice(0, 30)}`);
}
// 1.4.11 Non-text contrast of the edges of controls
for (const e of document.querySelectorAll("input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select, textarea")) {
  if (visible(e) && contrast(rgba(getComputedStyle(e).borderTopColor), ground(e.parentElement)) < 3) faults.push(`edge of ${name(e)}`);
}

// 1.3.1, 3.3.2, 4.1.2 Names of controls
for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
  if (!e.labels?.length && !e.getAttribute("aria-label")) faults.push(`no label: ${name(e)}`);
}
for (const e of document.querySelectorAll("a, button, summary")) if (!e.textContent.trim()) faults.push(`no name: ${name(e)}`);
// 4.1.1 in spirit: ids are unique, references lead somewhere
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`id twice: ${id}`);
for (const a of document.querySelectorAll("a[href^='#']")) if (!document.getElementById(a.getAttribute("href").slice(1))) faults.push(`leads nowhere: ${a.getAttribute("href")}`);
for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
  for (const id of (e.getAttribute("aria-labelledby") || e.getAttribute("aria-describedby")).split(" ")) if (!document.getElementById(id)) faults.push(`refers to nothing: ${id}`);
}
// 2.4.6, 1.3.1 One first heading, no level skipped
const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map((e) => Number(e.tagName[1]));
if (levels.filter((l) => l === 1).length !== 1) faults.push(`${levels.filter((l) => l === 1).length} first headings`);
levels.reduce((before, level) => { if (level > before + 1) faults.push(`heading ${level} after ${before}`); return level; }, 0);
// 3.1.1, 2.4.2
if (!document.documentElement.lang || !document.title) faults.push("no language or no title");
// 2.5.8 Targets of at least 24 by 24 CSS pixels, apart from links within text
for (const e of document.querySelectorAll("button, .button, select, input:not([type=hidden]):not([type=checkbox]):not([type=radio]), .tabs a, .top nav a")) {
  const r = e.getBoundingClientRect();
  if (visible(e) && (r.height < 24 || r.width < 24)) faults.push(`small: ${name(e)} ${Math.round(r.width)}x${Math.round(r.height)}`);
}
return faults;
