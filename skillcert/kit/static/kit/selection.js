// Ticked rows of a list, kept across its pages; a batch act posts them, or "all that match but these".
"use strict";
{
  const list = () => document.getElementById("list");
  const key = () => `ticked ${list()?.dataset.selection || ""}`;
  const empty = () => ({ all: false, keys: [] }); // with all: the keys are the exceptions
  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(key())) || empty();
    } catch {
      return empty();
    }
  };
  const boxes = () => [...document.querySelectorAll("#list tbody input[name=keys]")];
  const total = () => list()?.dataset.total || "0";

  function save(state) {
    if (state.all || state.keys.length) sessionStorage.setItem(key(), JSON.stringify(state));
    else sessionStorage.removeItem(key());
    draw();
  }
  function isTicked(state, box) {
    return state.keys.includes(box.value) !== state.all;
  }
  function countText(state) {
    if (!state.all) return state.keys.length.toLocaleString("en");
    const number = Number(total().replace(/[,+]/g, ""));
    return (number - state.keys.length).toLocaleString("en") + (total().includes("+") ? "+" : "");
  }
  function draw() {
    if (!list()) return;
    const state = read();
    boxes().forEach((box) => {
      box.checked = isTicked(state, box);
      box.closest("tr").classList.toggle("is-selected", box.checked);
    });
    const page = document.querySelector("[data-tick-page]");
    if (page) {
      const ticked = boxes().filter((box) => box.checked).length;
      page.checked = ticked > 0 && ticked === boxes().length;
      page.indeterminate = ticked > 0 && ticked < boxes().length;
    }
    const bar = document.querySelector("[data-chosen]");
    if (!bar) return;
    bar.hidden = !(state.all || state.keys.length);
    bar.querySelector("[data-chosen-count]").textContent = countText(state);
    const everything = bar.querySelector("[data-choose-all]");
    if (everything) everything.hidden = state.all && !state.keys.length;
  }
  function tick(values, on) {
    const state = read();
    const keys = new Set(state.keys);
    values.forEach((value) => (on === state.all ? keys.delete(value) : keys.add(value)));
    save({ all: state.all, keys: [...keys] });
  }
  function payload(orAll) {
    const state = read();
    const nothing = !state.all && !state.keys.length;
    if (nothing && !orAll) return null;
    const query = document.querySelector("#selection [name=query]").value;
    return state.all || nothing ? { all: "1", except: state.keys.join(","), keys: "", query } : { keys: state.keys.join(","), query };
  }
  function send(button) {
    const values = payload(button.hasAttribute("data-or-all"));
    if (!values) return toast("还没有勾选数据，请先在列表中勾选。");
    if (button.dataset.batch === "dialog") {
      htmx.ajax("POST", button.getAttribute("formaction"), { source: button, target: "#dialog", swap: "innerHTML", values });
      return;
    }
    const form = document.getElementById("selection");
    form.querySelectorAll("input[type=hidden]").forEach((field) => {
      if (field.name === "csrfmiddlewaretoken") return;
      field.disabled = !(field.name in values);
      if (field.name in values) field.value = values[field.name];
    });
    form.action = button.getAttribute("formaction");
    boxes().forEach((box) => (box.disabled = true)); // the form carries the kept ticks instead
    form.submit();
    boxes().forEach((box) => (box.disabled = false));
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("#list input[name=keys]")) tick([event.target.value], event.target.checked);
    if (event.target.matches("[data-tick-page]")) tick(boxes().map((box) => box.value), event.target.checked);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-choose-all]")) save({ all: true, keys: [] });
    if (event.target.closest("[data-choose-none]")) save(empty());
    const batch = event.target.closest("[data-batch]");
    if (batch) event.preventDefault(), send(batch);
  });

  // Ticks live as long as the filter. When it changes, those of the old one go, with a word.
  let known = key();
  function settle() {
    if (!list()) return;
    const prefix = `${key().split(":")[0]}:`;
    const old = Object.keys(sessionStorage).filter((name) => name.startsWith(prefix) && name !== key());
    old.forEach((name) => sessionStorage.removeItem(name));
    if (old.length) toast("查询条件已变，原来的勾选已清空");
    known = key();
    draw();
  }
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "list" || event.detail.target?.id === "list" || known !== key()) settle();
  });
  settle();

  // Going back finds the table where it was left.
  const spot = () => `scroll ${location.pathname}${location.search}`;
  const box = () => document.querySelector("#list [data-scroll]");
  window.addEventListener("pagehide", () => box() && sessionStorage.setItem(spot(), box().scrollTop));
  if (box() && performance.getEntriesByType("navigation")[0]?.type === "back_forward") box().scrollTop = Number(sessionStorage.getItem(spot()) || 0);
}
