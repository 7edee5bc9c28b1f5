// What must be read to its end: the foot stays in sight, its button wakes once the end has been on the screen.
"use strict";
{
  const end = document.querySelector("[data-end]");
  const foot = document.querySelector("[data-after-end]");
  const button = foot.querySelector("[data-wait]");
  const says = button.textContent;
  foot.classList.remove("phone__foot--last");
  button.disabled = true;
  button.textContent = button.dataset.wait;
  const watch = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    watch.disconnect();
    button.disabled = false;
    button.textContent = says;
  });
  watch.observe(end);
}
