// Figures: a switch between views, a click that enlarges; links that open the part they lead to.
"use strict";

// Of a figure's views, show the one that its switch says; without a script all stand below one another.
function connectViews(figure) {
  const views = [...figure.querySelectorAll(".enlarge")];
  const switches = [...figure.querySelectorAll(".switch input")];
  const show = (chosen) => views.forEach((view, number) => { view.hidden = number !== chosen; });
  switches.forEach((one, number) => one.addEventListener("change", () => show(number)));
  figure.querySelector(".switch").hidden = false;
  show(Math.max(switches.findIndex((one) => one.checked), 0));
}

// The picture of a button over the whole window, with its caption; Escape, a click or the button close it.
function enlarge(button) {
  const dialog = document.createElement("dialog");
  const view = document.createElement("div");
  const caption = document.createElement("p");
  const close = document.createElement("button");
  view.className = "view";
  view.append(button.firstElementChild.cloneNode(true));
  caption.textContent = button.closest("figure").querySelector("figcaption").textContent;
  close.type = "button";
  close.textContent = "Close";
  dialog.setAttribute("aria-label", button.getAttribute("aria-label"));
  dialog.append(view, caption, close);
  view.addEventListener("click", () => dialog.close());
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { dialog.remove(); button.focus(); });
  document.body.append(dialog);
  dialog.showModal();
}

// Open the parts around the element that the address names, so that the link leads to it.
function reveal() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
  const own = target.querySelector(":scope > details");
  if (own) own.open = true;
  target.scrollIntoView();
}

if (typeof document !== "undefined") {
  document.querySelectorAll("[data-views]").forEach(connectViews);
  document.querySelectorAll(".enlarge").forEach((button) => button.addEventListener("click", () => enlarge(button)));
  addEventListener("hashchange", reveal);
  reveal();
}
