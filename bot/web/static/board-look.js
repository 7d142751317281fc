// A board's photo large, with what the team thinks of it: votes, note, section. Voting one by one leads on after each.

import { place } from "/static/board-drag.js";
import { pinsOf, placeOf } from "/static/board-moving.js";
import { drawVotes, remove, vote, writeNote } from "/static/board-pin.js";
import { make } from "/static/drawing.js";
import { toast } from "/static/toast.js";
import { closeViewer, openViewer, showCardWith } from "/static/viewer.js";

const VOTES = { u: "up", o: "one", d: "down" };
const dialog = document.getElementById("dialog");
let voting = false;

dialog.addEventListener("keydown", (event) => {
  if (!(event.key in VOTES) || event.target.matches("textarea, select, input") || event.ctrlKey || event.metaKey || event.altKey) return;
  dialog.querySelector(`.on-board .vote.${VOTES[event.key]}`)?.click();
});

export function lookAt(page, number, { oneByOne = false } = {}) {
  voting = oneByOne;
  const cards = pinsOf(page.board).filter((pin) => !pin.gone).map((pin) => ({ ...pin, note: "" }));
  const at = cards.findIndex((card) => card.number === number);
  const { chat } = page;
  openViewer(cards, Math.max(at, 0), {
    ...chat,
    press: (...pressed) => { page.close(); chat.press(...pressed); },
    photoOf: (card) => page.root.querySelector(`[data-focus="photo:${card.number}"]`),
    beside: (card) => beside(page, card.number),
  });
}

export function voteOneByOne(page) {
  const next = unvoted(page, 0);
  if (next) lookAt(page, next.number, { oneByOne: true });
  else toast(page.chat.say("all_voted"));
}

function unvoted(page, after) {
  const pins = pinsOf(page.board).filter((pin) => !pin.gone), at = pins.findIndex((pin) => pin.number === after);
  return [...pins.slice(at + 1), ...pins.slice(0, at + 1)].find((pin) => !pin.mine);
}

function beside(page, number) {
  const found = page.board && placeOf(page.board, number), { say } = page.chat;
  if (!found) return null;
  const { pin, section } = found;
  const votes = drawVotes(page, pin);
  votes.classList.add("large");
  if (voting) hideCounts(votes);
  for (const button of votes.children) button.onclick = () => cast(page, number, [...votes.children].indexOf(button));
  const note = make("textarea", { value: pin.note, rows: 2, maxLength: 500 });
  note.addEventListener("change", () => writeNote(page, number, note.value.trim()));
  const sections = make("select", {}, ...page.board.sections.map((one) => make("option", { value: one.id, selected: one === section }, one.title || say("no_section"))));
  sections.addEventListener("change", () => place(page, number, sections.value, null));
  return make("div", { className: "on-board" },
    make("p", { className: "mark" }, say("on_board", { number, name: page.board.name })), votes,
    make("label", {}, say("note"), note), make("label", {}, say("section"), sections),
    make("button", { type: "button", className: "danger", onclick: () => { closeViewer(); remove(page, number); } }, say("remove_pin")));
}

// Others' votes would sway.
function hideCounts(votes) {
  for (const button of votes.children) {
    button.querySelector("span")?.remove();
    button.setAttribute("aria-label", button.title);
  }
}

function cast(page, number, index) {
  const choice = ["up", "one", "down"][index];
  const taken = placeOf(page.board, number).pin.mine === choice;
  vote(page, number, choice);
  if (!voting || taken) return;
  const next = unvoted(page, number);
  if (next && next.number !== number) {
    showCardWith(next.number);
    dialog.querySelector(`[data-focus="${choice}:${next.number}"]`)?.focus();
    return;
  }
  closeViewer();
  toast(page.chat.say("all_voted"));
}
