// 列设置 without a round trip per step; fixed columns keep their place; a hint that more lies to the right.
"use strict";
{
  const ends = (list) =>
    [...list.children].forEach((line, place) => {
      line.querySelector("[data-move=up]").disabled = place === 0;
      line.querySelector("[data-move=down]").disabled = place === list.children.length - 1;
    });
  document.addEventListener("click", (event) => {
    const move = event.target.closest("[data-columns] [data-move]");
    const pin = event.target.closest("[data-columns] [data-pin]");
    if (move) {
      event.preventDefault();
      const line = move.closest("li");
      const up = move.dataset.move === "up";
      if (up) line.previousElementSibling?.before(line);
      else line.nextElementSibling?.after(line);
      ends(line.parentElement);
      (move.disabled ? line.querySelector(`[data-move=${up ? "down" : "up"}]`) : move).focus();
    }
    if (pin) {
      const box = pin.closest("li").querySelector("[name=fixed]");
      box.checked = !box.checked;
      pin.setAttribute("aria-pressed", String(box.checked));
    }
  });
  document.addEventListener("change", (event) => {
    const panel = event.target.closest("[data-columns]");
    if (panel && event.target.name === "shown") {
      panel.querySelector("[data-columns-shown]").textContent = panel.querySelectorAll("[name=shown]:checked").length;
    }
  });

  function lay(table) {
    let left = 0;
    const fixed = [...table.querySelectorAll("thead th")].map((head, place) => {
      const stays = head.classList.contains("is-fixed");
      const at = stays ? left : null;
      if (stays || (place === 0 && head.classList.contains("table__tick"))) left += stays ? head.offsetWidth : 0;
      return at;
    });
    table.querySelectorAll("tr").forEach((row) =>
      [...row.children].forEach((cell, place) => fixed[place] !== null && fixed[place] !== undefined && (cell.style.left = `${fixed[place]}px`)),
    );
  }
  function settle() {
    document.querySelectorAll(".list .table-scroll").forEach((box) => {
      const more = () => box.classList.toggle("has-more", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
      box.addEventListener("scroll", more, { passive: true });
      more();
    });
    document.querySelectorAll(".list .table").forEach(lay);
  }
  settle();
  document.addEventListener("htmx:afterSettle", settle);
  window.addEventListener("resize", settle);
}
