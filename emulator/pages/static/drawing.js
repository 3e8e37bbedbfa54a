// How one message looks: service notification, bubble, markdown, news, card.

const COLOURS = ["#3f7fb5", "#4b9b6e", "#b5713f", "#8062a8", "#a84f5d", "#4e8f97", "#7a7f45"];

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function faceOf(name, isGroup = false, size = "") {
  const sum = [...name].reduce((total, letter) => total + letter.codePointAt(0), 0);
  const face = element("span", { class: `face ${size}`, "aria-hidden": "true" }, isGroup ? "群" : [...name][0] ?? "?");
  face.style.background = COLOURS[sum % COLOURS.length];
  return face;
}

export function systemLine(item) {
  return element("p", { class: "system" }, item.text);
}

export function cardOf(item, people, group) {
  if (item.lines.length && !item.robot) return notification(item, people);
  if (item.channel === "official_message") return bubbleRow(item, personOf(item, people), true);
  if (item.robot) return groupPost(item, group);
  const row = bubbleRow(item, people.apps.official?.name || "服务号", false, linked(item.text));
  if (item.data?.error) row.classList.add("fault");
  return row;
}

// A message as one reads it in the list: of an account's links, only their words.
export function wordsOf(item) {
  const linked = item.channel === "official_reply" || item.channel === "official_custom";
  return linked ? item.text.replace(/<a\s[^<>]*>([^<>]*)<\/a>/g, "$1") : item.text;
}

// What an account writes may hold links, as WeChat shows them: the href of an <a> and its words, nothing else.
function linked(text) {
  const holder = element("div", { class: "plain" });
  let from = 0;
  for (const found of text.matchAll(/<a\s([^<>]*)>([^<>]*)<\/a>/g)) {
    const href = /(?:^|\s)href=(["'])(https?:\/\/[^"'\s]+)\1/.exec(found[1])?.[2].replaceAll("&amp;", "&");
    const link = href ? element("a", { href, target: "_blank", rel: "noopener" }, found[2]) : found[0];
    holder.append(text.slice(from, found.index), link);
    from = found.index + found[0].length;
  }
  holder.append(text.slice(from));
  return holder;
}

function personOf(item, people) {
  return people.users.find((user) => user.id === item.user)?.name ?? item.user;
}

function notification(item, people) {
  const kind = item.channel === "subscribe_message" ? "miniprogram" : "official";
  const name = people.apps[kind]?.name || "小程序";
  const from = element("div", { class: "from" }, faceOf(name), name);
  const card = element("article", { class: "card" }, from, element("h4", {}, item.title), rows(item.lines));
  if (item.page) card.append(way(item.page, people.open_page_url, "进入小程序查看"));
  return card;
}

function rows(lines) {
  const list = element("dl");
  for (const [label, value] of lines) list.append(element("dt", {}, label), element("dd", {}, value));
  return list;
}

function way(page, pattern, words) {
  const href = /^https?:/.test(page) ? page : pattern.replace("{page}", page);
  if (!/^https?:/.test(href)) return element("div", { class: "go", title: page }, words);
  return element("a", { class: "go", href, title: page, target: "_blank", rel: "noopener" }, words);
}

function bubbleRow(item, name, mine, content) {
  const bubble = element("div", { class: "bubble" }, content ?? item.text);
  if (content && !content.classList.contains("plain")) bubble.classList.add("md");
  const side = element("div", {}, ...(mine ? [] : [element("p", { class: "who" }, name)]), bubble);
  return element("div", { class: mine ? "row mine" : "row" }, faceOf(name, false, "small"), side);
}

function groupPost(item, group) {
  const name = group?.robot ?? "机器人";
  const kind = item.data?.msgtype;
  const content = item.data?.[kind];
  if (kind === "markdown" || kind === "markdown_v2") return bubbleRow(item, name, false, markdown(content.content));
  if (kind === "image") return bubbleRow(item, name, false, picture(content.base64));
  if (kind === "news" && content.articles) return cardRow(name, ...content.articles.map(article));
  if (kind === "template_card") return cardRow(name, templateCard(item, content));
  return bubbleRow(item, name, false);
}

function cardRow(name, ...cards) {
  const side = element("div", {}, element("p", { class: "who" }, name), ...cards);
  return element("div", { class: "row" }, faceOf(name, false, "small"), side);
}

function article({ title, description, url }) {
  const card = element("article", { class: "card" }, element("h4", {}, title));
  if (description) card.append(element("div", { class: "body" }, description));
  card.append(way(url, "", "打开链接"));
  card.firstChild.style.paddingTop = "12px";
  return card;
}

function templateCard(item, content) {
  const card = element("article", { class: "card" }, element("div", { class: "from" }, content.source?.desc ?? ""));
  card.append(element("h4", {}, item.title));
  const words = [content.main_title?.desc, content.main_title?.title ? content.sub_title_text : ""].filter(Boolean);
  if (words.length) card.append(element("div", { class: "body" }, words.join("\n")));
  if (item.lines.length) card.append(rows(item.lines));
  if (item.page) card.append(way(item.page, "", "查看详情"));
  return card;
}

function picture(base64) {
  const kind = base64.startsWith("iVBOR") ? "png" : "jpeg";
  return element("img", { src: `data:image/${kind};base64,${base64}`, alt: "机器人发的图片" });
}

// The subset of markdown that WeCom draws. Everything is escaped first.
function markdown(text) {
  const holder = element("div");
  holder.innerHTML = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").split("\n").map(block).join("");
  return holder;
}

function block(line) {
  if (/^#{1,6} /.test(line)) return `<h5>${inline(line.replace(/^#+ /, ""))}</h5>`;
  if (/^&gt; ?|^> ?/.test(line)) return `<blockquote>${inline(line.replace(/^(&gt;|>) ?/, ""))}</blockquote>`;
  if (/^[-*] /.test(line)) return `<li>${inline(line.slice(2))}</li>`;
  if (/^---+$/.test(line)) return "<hr>";
  return line.trim() ? `<p>${inline(line)}</p>` : "";
}

function inline(text) {
  return text
    .replace(/&lt;font color=&quot;(info|comment|warning)&quot;>(.*?)&lt;\/font>/g, '<span class="$1">$2</span>')
    .replace(/&lt;@([\w.@-]+)>/g, "<b>@$1</b>")
    .replace(/\*\*(.+?)\*\*/g, "<b>$1</b>")
    .replace(/`(.+?)`/g, "<code>$1</code>")
    .replace(/\[(.+?)\]\((https?:[^)\s]+)\)/g, '<a href="$2" target="_blank" rel="noopener">$1</a>');
}
