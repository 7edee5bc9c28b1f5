// Before the first paint: the chosen density, and a mark that scripts run.
document.documentElement.classList.add("js");
try {
  document.documentElement.dataset.density = localStorage.getItem("density") || "";
} catch {
  // Storage is switched off: the default density.
}
