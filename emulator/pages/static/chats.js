// The live view: asks every second what is new and draws it; nothing is loaded from elsewhere.
import { cardOf, element, faceOf, systemLine, wordsOf } from "./drawing.js";
import { drawMenu } from "./menu.js";

const body = document.body;
const $ = (id) => document.getElementById(id);
const state = { chat: body.dataset.chat, seq: 0, epoch: "", people: null, chats: new Map(), nowAt: 0, now: 0, offset: 0 };

const chatOf = (item) => (item.robot ? `group:${item.robot}` : `user:${item.user}`);
const clockTime = (iso) => iso.slice(11, 16);
const dayAndTime = (iso) => `${+iso.slice(5, 7)}月${+iso.slice(8, 10)}日 ${clockTime(iso)}`;

async function ask(path, order) {
  const options = order && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order) };
  const answer = await fetch(path, options);
  return answer.json();
}

function addChat(id, name, note, href) {
  const known = state.chats.get(id);
  state.chats.set(id, { id, name, note, href, items: known?.items ?? [], unread: known?.unread ?? 0 });
}

async function loadPeople() {
  state.people = await ask("/pages/people");
  for (const user of state.people.users) {
    addChat(`user:${user.id}`, user.name, user.id, `/phone/${encodeURIComponent(user.id)}`);
  }
  for (const group of state.people.groups) {
    addChat(`group:${group.id}`, group.name, group.kind, `/group/${encodeURIComponent(group.id)}`);
  }
}

function lastText(chat) {
  const last = chat.items.at(-1);
  if (!last) return chat.note;
  const head = last.channel === "subscribe_message" ? "［服务通知］" : "";
  return head + (last.lines.length || last.title === last.text ? last.title : wordsOf(last).split("\n")[0]);
}

function chatRow(chat) {
  const row = element("a", { class: "chat", href: chat.href });
  row.setAttribute("aria-current", String(chat.id === state.chat));
  const last = chat.items.at(-1);
  row.append(faceOf(chat.name, chat.id.startsWith("group:")), element("b", {}, chat.name));
  row.append(element("time", {}, last ? clockTime(last.at) : ""), element("span", { class: "last" }, lastText(chat)));
  row.append(chat.unread ? element("span", { class: "unread" }, String(chat.unread)) : element("span"));
  row.addEventListener("click", (event) => {
    if (matchMedia("(max-width: 820px)").matches) return;
    event.preventDefault();
    choose(chat.id);
  });
  return element("li", {}, row);
}

function drawChats() {
  const byNews = (a, b) => (b.items.at(-1)?.seq ?? 0) - (a.items.at(-1)?.seq ?? 0);
  const part = (prefix) => [...state.chats.values()].filter((c) => c.id.startsWith(prefix)).sort(byNews);
  $("chats").replaceChildren(
    element("li", { class: "head" }, "手机"), ...part("user:").map(chatRow),
    element("li", { class: "head" }, "群"), ...part("group:").map(chatRow),
  );
}

function choose(id) {
  state.chat = id;
  const chat = state.chats.get(id);
  if (chat) chat.unread = 0;
  drawHead(chat);
  drawTalk(chat);
  drawChats();
  refresh();
}

function drawHead(chat) {
  const isUser = chat?.id.startsWith("user:");
  $("chat-name").textContent = chat ? chat.name : "选择一个会话";
  const user = isUser && state.people.users.find((u) => `user:${u.id}` === chat.id);
  $("chat-note").textContent = user ? `${user.id} · ${user.phone}` : (chat?.note ?? "");
  $("say").hidden = !isUser;
  $("grants-section").hidden = !isUser;
  $("open-alone").hidden = !chat;
  if (chat) $("open-alone").href = chat.href;
}

function drawTalk(chat) {
  const talk = $("talk");
  talk.replaceChildren();
  if (!chat?.items.length) {
    talk.append(element("p", { class: "empty" }, chat ? "还没有收到消息" : "从左边选择一个人的手机或一个群"));
  }
  let before = "";
  for (const item of chat?.items ?? []) before = appendItem(talk, item, before);
  talk.scrollTop = talk.scrollHeight;
  for (const image of talk.querySelectorAll("img")) {
    image.addEventListener("load", () => (talk.scrollTop = talk.scrollHeight), { once: true });
  }
}

function appendItem(talk, item, before) {
  const when = dayAndTime(item.at);
  if (when !== before) talk.append(element("p", { class: "when" }, when));
  const group = state.people.groups.find((g) => g.id === item.robot);
  const line = ["chat_tool", "updatable_message"].includes(item.channel);
  talk.append(line ? systemLine(item) : cardOf(item, state.people, group));
  return when;
}

function takeSent(items) {
  for (const item of items) {
    const id = chatOf(item);
    if (!state.chats.has(id)) addChat(id, item.group || item.user || "全体", "", "/");
    const chat = state.chats.get(id);
    chat.items.push(item);
    if (id !== state.chat) chat.unread += 1;
  }
  if (!items.length) return;
  drawChats();
  if (items.some((item) => chatOf(item) === state.chat)) drawTalk(state.chats.get(state.chat));
}

function drawClock() {
  if (!state.now) return;
  const shown = new Date(state.now + (performance.now() - state.nowAt) + 8 * 3600e3); // read as UTC: Shanghai
  const iso = shown.toISOString();
  $("clock").textContent = `${iso.slice(0, 10)} 周${"日一二三四五六"[shown.getUTCDay()]} ${iso.slice(11, 19)}`;
  $("status-time").textContent = clockTime(iso);
  const hours = state.offset / 3600;
  $("clock-note").textContent = Math.abs(state.offset) < 1 ? "与真实时间一致" : `比真实时间${hours > 0 ? "快" : "慢"} ${Math.abs(hours).toFixed(1)} 小时`;
}

// What the more frequent codes mean to a person; the platform's own words stand beside them.
const MEANINGS = {
  40001: "凭证已失效", 40003: "openid 不对", 40013: "AppID 不对", 40029: "登录码无效或已过期", 40037: "模板编号不对",
  40058: "参数不合要求", 40125: "密钥不对", 40163: "登录码已用过", 40164: "IP 不在白名单", 41030: "页面不存在",
  42001: "凭证已过期", 43004: "没有关注服务号", 43101: "没有授权，或授权已用完", 43107: "订阅能力被封禁", 45009: "超过频率限制",
  45011: "调用太快", 45015: "超过可回复时间", 47003: "模板内容不合规则", 61010: "用户两小时内没来过", 93000: "机器人地址无效",
  93004: "机器人已停用",
};

function drawRefusals(items) {
  const list = $("refusals");
  for (const item of items) {
    const code = element("code", {}, String(item.errcode ?? "断开"));
    const what = item.text.split(/,? (?:rid:|hint:)/)[0];
    const who = [clockTime(item.at), item.path.replace(/^\/(wx|qy)\//, ""), item.user || groupName(item.robot)];
    const meaning = MEANINGS[item.errcode] ?? what;
    const entry = element("li", { title: item.text }, code, ` ${meaning}`, element("div", { class: "quiet" }, who.filter(Boolean).join(" · ")));
    list.prepend(entry);
  }
  while (list.children.length > 40) list.lastChild.remove();
  $("refusal-count").textContent = list.children.length ? String(list.children.length) : "无";
}

const groupName = (key) => state.people.groups.find((g) => g.id === key)?.name ?? key;
const OUTCOMES = { delivered: "已收", replied: "已回复", unanswered: "无有效答复", failed: "未送达", waiting: "发送中" };

const FAILURES = { 200: "收到", timeout: "超时", ConnectionRefusedError: "连不上" };

// The attempts in words, equal ones counted: 连不上 ×3
function attemptsOf(item) {
  const counts = new Map();
  for (const attempt of item.attempts) counts.set(attempt, (counts.get(attempt) ?? 0) + 1);
  const words = (attempt) => FAILURES[attempt] ?? (/^\d+$/.test(attempt) ? `HTTP ${attempt}` : attempt);
  return [...counts].map(([attempt, count]) => words(attempt) + (count > 1 ? ` ×${count}` : "")).join("，");
}

function deliveryRow(item) {
  const kind = { delivered: "good", replied: "good", waiting: "quiet" }[item.outcome] ?? "bad";
  const outcome = element("span", { class: kind }, OUTCOMES[item.outcome] ?? item.outcome);
  const more = [clockTime(item.at), item.user, attemptsOf(item)].filter(Boolean).join(" · ");
  return element("li", {}, outcome, ` ${item.event}`, element("div", { class: "quiet" }, more));
}

function drawDeliveries(items) {
  const drawn = JSON.stringify(items);
  if (state.deliveries === drawn) return;
  state.deliveries = drawn;
  const none = element("li", { class: "quiet" }, "还没有");
  $("deliveries").replaceChildren(...(items.length ? items.map(deliveryRow).reverse() : [none]));
}

function drawGrants(grants) {
  const drawn = JSON.stringify([state.chat, grants]);
  if (state.grants === drawn) return;
  state.grants = drawn;
  $("grants").replaceChildren(...grants.map((grant) => {
    const left = grant.kind === "long_term" && grant.left ? "长期" : `还可收 ${grant.left} 条`;
    const yes = element("button", { class: "yes" }, "允许");
    const no = element("button", { title: "在设置里关掉" }, "关闭");
    const tell = (order) => ask("/_control/subscribe", { user: state.chat.slice(5), template_id: grant.id, ...order }).then(refresh);
    yes.addEventListener("click", () => tell({ result: "accept" }));
    no.addEventListener("click", () => tell({ result: "reject", source: "settings" }));
    return element("li", {}, element("span", {}, grant.title, element("small", {}, left)), yes, no);
  }));
}

function drawTasks(tasks) {
  $("tasks-section").hidden = !tasks.length;
  $("tasks").replaceChildren(...tasks.map((task) => {
    const confirm = element("button", {}, "群主确认发送");
    confirm.addEventListener("click", () => ask("/_control/wecom/confirm", { msgid: task.msgid }).then(refresh));
    return element("li", {}, task.text, element("div", { class: "quiet" }, task.sender), confirm);
  }));
}

async function refresh() {
  const after = state.seq;
  const news = await ask(`/pages/news?after=${after}&chat=${encodeURIComponent(state.chat)}`);
  if (state.epoch && news.epoch !== state.epoch) return location.reload();
  if (state.seq !== after) return; // another question was answered meanwhile, with the same news
  const first = !state.epoch;
  Object.assign(state, { epoch: news.epoch, seq: news.seq, now: Date.parse(news.now), nowAt: performance.now(), offset: news.offset_s });
  if (news.sent.some((item) => !state.chats.has(chatOf(item)))) await loadPeople();
  takeSent(news.sent);
  if (first) chooseFirst();
  drawRefusals(news.refusals);
  drawDeliveries(news.deliveries);
  drawGrants(news.grants);
  drawMenu($("menu"), news.menu, (key) => ask("/_control/push", { kind: "menu_click", user: state.chat.slice(5), key, wait: false }).then(refresh));
  drawTasks(news.tasks);
  drawClock();
}

function chooseFirst() {
  for (const chat of state.chats.values()) chat.unread = 0;
  const newest = [...state.chats.values()].sort((a, b) => (b.items.at(-1)?.seq ?? 0) - (a.items.at(-1)?.seq ?? 0))[0];
  choose(state.chat || newest.id);
}

function moveClock(button) {
  const { advance, weekday, hour, offset } = button.dataset;
  if (advance) return ask("/_control/clock", { advance_s: +advance });
  if (offset) return ask("/_control/clock", { offset_s: +offset });
  const now = new Date(state.now + (performance.now() - state.nowAt) + 8 * 3600e3);
  const target = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), +hour));
  while (target.getUTCDay() !== +weekday || target <= now) target.setUTCDate(target.getUTCDate() + 1);
  return ask("/_control/clock", { at: `${target.toISOString().slice(0, 19)}+08:00` });
}

for (const button of document.querySelectorAll(".buttons button")) {
  button.addEventListener("click", () => moveClock(button).then(refresh));
}
$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const content = $("say-text").value.trim();
  $("say-text").value = "";
  if (content) ask("/_control/push", { kind: "text", user: state.chat.slice(5), content, wait: false }).then(refresh);
});

async function live() {
  try {
    await refresh();
    document.title = document.title.replace(/^（已断开）/, "");
  } catch {
    if (!document.title.startsWith("（已断开）")) document.title = `（已断开）${document.title}`;
  }
  setTimeout(live, document.hidden ? 4000 : 1000);
}

await loadPeople();
drawChats();
setInterval(drawClock, 1000);
live();
