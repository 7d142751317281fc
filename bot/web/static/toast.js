// Short messages at the foot of the page, and what only screen readers are told.

import { make } from "/static/drawing.js";

const STAYS_MS = 7000, FAILED_MS = 10000;
const toasts = document.getElementById("toasts"), spoken = document.getElementById("spoken");

export function toast(text, { failed = false, label = "", act = null } = {}) {
  if (!text) return;
  const shown = make("div", { className: failed ? "toast failed" : "toast" }, make("span", {}, text));
  if (act) shown.append(make("button", { type: "button", className: "quiet", onclick: () => { shown.remove(); act(); } }, label));
  const open = document.querySelector("dialog[open]");
  (open || document.body).append(toasts);   // what lies outside of an open dialog can't be reached
  if (toasts.children.length > 2) toasts.firstElementChild.remove();
  toasts.append(shown);
  let timer = 0;
  const leave = () => { timer = setTimeout(() => shown.remove(), failed ? FAILED_MS : STAYS_MS); };
  const stay = () => clearTimeout(timer);
  for (const event of ["pointerenter", "focusin"]) shown.addEventListener(event, stay);
  for (const event of ["pointerleave", "focusout"]) shown.addEventListener(event, leave);
  leave();
}

export function speak(text) { spoken.textContent = text; }

document.addEventListener("close", () => document.body.append(toasts), true);
