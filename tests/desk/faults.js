// What is wrong with a page for those who cannot see it well, or have no mouse; gives a list of sentences.
() => {
  const found = [];
  const say = (what, e) => found.push(`${what}: ${e.outerHTML.slice(0, 160)}`);
  const named = (e) => e.labels?.length || e.getAttribute("aria-label") || e.title || e.type === "hidden";
  for (const e of document.querySelectorAll("input, select, textarea")) if (!named(e)) say("no label", e);
  for (const e of document.querySelectorAll("a, button, summary"))
    if (!e.textContent.trim() && !e.getAttribute("aria-label")) say("no name", e);
  for (const e of document.querySelectorAll("img")) if (!e.hasAttribute("alt")) say("no alt", e);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) found.push(`id twice: ${id}`);
  for (const e of document.querySelectorAll("[onclick], [onchange], [onsubmit]")) say("inline handler", e);

  // WCAG 2.1, 1.4.3: 4.5 to 1
  const part = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const rgba = (text) => text.match(/[\d.]+/g).map(Number);
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const speaks = (e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  for (const e of document.querySelectorAll("body *")) {
    if (!speaks(e) || !e.checkVisibility() || e.closest("option, script, :disabled")) continue;
    const [high, low] = [light(rgba(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    if ((high + 0.05) / (low + 0.05) < 4.5) say("contrast", e);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("sticks out at the side");
  return found;
}
