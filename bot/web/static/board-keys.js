// A board by keyboard. Arrows lead from photo to photo; Space lifts one, arrows then carry it, Space puts it down.

import { copy, jump, pinsOf, placeOf, step } from "/static/board-moving.js";
import { editNote, remove, vote } from "/static/board-pin.js";
import { speak } from "/static/toast.js";

const ARROWS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };
const VOTES = { u: "up", d: "down", o: "one" };
let page = null, lifted = null;     // {number, before: the board as it was}

export function toggleKeys(of) {
  page = of;
  page.root.addEventListener("keydown", pressed);
  page.root.addEventListener("keyup", (event) => { if (event.key === " " && event.target.matches(".pin .photo")) event.preventDefault(); });
  page.root.addEventListener("focusin", (event) => { if (lifted && numberOf(event.target) !== lifted.number) cancel(); });
}

function numberOf(target) {
  const photo = target.closest?.(".pin .photo");
  return photo ? Number(photo.closest(".pin").dataset.number) : null;
}

function pressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !event.target.matches("input, textarea")) {
    event.preventDefault();
    page.command("board undo");
    return;
  }
  const number = numberOf(event.target);
  if (number === null || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!(lifted ? carry(event.key) : act(event.key, number))) return;
  event.preventDefault();
  event.stopPropagation();
}

function act(key, number) {
  if (key === " ") return lift(number);
  if (key in ARROWS) return lead(key, number);
  if (key === "Delete" || key === "Backspace") remove(page, number);
  else if (key === "n") editNote(page, number);
  else if (key in VOTES) vote(page, number, VOTES[key]);
  else return false;
  return true;
}

function lift(number) {
  lifted = { number, before: copy(page.board) };
  page.held = true;
  mark();
  speak(page.chat.say("lifted", { number }));
  return true;
}

function carry(key) {
  const { number } = lifted;
  if (key === "Escape") return cancel();
  if (key === " " || key === "Enter") return drop();
  if (!(key in ARROWS)) return key !== "Tab";
  const board = copy(page.board);
  const moved = key === "ArrowUp" || key === "ArrowDown" ? jump(board, number, ARROWS[key]) : step(board, number, ARROWS[key]);
  if (moved) page.show(board);
  mark();
  const { section, index } = placeOf(page.board, number);
  const where = { number, place: index + 1, of: section.pins.length, section: section.title || page.chat.say("no_section") };
  speak(page.chat.say("moved_to", where));
  return true;
}

function drop() {
  const { number, before } = lifted, now = placeOf(page.board, number), then = placeOf(before, number);
  release();
  speak(page.chat.say("dropped", { number }));
  if (now.section.id !== then.section.id || now.before !== then.before) {
    const values = { numbers: String(number), section: now.section.id || "-" };
    page.command("board move", now.before ? { ...values, before: now.before } : values, { quietly: true });
  }
  page.release();
  return true;
}

function cancel() {
  const { number, before } = lifted;
  release();
  page.show(before);
  page.release();
  speak(page.chat.say("put_back", { number }));
  return true;
}

function release() {
  lifted = null;
  for (const one of page.root.querySelectorAll(".pin.lifted")) one.classList.remove("lifted");
}

function mark() {
  const element = page.root.querySelector(`.pin[data-number="${lifted.number}"]`);
  element.classList.add("lifted");
  const photo = element.querySelector(".photo");
  if (document.activeElement !== photo) photo.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}

// Leads to the photo beside, or to the nearest one in the row above or below.
function lead(key, number) {
  const pins = pinsOf(page.board), at = pins.findIndex((pin) => pin.number === number);
  const photoOf = (pin) => page.root.querySelector(`[data-focus="photo:${pin.number}"]`);
  let next = pins[at + ARROWS[key]];
  if (key === "ArrowUp" || key === "ArrowDown") {
    const box = photoOf(pins[at]).getBoundingClientRect(), middle = box.left + box.width / 2;
    const boxes = pins.map((pin) => ({ pin, box: photoOf(pin).getBoundingClientRect() })).filter((one) => (key === "ArrowUp" ? one.box.top < box.top - 4 : one.box.top > box.top + 4));
    const away = (one) => Math.abs(one.box.top - box.top) * 10 + Math.abs(one.box.left + one.box.width / 2 - middle);
    next = boxes.length ? boxes.reduce((a, b) => (away(b) < away(a) ? b : a)).pin : null;
  }
  if (next) {
    photoOf(next).focus({ preventScroll: true });
    photoOf(next).closest(".pin").scrollIntoView({ block: "nearest" });
  }
  return true;
}
