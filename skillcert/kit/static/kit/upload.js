// Uploading: drop a file anywhere on the box, see its name and size, see how many rows a paste has.
"use strict";
{
  const form = document.querySelector("[data-upload]");
  const box = form?.querySelector("[data-drop]");
  const input = box?.querySelector("input[type=file]");
  const label = form?.querySelector("[data-drop-name]");
  const text = form?.querySelector("textarea");

  function size(bytes) {
    return bytes > 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`;
  }
  function name() {
    const file = input.files[0];
    if (!file) return;
    const kinds = (input.accept || "").split(",").map((kind) => kind.trim().toLowerCase()).filter(Boolean);
    const fits = !kinds.length || kinds.some((kind) => file.name.toLowerCase().endsWith(kind));
    label.textContent = fits ? `${file.name}（${size(file.size)}）` : `${file.name} 的格式不对，请上传 ${kinds.join("、")}`;
    label.classList.toggle("is-bad", !fits);
  }
  if (box) {
    ["dragenter", "dragover"].forEach((kind) => box.addEventListener(kind, (event) => {
      event.preventDefault();
      box.classList.add("is-over");
    }));
    ["dragleave", "drop"].forEach((kind) => box.addEventListener(kind, () => box.classList.remove("is-over")));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length !== 1) {
        label.textContent = "一次只能上传一个文件";
        return;
      }
      input.files = event.dataTransfer.files;
      name();
    });
    input.addEventListener("change", name);
    name();
  }
  text?.addEventListener("input", () => {
    const rows = text.value.split(/\r?\n/).filter((row) => row.trim());
    const says = form.querySelector("[data-paste-says]");
    if (rows.length) says.textContent = `识别到表头和 ${Math.max(0, rows.length - 1)} 行，${rows[0].split("\t").length} 列`;
  });
  form?.addEventListener("submit", () => {
    const button = form.querySelector(".action-bar .btn--primary");
    setTimeout(() => {
      button.disabled = true;
      button.textContent = "正在上传…";
    });
  });
}
