// Ctrl+K: an empty field lists the menu; what is typed is looked for by the server, once per pause.
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

  // The menu stands there until something is typed; then the server's answer takes its place.
  function draw() {
    found.replaceChildren();
    if (input.value.trim()) return choose(0);
    document.getElementById("palette-found").replaceChildren();
    const hits = lines();
    found.append(Object.assign(document.createElement("h3"), { className: "palette__group", textContent: `菜单与办理 ${hits.length}` }));
    for (const hit of hits) {
      const row = Object.assign(document.createElement("a"), { href: hit.url });
      row.setAttribute("role", "option");
      const text = Object.assign(document.createElement("span"), { textContent: hit.label });
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
