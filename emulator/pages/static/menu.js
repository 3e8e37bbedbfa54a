// The menu below an account's chat: taps go to the app's server, pages open beside.
import { element } from "./drawing.js";

let drawn = "";

export function drawMenu(bar, buttons, tap) {
  bar.hidden = !buttons.length;
  if (drawn === JSON.stringify(buttons)) return; // an open one stays open
  drawn = JSON.stringify(buttons);
  bar.replaceChildren(...buttons.map((button) => top(button, tap)));
}

function top(button, tap) {
  if (!button.sub_button?.length) return leaf(button, tap);
  const list = element("div", { class: "below" }, ...button.sub_button.map((child) => leaf(child, tap)));
  const made = element("details", { name: "menu" }, element("summary", {}, button.name), list);
  list.addEventListener("click", () => made.removeAttribute("open"));
  return made;
}

function leaf(button, tap) {
  if (/^https?:/.test(button.url ?? "")) {
    return element("a", { href: button.url, title: button.pagepath ?? "", target: "_blank", rel: "noopener" }, button.name);
  }
  const made = element("button", { type: "button" }, button.name);
  made.addEventListener("click", () => tap(button.key));
  return made;
}
