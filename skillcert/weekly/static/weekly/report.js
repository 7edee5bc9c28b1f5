// The report's form: which tab is open, which figures differ from the platform's, the sums. All of it works without.
"use strict";
{
  const form = document.querySelector("[data-report]");
  const all = (selector) => [...form.querySelectorAll(selector)];
  const figure = (text) => text.replace(/\B(?=(\d{3})+$)/g, ",");

  function mark() {
    const here = location.hash.slice(1) || form.querySelector(".tabs .is-first")?.dataset.tab;
    all("[data-tab]").forEach((tab) => (tab.dataset.tab === here ? tab.setAttribute("aria-current", "true") : tab.removeAttribute("aria-current")));
    form.querySelector("[name=tab]").value = here || "";
  }
  function compare(input) {
    const cell = input.closest(".drafted");
    const value = Number(input.value.replaceAll(",", "").trim());
    const drafted = Number(cell.dataset.drafted);
    const changed = Number.isInteger(value) && input.value.trim() !== "" && value !== drafted;
    cell.classList.toggle("is-changed", changed);
    const why = form.querySelector(`[data-why-of="${input.name}"]`);
    why.hidden = !changed;
    const words = why.querySelector("[data-why-text]");
    words.textContent = words.textContent.replace(/由 .*$/, `由 ${figure(String(drafted))} 改为 ${figure(String(value))}，与平台取数相差 ${figure(String(Math.abs(value - drafted)))}`);
    if (Number.isInteger(value)) {
      const [delta, total] = [cell.closest("td").nextElementSibling, cell.closest("td").nextElementSibling.nextElementSibling];
      const more = value - Number(cell.dataset.previous);
      delta.textContent = more ? `${more > 0 ? "增" : "减"} ${figure(String(Math.abs(more)))}` : "持平";
      total.textContent = figure(String(Number(cell.dataset.total) + value - Number(cell.dataset.value)));
    }
    form.querySelector("[data-none]").hidden = !!form.querySelector("[data-why-of]:not([hidden])");
  }
  function sum() {
    const rows = all(".exams tbody tr").map((row) => [...row.querySelectorAll(".drafted input")]);
    all("[data-sum]").forEach((cell, place) => {
      const values = rows.filter((row) => row.length).map((row) => Number(row[place].value.replaceAll(",", "")));
      if (values.every(Number.isInteger)) cell.textContent = figure(String(values.reduce((one, other) => one + other, 0)));
    });
  }
  all(".drafted input").forEach((input) => input.addEventListener("input", () => (compare(input), sum())));
  window.addEventListener("hashchange", mark);
  mark();
  // Text restored after a lost session is compared too.
  all(".drafted input").forEach((input) => input.value !== input.defaultValue && compare(input));
  sum();
}
