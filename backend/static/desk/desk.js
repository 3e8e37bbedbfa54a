// the whole of the desk's own script: the rest is HTML from the server, swapped in by htmx
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const cookie = (name) => (document.cookie.split("; ").find((one) => one.startsWith(`${name}=`)) || "").slice(name.length + 1);

  const place = $("#said");

  function say(text) {
    // an open dialog covers everything outside of it
    (all("dialog[open]").pop() || document.body).append(place);
    place.textContent = text;
    place.hidden = false;
    clearTimeout(say.later);
    say.later = setTimeout(() => { place.hidden = true; }, 3000);
  }

  // ---- forms: our proof goes along; a refusal is shown where it belongs, what was typed stays
  document.addEventListener("htmx:configRequest", (event) => {
    const proof = cookie("desk_csrf");
    if (proof) event.detail.headers["X-CSRF-Token"] = decodeURIComponent(proof);
  });

  function clearFaults(form) {
    for (const shown of all(".fault", form)) { shown.hidden = true; shown.textContent = ""; }
    for (const field of all("[aria-invalid]", form)) field.removeAttribute("aria-invalid");
  }

  function showFault(form, refusal) {
    const shown = $(".fault", form);
    if (!shown) { say(refusal.message); return; }
    shown.textContent = refusal.message;
    const more = (refusal.errors || []).filter((one) => one.message !== refusal.message);
    if (more.length) {
      const list = document.createElement("ul");
      for (const one of more) {
        const place = $(`[data-field="${one.field}"]`, form) || $(`[data-field="${one.field.split(".")[0]}"]`, form);
        const field = $(`[name="${one.field.split(".").pop()}"]`, form);
        const named = (place && $("label, legend", place)) || (field && field.labels && field.labels[0]);
        const item = document.createElement("li");
        item.textContent = (named ? `${named.firstChild.textContent}：` : "") + one.message;
        list.append(item);
      }
      shown.append(list);
    }
    if (refusal.changed) shown.append(whatChanged(refusal));
    for (const one of refusal.errors || []) {
      for (const field of all(`[name="${one.field.split(".").pop()}"], [name="${one.field}"], [data-field="${one.field}"] > input, [data-field="${one.field}"] > select`, form)) field.setAttribute("aria-invalid", "true");
    }
    shown.hidden = false;
    const first = $("[aria-invalid]", form);
    if (first) first.focus({ preventScroll: true });
    shown.scrollIntoView({ block: "nearest" });
  }

  // somebody else was faster: where it stands, what was done meanwhile, and a way to look; what was typed stays
  function whatChanged({ now, changed }) {
    const box = document.createElement("div");
    const list = document.createElement("ul");
    for (const text of changed) list.append(Object.assign(document.createElement("li"), { textContent: text }));
    const look = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: place.dataset.look });
    look.addEventListener("click", () => htmx.trigger(document.body, "order-changed"));
    box.append(place.dataset.now.replace("…", now), list, look);
    return box;
  }

  document.addEventListener("htmx:responseError", (event) => {
    const { xhr, elt } = event.detail;
    if (elt.matches("[data-ends]")) { // the ticket is over: no more asking
      const ended = $(".ended", elt.parentElement);
      if (ended) ended.hidden = false;
      elt.remove();
      return;
    }
    if (xhr.status === 401) { if (!elt.matches("[data-quiet]")) $("#session-over").showModal(); return; }
    if (elt.matches("[data-quiet]")) return;
    let refusal = { message: place.dataset.failed };
    try { refusal = JSON.parse(xhr.responseText); } catch { /* not ours */ }
    const form = elt.closest("form");
    if (form) showFault(form, refusal); else say(refusal.message);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!event.detail.elt.matches("[data-quiet]")) say(place.dataset.offline);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt.closest("form");
    if (form) { clearFaults(form); for (const button of all("button", form)) button.disabled = true; }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest("form");
    if (!form) return;
    for (const button of all("button", form)) button.disabled = false;
    if (event.detail.successful && form.hasAttribute("data-clear")) form.reset();
  });
  document.addEventListener("said", (event) => say(event.detail.value));

  // on a phone the menu is wider than the screen
  const here = $(".menu [aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 40;

  // ---- the drawer
  const drawer = () => $("#drawer");
  if (drawer()) drawer().addEventListener("close", () => { $("#order").textContent = ""; });
  document.addEventListener("htmx:afterSwap", (event) => {
    const { target, requestConfig: { elt } } = event.detail;
    // a second look at an order that was closed meanwhile opens nothing
    if (drawer() && target.parentElement === drawer() && !drawer().open && elt.matches("a")) drawer().showModal();
    mark(event.detail.target);
  });
  document.addEventListener("click", (event) => {
    const closing = event.target.closest("[data-close]");
    if (closing) closing.closest("dialog").close();
    else if (event.target.id === "drawer") drawer().close();
    const printing = event.target.closest("[data-print]");
    if (printing) print();
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, select")) open(row);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
    const picks = event.target.dataset.picks;
    if (picks && event.target.value) {
      const radio = $(`input[type=radio][value="${picks}"]`, event.target.closest("fieldset"));
      if (radio) radio.checked = true;
    }
    if (event.target.matches("[data-fills]")) fill(event.target);
  });

  function fill(select) {
    const from = select.selectedOptions[0].dataset;
    for (const [name, value] of Object.entries(from)) {
      const field = select.form.elements[name];
      if (field && value) field.value = value;
    }
  }

  // a model that the address named is filled in at once
  for (const select of all("select[data-fills]")) if (select.value) fill(select);

  // ---- keyboard: j and k through the rows, enter opens, d goes to the dispatch form
  const rows = () => all("tbody tr[data-href]");
  let at = -1;

  function open(row) {
    at = rows().indexOf(row); light();
    const link = $("a[hx-get]", row);
    if (link) link.click(); else location.href = row.dataset.href;
  }
  function light() {
    rows().forEach((row, place) => row.classList.toggle("on", place === at));
    if (rows()[at]) rows()[at].scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const list = rows();
    const act = $('#drawer[open] details[data-action="dispatch"]');
    if (event.key === "d" && act) { act.open = true; const first = $("input:not([type=hidden]), select", act); if (first) first.focus(); event.preventDefault(); return; }
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "n" && $("[data-new]")) { $("[data-new]").click(); event.preventDefault(); return; }
    if (!list.length) return;
    if (event.key === "j") at = Math.min(at + 1, list.length - 1);
    else if (event.key === "k") at = Math.max(at - 1, 0);
    else if ((event.key === "Enter" || event.key === "d") && list[at] && !event.target.closest("a, button")) { drawerTo = event.key === "d"; open(list[at]); event.preventDefault(); return; }
    else return;
    light();
  });
  let drawerTo = false;
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "order" || !drawerTo) return;
    drawerTo = false;
    const act = $('#drawer details[data-action="dispatch"]');
    if (act) { act.open = true; const first = $("input:not([type=hidden]), select", act); if (first) first.focus(); }
  });

  // ---- new arrivals: rows that were not there before
  let known = new Set(rows().map((row) => row.dataset.href));
  function mark(target) {
    if (target.id !== "rows") return;
    for (const row of rows()) if (!known.has(row.dataset.href)) row.classList.add("fresh");
    known = new Set(rows().map((row) => row.dataset.href));
    light();
  }

  // ---- charts, on pages that bring the library
  for (const place of all("[data-chart]")) {
    const chart = echarts.init(place);
    chart.setOption(JSON.parse($(place.dataset.chart).textContent));
    addEventListener("resize", () => chart.resize());
  }
  document.addEventListener("click", (event) => {
    const saving = event.target.closest("[data-save-chart]");
    if (!saving) return;
    const link = document.createElement("a");
    link.href = echarts.getInstanceByDom($("[data-chart]")).getDataURL({ type: "png", pixelRatio: 2 });
    link.download = saving.dataset.saveChart;
    link.click();
  });

  if ($("[data-fullscreen]")) $("[data-fullscreen]").addEventListener("click", () => document.documentElement.requestFullscreen());
})();
