// The signature on the phone: drawn or typed, equal routes. The strokes leave as one small PNG.
"use strict";
{
  const form = document.querySelector("[data-sign]");
  const canvas = form.querySelector("canvas");
  const says = form.querySelector("[data-sign-error]");
  const hidden = form.elements.signature;
  const pad = new SignaturePad(canvas, { penColor: "#18212f", minWidth: 1.4, maxWidth: 3.2 });
  const LARGEST = 640; // pixels wide: enough for a receipt, small enough for a slow line

  function fit() {
    const strokes = pad.toData();
    const ratio = Math.max(1, window.devicePixelRatio || 1);
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    pad.clear();
    pad.fromData(strokes);
  }
  function method() {
    const typed = form.elements.method.value === "type";
    form.querySelector("[data-draw]").hidden = typed;
    form.querySelector("[data-type]").hidden = !typed;
    says.hidden = true;
    if (!typed) fit();
  }
  function picture() {
    const small = document.createElement("canvas");
    const scale = Math.min(1, LARGEST / canvas.width);
    small.width = canvas.width * scale;
    small.height = canvas.height * scale;
    small.getContext("2d").drawImage(canvas, 0, 0, small.width, small.height);
    return small.toDataURL("image/png");
  }
  function missing() {
    if (form.elements.method.value === "type") return form.elements.typed_name.value.trim() ? "" : "请输入本人姓名。";
    const points = pad.toData().reduce((sum, stroke) => sum + stroke.points.length, 0);
    return points < 8 ? "还没有签名，请在虚线框内写清本人姓名，或改用“输入姓名”。" : "";
  }
  form.addEventListener("change", (event) => event.target.name === "method" && method());
  form.querySelector("[data-clear]").addEventListener("click", () => pad.clear());
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "act") return; // another code is asked for
    const sentence = missing() || (form.elements.agree.checked ? "" : "请先勾选“我已核对名单与成绩”。");
    if (sentence) {
      event.preventDefault();
      says.textContent = sentence;
      says.hidden = false;
      says.scrollIntoView({ block: "center" });
      return;
    }
    hidden.value = form.elements.method.value === "draw" ? picture() : "";
    const button = document.querySelector(`button[form="${form.id}"]`);
    setTimeout(() => {
      button.disabled = true;
      button.textContent = "正在提交…";
    });
  });
  window.addEventListener("resize", fit);
  canvas.hidden = false; // from here on no stroke is lost
  method();
}
