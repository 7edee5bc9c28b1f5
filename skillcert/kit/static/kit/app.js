// The frame of every page: the dialog, menus, toasts, countdowns, keys. Without it everything still works as pages.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const dialog = $("#dialog");

// --- toasts -----------------------------------------------------------------------------------------------
function toast(text, url = "", link = "查看") {
  const line = document.createElement("div");
  line.className = "toast";
  const icon = $("#toast-icon");
  if (icon) line.append(icon.content.cloneNode(true));
  line.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (url) line.append(Object.assign(document.createElement("a"), { href: url, textContent: link }));
  $("#toasts")?.append(line);
  setTimeout(() => line.remove(), url ? 8000 : 4000);
}
$$("#toasts .toast").forEach((line) => setTimeout(() => line.remove(), 4000));
document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.url, event.detail.link));
document.addEventListener("refresh-list", () => $("#list") && htmx.ajax("GET", location.href, { target: "#list", swap: "outerHTML" }));

// --- the dialog: htmx fills it, this opens and closes it ----------------------------------------------------
let opener = null;

function closeDialog(force = false) {
  if (!force && window.unsaved?.(dialog) && !confirm("填写的内容还没有保存，确定关闭吗？")) return;
  if (dialog.open) dialog.close();
}
function showSentence(title, sentence) {
  const form = document.createElement("div");
  form.className = "dialog__form dialog__form--480";
  form.innerHTML = '<div class="dialog__head"><h2 id="dialog-title"></h2></div><div class="dialog__body"><p></p></div>'
    + '<div class="dialog__foot"><div class="dialog__right"><button class="btn btn--primary" type="button" data-close>知道了</button></div></div>';
  $("h2", form).textContent = title;
  $("p", form).textContent = sentence;
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === dialog && !dialog.open) opener = document.activeElement;
});
document.addEventListener("htmx:configRequest", (event) => {
  // A chained select inside the dialog asks the dialog's own address, not the page's.
  const form = event.detail.elt.closest?.("#dialog form");
  if (form && event.detail.elt.getAttribute("hx-get") === "") event.detail.path = form.getAttribute("action") || event.detail.path;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const answer = event.detail.xhr.responseText;
  if (!/^\s*(<!doctype html|<html)/i.test(answer) || event.detail.boosted) return;
  const part = event.detail.requestConfig.elt.closest?.("[hx-select]")?.getAttribute("hx-select");
  if (part && answer.includes(`id="${part.slice(1)}"`)) return; // that part of the page was asked for
  event.detail.shouldSwap = false; // a whole page: the session ended, or the server led elsewhere
  if (event.detail.xhr.status < 400) location.assign(event.detail.xhr.responseURL || location.href);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== dialog) return;
  dialog.classList.toggle("drawer", !!$(".dialog__form--drawer", dialog));
  if (!dialog.open) dialog.showModal();
  ($("[autofocus], [aria-invalid=true]", dialog) || $(".dialog__body input:not([type=hidden]), .dialog__body select, .dialog__body textarea", dialog))?.focus();
});
document.addEventListener("htmx:responseError", (event) => {
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  const sentence = $("[data-error]", page)?.dataset.error;
  showSentence($("[data-error] h1", page)?.textContent.trim() || "没有办成", sentence || "系统没有完成这次操作，请刷新页面后重试。");
});
document.addEventListener("htmx:sendError", () => showSentence("网络不通", "没有连上平台，请检查网络后重试；填写的内容仍在。"));
dialog?.addEventListener("cancel", (event) => {
  event.preventDefault();
  closeDialog();
});
dialog?.addEventListener("close", () => {
  if (dialog.open) return; // this comes a moment after the closing: something else may have opened it by then
  dialog.replaceChildren();
  opener?.isConnected && opener.focus();
});

// A file comes without a new page: the dialog has done its work.
document.addEventListener("submit", (event) => {
  if (!event.target.closest("#dialog [data-download]")) return;
  setTimeout(() => closeDialog(true), 300);
  toast("正在生成文件，完成后自动下载");
});

// --- clicks that belong to no single part -------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at("[data-close]")) {
    if (at("[data-close]").dataset.close === "reload") location.reload();
    else closeDialog();
  } else if (event.target === dialog) closeDialog();
  if (at("[data-why]")) {
    event.preventDefault();
    toast(at("[data-why]").dataset.why);
  }
  if (at("[data-menu]")) document.documentElement.classList.toggle("menu-open");
  else if (!at("#menu")) document.documentElement.classList.remove("menu-open");
  if (at("[data-copy]")) navigator.clipboard?.writeText(at("[data-copy]").dataset.copy).then(() => toast("已复制"));
  if (at("[data-print]")) window.print();
  if (at("[data-reveal]")) {
    const field = document.getElementById(at("[data-reveal]").dataset.reveal);
    field.type = field.type === "password" ? "text" : "password";
    at("[data-reveal]").setAttribute("aria-pressed", field.type === "text");
  }
  if (at("[data-close-pop]")) at("details").open = false;
  $$("details.pop[open]").forEach((pop) => pop.contains(event.target) || (pop.open = false));
});
// A menu inside a scrolling table leaves its box: fixed, where its button is.
document.addEventListener("toggle", (event) => {
  const pop = event.target;
  if (!pop.matches?.("details.pop")) return;
  const panel = $(".pop__panel", pop);
  pop.closest("td")?.classList.toggle("is-open", pop.open);
  if (!pop.open || !pop.closest(".table-scroll")) return;
  panel.classList.add("pop__panel--fixed");
  const box = pop.getBoundingClientRect();
  const up = box.bottom + panel.offsetHeight + 8 > innerHeight;
  panel.style.left = `${Math.max(8, box.right - panel.offsetWidth)}px`;
  panel.style.top = `${up ? box.top - panel.offsetHeight - 4 : box.bottom + 4}px`;
}, true);
document.addEventListener("scroll", (event) => {
  if (event.target.matches?.(".table-scroll")) $$("details.pop[open]", event.target).forEach((pop) => (pop.open = false));
}, true);

// What a cell cuts off can be read by pointing at it.
document.addEventListener("mouseover", (event) => {
  const cell = event.target.closest?.(".table td");
  if (cell && !cell.title && cell.scrollWidth > cell.clientWidth) cell.title = cell.innerText.trim();
});

// --- countdowns ---------------------------------------------------------------------------------------------
function countDown() {
  for (const mark of $$("[data-until]")) {
    const left = Math.max(0, Math.floor((new Date(mark.dataset.until) - Date.now()) / 1000));
    const [days, hours, minutes] = [Math.floor(left / 86400), Math.floor((left % 86400) / 3600), Math.floor((left % 3600) / 60)];
    const two = (number) => String(number).padStart(2, "0");
    if (left < 3600) mark.textContent = `${two(minutes)}:${two(left % 60)}`;
    else mark.textContent = days ? `${days} 天 ${hours} 小时` : `${hours} 小时 ${minutes} 分`;
    if (!left && mark.dataset.over) mark.textContent = mark.dataset.over;
  }
}
countDown();
setInterval(countDown, 1000);
