// Carrying photos over a board with a pointer: a mouse at once, a finger after resting on the photo, so that it can
// still scroll the page. A bar shows where the photo would stand.

import { make } from "/static/drawing.js";
import { copy, move, placeOf } from "/static/board-moving.js";

const FAR_ENOUGH = 6, RESTS_MS = 280, EDGE = 90, FASTEST = 18, GAP = 12;
let page = null, held = null;       // {number, element, x, y, ghost, marker, slot, timer, pointer}

export function watchDragging(of) {
  page = of;
  page.root.addEventListener("pointerdown", begin);
  page.root.addEventListener("dragstart", (event) => event.preventDefault());
  page.root.addEventListener("contextmenu", (event) => { if (held?.touch) event.preventDefault(); });
  page.root.addEventListener("touchmove", (event) => { if (held?.ghost) event.preventDefault(); }, { passive: false });
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", (event) => { if (held && event.pointerId === held.pointer) end(true); });
  document.addEventListener("pointercancel", () => end(false));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && held?.ghost) { event.stopPropagation(); end(false); } }, true);
}

function begin(event) {
  const photo = event.target.closest(".pin .photo");
  if (!photo || event.button !== 0 || held || page.held) return;
  const element = photo.closest(".pin"), touch = event.pointerType === "touch";
  held = { number: Number(element.dataset.number), element, touch, x: event.clientX, y: event.clientY, pointer: event.pointerId, timer: 0 };
  if (touch) held.timer = setTimeout(lift, RESTS_MS);
}

function follow(event) {
  if (!held || event.pointerId !== held.pointer) return;
  const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > FAR_ENOUGH;
  if (!held.ghost && far && held.touch) return end(false);    // a finger that scrolls
  if (!held.ghost && far) lift();
  if (!held.ghost) return;
  Object.assign(held, { x: event.clientX, y: event.clientY });
  show();
}

function lift() {
  const photo = held.element.querySelector(".photo"), box = photo.getBoundingClientRect();
  const narrow = Math.min(box.width, 180);
  held.ghost = make("div", { className: "ghost", "aria-hidden": "true" }, ...[...photo.children].map((one) => one.cloneNode(true)));
  held.ghost.style.width = `${narrow}px`;
  held.ghost.style.height = `${narrow * box.height / box.width}px`;
  held.marker = make("div", { className: "marker", hidden: true });
  document.body.append(held.ghost);
  page.root.append(held.marker);
  page.root.classList.add("carrying");
  held.element.classList.add("carried");
  page.held = true;
  show();
  requestAnimationFrame(scroll);
}

function show() {
  held.ghost.style.transform = `translate(${held.x - held.ghost.offsetWidth / 2}px, ${held.y - held.ghost.offsetHeight / 2}px)`;
  held.slot = slotAt(held.x, held.y);
  const { marker, slot } = held, frame = page.root.getBoundingClientRect();
  for (const part of page.root.querySelectorAll(".part")) part.classList.toggle("target", part.dataset.section === slot?.section);
  marker.hidden = !slot?.box;
  if (!slot?.box) return;
  marker.style.left = `${slot.box.x - frame.left + page.root.scrollLeft}px`;
  marker.style.top = `${slot.box.top - frame.top + page.root.scrollTop}px`;
  marker.style.height = `${slot.box.height}px`;
}

// Returns before which photo of which section a photo would stand that is let go here.
function slotAt(x, y) {
  const parts = [...page.root.querySelectorAll(".part")];
  const away = (box) => Math.max(box.top - y, y - box.bottom, 0);
  const nearest = (boxes, measure) => boxes.reduce((a, b) => (measure(b) < measure(a) ? b : a));
  if (!parts.length) return null;
  const part = nearest(parts, (one) => away(one.getBoundingClientRect()));
  const section = part.dataset.section;
  const pins = [...part.querySelectorAll(".pin")].filter((one) => one !== held.element).map((one) => ({ number: Number(one.dataset.number), box: one.getBoundingClientRect(), photo: one.querySelector(".photo").getBoundingClientRect() }));
  if (!pins.length) return { section, before: null, box: null };
  const { box: { top } } = nearest(pins, (one) => away(one.box));
  const row = pins.filter((one) => Math.abs(one.box.top - top) < 4);
  const before = row.find((one) => x < one.box.left + one.box.width / 2), last = row.at(-1);
  const edge = before ? before.box.left - GAP / 2 : last.box.right + GAP / 2;
  const next = before || pins[pins.indexOf(last) + 1];
  return { section, before: next?.number ?? null, box: { x: edge, top: last.photo.top, height: last.photo.height } };
}

function scroll() {
  if (!held?.ghost) return;
  const { top, bottom } = page.root.getBoundingClientRect();
  const by = held.y < top + EDGE ? held.y - top - EDGE : held.y > bottom - EDGE ? held.y - bottom + EDGE : 0;
  if (by) {
    page.root.scrollBy({ top: Math.max(-1, Math.min(1, by / EDGE)) * FASTEST, behavior: "instant" });
    show();
  }
  requestAnimationFrame(scroll);
}

function end(put) {
  if (!held) return;
  const { number, ghost, marker, slot, element, timer } = held;
  held = null;
  clearTimeout(timer);
  if (!ghost) return;
  ghost.remove();
  marker.remove();
  page.root.classList.remove("carrying");
  element.classList.remove("carried");
  for (const part of page.root.querySelectorAll(".target")) part.classList.remove("target");
  window.addEventListener("click", swallow, { capture: true, once: true });   // letting go is no press
  setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
  if (put && slot) place(page, number, slot.section, slot.before);
  page.release();
}

function swallow(event) { event.preventDefault(); event.stopPropagation(); }

// Lets a photo stand somewhere, here at once and on the server.
export function place(of, number, section, before) {
  const board = copy(of.board);
  if (!placeOf(board, number) || !move(board, number, section, before)) return;
  of.show(board);
  of.command("board move", { numbers: String(number), section: section || "-", ...(before ? { before } : {}) });
}
