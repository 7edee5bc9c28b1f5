// 申报证书试点: sums and warnings as one types, the awarding body beside the certificate, rows taken off in place. Everything
// here is a comfort: each button is a submit, and the server computes the same again.
"use strict";
{
  const all = (selector, root) => [...root.querySelectorAll(selector)];
  const number = (field) => {
    const text = field.value.normalize("NFKC").replace(/\s/g, "");
    return /^\d{1,6}$/.test(text) ? Number(text) : null;
  };
  const cells = (row) => all("input:not([type=hidden])", row);

  function warn(row) {
    const [students, , trainees] = cells(row).map(number);
    const line = row.nextElementSibling;
    const fix = line.querySelector("[data-fix]");
    if (!fix) return; // another problem stands there, said by the server
    const over = students !== null && trainees !== null && trainees > students;
    line.hidden = fix.hidden = !over;
    cells(row)[2].toggleAttribute("aria-invalid", over);
    if (over) cells(row)[2].setAttribute("aria-invalid", "true");
    if (!over) return;
    line.querySelector("[data-sentence]").textContent = `${row.dataset.major}：申请培训 ${trainees} 人，多于在校学生 ${students} 人。`;
    fix.querySelector("span").textContent = students;
  }
  function add(root) {
    const rows = all("[data-major]", root);
    all("[data-sum]", root).forEach((sum, place) => {
      sum.textContent = rows.reduce((total, row) => total + (number(cells(row)[place]) ?? 0), 0);
    });
  }
  function say(root) {
    const says = root.closest("form").querySelector("[data-application-says]");
    const wrong = all("[data-problem]:not([hidden])", root).length;
    const empty = all("input, select, textarea", root).filter((field) => field.required && !field.value.trim() && !field.closest("[hidden]"));
    const names = [...new Set(empty.map((field) => (field.name.startsWith("major_") ? "专业的人数" : field.labels[0]?.innerText.replace("*", "").trim())))];
    says.classList.toggle("is-bad", wrong > 0);
    if (wrong) says.textContent = `${wrong} 处须改正后才能提交，保存不受影响`;
    else says.textContent = names.length ? `还差 ${names.length} 项才能提交：${names.join("、")}；保存不受影响` : "内容已齐，可以提交";
  }
  function refresh(root) {
    all("[data-major]", root).forEach(warn);
    add(root);
    say(root);
  }
  function nameBody(select, root) {
    root.querySelector("[data-body-name]").textContent = select.selectedOptions[0]?.dataset.body || "–";
    const free = root.querySelector("[data-free]");
    if (free) free.hidden = !select.value;
  }

  document.addEventListener("input", (event) => {
    const root = event.target.closest("[data-application]");
    if (!root) return;
    if (event.target.name === "qualification") nameBody(event.target, root);
    refresh(root);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-application] [data-fix], [data-application] [data-remove]");
    if (!button) return;
    const root = button.closest("[data-application]");
    const row = button.matches("[data-fix]") ? button.closest("tr").previousElementSibling : button.closest("tr");
    const last = all("[data-major]", root).length === 1;
    if (button.matches("[data-remove]") && last) return; // the server draws the form without a table
    event.preventDefault();
    if (button.matches("[data-fix]")) {
      const [students, , trainees] = cells(row);
      trainees.value = number(students);
      trainees.focus();
    } else {
      row.nextElementSibling.remove();
      row.remove();
    }
    refresh(root);
    root.querySelector("input:not([type=hidden])").dispatchEvent(new Event("input", { bubbles: true })); // keep what is typed
  });
  // The picker takes what was typed with it: leaving the page by it loses nothing.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-picker]")) all("form[data-guard]", document).forEach((form) => (form.dataset.sent = "1"));
  });

  // What a lost session left in this window, with majors that the stored form does not have: the server draws it again.
  function restore(root) {
    const form = root.closest("form");
    const kept = form.kept;
    delete form.kept;
    if (!kept?.some(([name]) => /^major_\d+_/.test(name))) return;
    const values = { act: "show", major: [...new Set(kept.map(([name]) => name.match(/^major_(\d+)_/)?.[1]).filter(Boolean))] };
    for (const [name, , text] of kept) values[name] = text;
    for (const name of ["csrfmiddlewaretoken", "once", "version", "next"]) {
      if (form.elements[name]?.value) values[name] = form.elements[name].value;
    }
    if (form.closest("#dialog")) {
      htmx.ajax("POST", root.dataset.url, { target: "#dialog", swap: "innerHTML", values });
      return;
    }
    const again = Object.assign(document.createElement("form"), { method: "post", action: root.dataset.url, hidden: true });
    for (const [name, value] of Object.entries(values).flatMap(([key, found]) => [found].flat().map((one) => [key, one]))) {
      again.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    document.body.append(again);
    form.dataset.sent = "1";
    again.submit();
  }
  function ready(target) {
    for (const root of all("[data-application]", target)) {
      restore(root);
      refresh(root);
    }
  }
  ready(document);
  document.addEventListener("htmx:afterSwap", (event) => ready(event.detail.target));
}
