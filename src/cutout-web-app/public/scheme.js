/* Sets the colour scheme before the first paint, so that a dark page does not flash white. */
(function () {
  var chosen = "auto";
  try {
    chosen = localStorage.getItem("spt3g-colour-scheme") || "auto";
  } catch {
    /* Storage may be forbidden; the system's choice stands. */
  }
  var dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
