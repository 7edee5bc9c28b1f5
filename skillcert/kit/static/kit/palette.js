// Ctrl+K: the menu is searched here, the records by the server where it offers that.
"use strict";
{
  const palette = document.getElementById("palette");
  const input = document.getElementById("palette-input");
  const found = document.getElementById("palette-menu");
  const options = () => [...palette.querySelectorAll("[role=option]")];

  const lines = () =>
    [...document.querySelectorAll("#menu .menu a[href]")].map((link) => {
      const above = [];
      for (let branch = link.closest("details"); branch; branch = branch.parentElement.closest("details")) {
        above.unshift(branch.querySelector("summary").textContent.trim());
      }
      return { url: link.href, label: link.firstChild?.nodeType === 3 ? link.firstChild.data : link.textContent.trim(), path: above.join(" / ") };
    });

  function mark(text, word) {
    const span = document.createElement("span");
    const at = word ? text.indexOf(word) : -1;
    if (at < 0) return span.append(text), span;
    const hit = Object.assign(document.createElement("mark"), { textContent: word });
    span.append(text.slice(0, at), hit, text.slice(at + word.length));
    return span;
  }
  function draw() {
    const word = input.value.trim();
    const hits = lines().filter((line) => !word || line.label.includes(word) || line.path.includes(word)).slice(0, word ? 8 : 40);
    found.replaceChildren();
    if (!hits.length) return choose(0);
    found.append(Object.assign(document.createElement("h3"), { className: "palette__group", textContent: `菜单与办理 ${hits.length}` }));
    for (const hit of hits) {
      const row = Object.assign(document.createElement("a"), { href: hit.url });
      row.setAttribute("role", "option");
      const text = mark(hit.label, word);
      text.append(Object.assign(document.createElement("small"), { textContent: hit.path }));
      row.append(text, Object.assign(document.createElement("small"), { textContent: "跳转" }));
      found.append(row);
    }
    choose(0);
  }
  function choose(index) {
    options().forEach((row, place) => {
      row.id = `palette-${place}`;
      row.tabIndex = -1;
      row.setAttribute("aria-selected", String(place === index));
    });
    const row = options()[index];
    row?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", row?.id || "");
  }
  function open(event) {
    event?.preventDefault();
    if (palette.open) return palette.close();
    input.value = "";
    document.getElementById("palette-found").replaceChildren();
    palette.showModal();
    draw();
    input.focus();
  }
  if (palette) {
    document.addEventListener("keydown", (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && open(event));
    document.addEventListener("click", (event) => {
      if (event.target.closest("[data-palette]")) open(event);
      else if (event.target === palette) palette.close();
    });
    input.addEventListener("input", draw);
    document.addEventListener("htmx:afterSwap", (event) => event.detail.target.id === "palette-found" && choose(0));
    input.addEventListener("keydown", (event) => {
      const now = options().findIndex((row) => row.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose((now + (event.key === "ArrowDown" ? 1 : -1) + options().length) % Math.max(1, options().length));
      } else if (event.key === "Enter" && options()[now]) {
        event.preventDefault();
        options()[now].click();
      }
    });
  }
}
