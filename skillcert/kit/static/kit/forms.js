// Forms: what was typed survives a lost session and is not left by mistake; small comforts of fields and tables.
"use strict";
{
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const user = document.querySelector("[data-user]")?.dataset.user || "";
  const skip = "[type=hidden], [type=password], [type=file], [name=confirm_text], [autocomplete=one-time-code]";
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !field.matches(skip) && field.tagName !== "BUTTON");
  const place = (form) => `typed ${user} ${new URL(form.getAttribute("action") || location.href, location.href).pathname}`;
  const value = (field) => (field.matches("[type=checkbox], [type=radio]") ? String(field.checked) : field.value);
  const first = new WeakMap();

  const changed = (form) => fieldsOf(form).some((field) => first.has(field) && first.get(field) !== value(field));
  window.unsaved = (root) => all("form[data-guard]", root).some((form) => !form.dataset.sent && changed(form));

  function keep(form) {
    const typed = fieldsOf(form).map((field) => [field.name, field.matches("[type=radio], [type=checkbox]") ? field.value : "", value(field)]);
    sessionStorage.setItem(place(form), JSON.stringify(typed));
  }
  function restore(form) {
    const kept = sessionStorage.getItem(place(form));
    if (!kept) return;
    const typed = JSON.parse(kept);
    if (typed.some(([name]) => !form.elements[name])) form.kept = typed; // fields that only a room's script can bring back
    let count = 0;
    for (const [name, choice, text] of typed) {
      const field = fieldsOf(form).find((one) => one.name === name && (!choice || one.value === choice));
      if (!field || value(field) === text || field.readOnly) continue;
      if (field.matches("[type=checkbox], [type=radio]")) field.checked = text === "true";
      else field.value = text;
      count += 1;
    }
    if (!count) return;
    const note = document.createElement("div");
    note.className = "note note--run";
    note.innerHTML = '<div>已恢复上次没有保存的内容。</div><button class="link" type="button">放弃这些内容</button>';
    note.querySelector("button").addEventListener("click", () => {
      sessionStorage.removeItem(place(form));
      form.reset();
      note.remove();
    });
    (form.querySelector(".dialog__body") || form).prepend(note);
  }
  function ready(form) {
    if (first.has(form)) return;
    first.set(form, "");
    const bound = form.matches("[data-bound]"); // the server gave back what was typed: newer than what is kept, not saved
    fieldsOf(form).forEach((field) => first.set(field, bound ? null : value(field)));
    if (form.matches("[data-answered]")) sessionStorage.removeItem(place(form)); // what was typed is in this very page, or saved
    else if (form.matches("[data-keep]")) bound ? keep(form) : restore(form);
    count(form);
  }
  function count(root) {
    for (const mark of all("[data-count-for]", root)) {
      const field = document.getElementById(mark.dataset.countFor);
      if (field?.maxLength > 0) mark.textContent = `${[...field.value].length} / ${field.maxLength}`;
    }
    for (const field of all("[data-must-be]", root)) {
      all("button[type=submit]", field.form).forEach((button) => (button.disabled = field.value.trim() !== field.dataset.mustBe));
    }
  }
  // What depends on a choice shows with it: data-when="field:value"; with data-when-field the whole field does.
  function depend(form) {
    for (const part of all("[data-when]", form)) {
      const [name, wanted] = part.dataset.when.split(":");
      const chosen = [...form.elements].find((field) => field.name === name && (field.type !== "radio" || field.checked));
      (part.matches("[data-when-field]") ? part.closest(".field") : part).hidden = chosen?.value !== wanted;
    }
  }
  const wake = (root) => all("form[data-guard]", root).forEach((form) => { ready(form); depend(form); });
  wake(document);
  document.addEventListener("htmx:afterSwap", (event) => wake(event.detail.target));

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form) return;
    if (form.matches("[data-keep]")) keep(form);
    count(form);
    const says = form.querySelector("[data-says]");
    const number = says ? fieldsOf(form).filter((field) => first.has(field) && first.get(field) !== value(field)).length : 0;
    if (says && number) says.textContent = `${number} 处已修改，尚未保存`;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-guard]")) form.dataset.sent = "1";
    if (form.matches("[data-logout]")) Object.keys(sessionStorage).forEach((key) => sessionStorage.removeItem(key));
    if (form.matches("[data-keep]")) sessionStorage.setItem("sent", place(form));
  });
  document.addEventListener("htmx:afterRequest", (event) => event.detail.elt.matches?.("form") && delete event.detail.elt.dataset.sent);
  // Another page of this user after a submit: it was taken, so what was kept of it can go.
  const sent = sessionStorage.getItem("sent");
  if (sent && user && sent !== `typed ${user} ${location.pathname}`) {
    sessionStorage.removeItem(sent);
    sessionStorage.removeItem("sent");
  }
  window.addEventListener("beforeunload", (event) => window.unsaved(document) && event.preventDefault());

  // Reusable phrases fill the text; a select can submit or lead elsewhere; the query bar unfolds.
  document.addEventListener("click", (event) => {
    const phrase = event.target.closest("[data-phrase]");
    if (phrase) {
      const text = phrase.form.querySelector("textarea");
      text.value = text.value.trim() ? `${text.value.trim()}；${phrase.dataset.phrase}` : phrase.dataset.phrase;
      phrase.setAttribute("aria-pressed", "true");
      text.dispatchEvent(new Event("input", { bubbles: true }));
      text.focus();
    }
    const unfold = event.target.closest("[data-unfold]");
    if (unfold) {
      const bar = unfold.closest(".query");
      const folded = bar.dataset.folded === "1";
      bar.dataset.folded = folded ? "0" : "1";
      unfold.setAttribute("aria-expanded", String(folded));
      unfold.querySelector("span").textContent = folded ? "收起" : "展开";
    }
    const density = event.target.closest("[data-density]:not(html)");
    if (density) {
      document.documentElement.dataset.density = density.dataset.density;
      localStorage.setItem("density", density.dataset.density);
      density.closest("details").open = false;
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.form) depend(event.target.form);
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
    if (event.target.matches("[data-go]")) location.assign(event.target.value);
    if (event.target.matches("[data-below]")) {
      document.getElementById(event.target.dataset.below).textContent = event.target.selectedOptions[0].dataset.text ?? "";
    }
  });
}
