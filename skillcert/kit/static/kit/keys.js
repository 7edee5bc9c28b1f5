// Keys, after app.js: Esc closes menus, / goes to the query, arrows walk a table, ? lists the keys (and turns them off, WCAG 2.1.4).
"use strict";

const keysOff = () => localStorage.getItem("keys") === "off";
function showKeys() {
  showSentence("快捷键", "Ctrl K 搜索；/ 跳到查询条件；Enter 查询；Esc 关闭弹窗和菜单；Tab 依次移动；表格内按上下键换行；? 显示本说明。");
  const button = Object.assign(document.createElement("button"), { className: "btn", type: "button" });
  button.textContent = keysOff() ? "启用单键快捷键" : "停用单键快捷键";
  button.addEventListener("click", () => {
    localStorage.setItem("keys", keysOff() ? "on" : "off");
    closeDialog(true);
  });
  $(".dialog__right", dialog).prepend(button);
}
document.addEventListener("click", (event) => event.target.closest("[data-keys]") && showKeys());
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=checkbox], [type=radio]), select, textarea");
  const open = $("details.pop[open]");
  if (event.key === "Escape" && open) {
    open.open = false;
    $("summary", open).focus();
  }
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.closest(".table tbody") && !typing) {
    const row = event.target.closest("tr");
    const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
    const place = $$("a, button, summary, input", row).indexOf(event.target);
    const goal = next && ($$("a, button, summary, input", next)[place] || $("a, button, input", next));
    if (goal) event.preventDefault(), goal.focus();
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || dialog?.open || keysOff()) return;
  if (event.key === "/") {
    const field = $("[data-query] input:not([type=hidden]), [data-query] select");
    if (field) event.preventDefault(), field.focus();
  } else if (event.key === "?") showKeys();
});
