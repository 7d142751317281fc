// One photo large, with what is known of it beside it; arrow keys and swipes lead to its neighbours in the gallery.

import { credit, drawAction, drawCopyable, drawDetails, make } from "/static/drawing.js";

const dialog = document.getElementById("dialog");
const known = new Map();            // what the server said of each photo while the viewer is open
let cards = [], place = 0, chat = null, opener = null;
let address = "";                   // the board over which the viewer is open

export function openViewer(from, at, of) {
  cards = from;
  chat = of;
  address = window.location.hash.startsWith("#board") ? window.location.hash : "";
  opener = document.activeElement;
  known.clear();
  dialog.className = "viewer";
  if (!dialog.open) dialog.showModal();
  showCard(at);
}

export function looked(message) {
  known.set(message.photo, message.reply);
  if (viewing() && cards[place].id === message.photo) drawPanel();
}

// Shows what is said beside the photo anew, unless somebody writes there.
export function refreshViewer() {
  if (viewing() && chat.beside && !document.activeElement.matches("dialog textarea, dialog select")) drawPanel();
}

export function showCardWith(number) { showCard(cards.findIndex((card) => card.number === number)); }

export function closeViewer() { if (viewing()) dialog.close(); }

function viewing() { return dialog.open && dialog.classList.contains("viewer"); }

function showCard(at) {
  place = (at + cards.length) % cards.length;
  const card = cards[place];
  const image = make("img", { alt: card.alt }), large = make("img");
  large.onload = () => { image.src = card.large; };
  if (card.src) { image.src = card.src; large.src = card.large; }
  const stage = make("div", { className: "stage" }, image, step(-1, "‹"), step(1, "›"));
  const close = make("button", { type: "button", className: "close", "aria-label": chat.say("close"), onclick: () => dialog.close() }, "×");
  dialog.replaceChildren(stage, make("div", { className: "panel", tabIndex: 0 }), close);
  if (!address && card.here !== false) window.history.replaceState(null, "", `#photo=${encodeURIComponent(card.id)}`);
  drawPanel();
  close.focus();
  if (card.here !== false && !known.has(card.id)) chat.look(card.id);
  for (const beside of [cards[place + 1], cards[place - 1]]) if (beside?.large) make("img", { src: beside.large });
}

function drawPanel() {
  const card = cards[place], reply = known.get(card.id), panel = dialog.querySelector(".panel");
  const shown = reply?.cards[0] || card, focus = document.activeElement?.dataset.focus;
  const press = { ...chat, press: (...pressed) => { dialog.close(); chat.press(...pressed); } };
  panel.replaceChildren(
    make("h2", { id: "dialog-title" }, shown.title || shown.id),
    make("p", { className: "caption" }, credit(shown.credit)),
    chat.beside?.(card) || "",
    ...(reply && !reply.failed ? [
      drawDetails(reply.details),
      make("div", { className: "actions" }, ...reply.actions.map((one) => drawAction(one, {}, press))),
      ...reply.copyables.map((one) => drawCopyable(one, chat)),
    ] : reply ? [make("p", {}, reply.text)] : []));
  if (focus) panel.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
}

function step(by, sign) {
  const card = cards[place + by];
  if (!card) return null;
  const label = `${card.number} ${card.title || card.id}`;
  return make("button", { type: "button", className: `step ${by < 0 ? "before" : "after"}`, "aria-label": label, onclick: () => showCard(place + by) }, sign);
}

dialog.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by && viewing() && cards[place + by] && !event.target.matches("textarea, select")) { event.preventDefault(); showCard(place + by); }
});

dialog.addEventListener("click", (event) => { if (viewing() && event.target.matches(".stage")) dialog.close(); });

let touched = null;
dialog.addEventListener("touchstart", (event) => { touched = event.touches.length === 1 ? event.touches[0].clientX : null; }, { passive: true });
dialog.addEventListener("touchend", (event) => {
  const moved = touched === null ? 0 : event.changedTouches[0].clientX - touched;
  const by = moved < 0 ? 1 : -1;
  if (viewing() && event.target.closest(".stage") && Math.abs(moved) > 50 && cards[place + by]) showCard(place + by);
}, { passive: true });

dialog.addEventListener("close", () => {
  if (!dialog.classList.contains("viewer")) return;
  if (!address) window.history.replaceState(null, "", window.location.pathname);
  const photo = chat.photoOf(cards[place], opener);
  photo?.focus();
});
