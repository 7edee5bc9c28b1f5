// The public pages need little: printing, countdowns, a password to look at, a file dropped on its box.
"use strict";
{
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const eye = event.target.closest("[data-reveal]");
    if (eye) {
      const field = document.getElementById(eye.dataset.reveal);
      field.type = field.type === "password" ? "text" : "password";
      eye.setAttribute("aria-pressed", String(field.type === "text"));
    }
  });
  function tick() {
    for (const mark of document.querySelectorAll("[data-until]")) {
      const left = Math.max(0, Math.ceil((new Date(mark.dataset.until) - Date.now()) / 1000));
      const button = mark.closest("button");
      mark.textContent = left ? `${left} 秒后重发` : mark.dataset.over || "重新发送";
      if (button) button.disabled = left > 0;
    }
  }
  tick();
  setInterval(tick, 1000);

  const box = document.querySelector("[data-drop]");
  const input = box?.querySelector("input[type=file]");
  const show = () => input.files[0] && (box.querySelector("[data-drop-name]").textContent = input.files[0].name);
  if (box) {
    ["dragenter", "dragover"].forEach((kind) => box.addEventListener(kind, (event) => {
      event.preventDefault();
      box.classList.add("is-over");
    }));
    ["dragleave", "drop"].forEach((kind) => box.addEventListener(kind, () => box.classList.remove("is-over")));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      input.files = event.dataTransfer.files;
      show();
      input.form.requestSubmit();
    });
    input.addEventListener("change", show);
  }
}
