// One photo on a board: its picture, number, votes, note, and always its credit.

import { credit, make } from "/static/drawing.js";
import { setRatio } from "/static/gallery.js";
import { lookAt } from "/static/board-look.js";
import { placeOf } from "/static/board-moving.js";

const ICONS = {
  up: "M12 6l7 11H5z", down: "M12 18l7-11H5z",
  one: "M12 3.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8L3.6 9.7l5.8-.8z",
};
const CHOICES = { up: "up", one: "the one", down: "down" };

export function drawPin(page, pin, old) {
  const { say } = page.chat, element = make("li", { className: "pin", "data-number": String(pin.number) });
  if (pin.picked) element.classList.add("picked");
  element.append(photoOf(page, pin, old),
    make("div", { className: "over" },
      make("button", { type: "button", "data-focus": `write:${pin.number}`, "aria-label": `${say("note")}: ${pin.number}`, title: say("note"), onclick: () => editNote(page, pin.number) }, "✎"),
      make("button", { type: "button", "data-focus": `off:${pin.number}`, "aria-label": `${say("remove_pin")}: ${pin.number}`, title: say("remove_pin"), onclick: () => remove(page, pin.number) }, "×")),
    drawVotes(page, pin),
    make("div", { className: "caption" },
      pin.title ? make("strong", {}, pin.title) : null,
      pin.note ? make("p", { className: "note", onclick: () => editNote(page, pin.number) }, pin.note) : null,
      credit(pin.credit)));
  setRatio(element, pin.ratio);
  return element;
}

function photoOf(page, pin, old) {
  const { say } = page.chat, known = old?.querySelector(".photo");
  const label = [`${pin.number}`, pin.title || pin.alt, pin.picked ? say("picked") : "", pin.gone ? say("gone") : ""].filter(Boolean).join(", ");
  const same = known && known.dataset.src === String(pin.src);
  const button = same ? known : make("button", { type: "button", className: "photo", "data-src": String(pin.src), "data-focus": `photo:${pin.number}`, "aria-describedby": "board-help" });
  button.setAttribute("aria-label", label);
  button.classList.toggle("gone", pin.gone);
  if (pin.colour) button.style.backgroundColor = pin.colour;
  if (!same) {
    button.onclick = () => { if (!placeOf(page.board, pin.number)?.pin.gone) lookAt(page, pin.number); };
    if (pin.gone) button.append(make("span", { className: "missing" }, say("gone")));
    else button.append(picture(page, pin, button));
    button.append(make("span", { className: "number", "aria-hidden": "true" }, String(pin.number)), make("span", { className: "star", "aria-hidden": "true" }, "★"));
  }
  return button;
}

function picture(page, pin, button) {
  const image = make("img", { alt: "", loading: "lazy", decoding: "async", draggable: false });
  image.addEventListener("error", () => { button.classList.add("gone"); image.replaceWith(make("span", { className: "missing" }, page.chat.say("no_picture"))); });
  image.src = pin.src;
  return image;
}

export function drawVotes(page, pin) {
  return make("div", { className: "votes", role: "group", "aria-label": `${page.chat.say("votes")}: ${pin.number}` }, ...Object.keys(CHOICES).map((choice) => {
    const count = pin.votes[choice];
    const label = `${page.chat.say(`vote_${choice}`)}, ${count}`;
    return make("button", { type: "button", className: `vote ${choice}`, title: page.chat.say(`vote_${choice}`), "aria-label": label, "aria-pressed": String(pin.mine === choice), "data-focus": `${choice}:${pin.number}`, onclick: () => vote(page, pin.number, choice) },
      icon(ICONS[choice]), count ? make("span", {}, String(count)) : null);
  }));
}

function icon(path) {
  const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg"), drawn = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  drawn.setAttribute("d", path);
  svg.append(drawn);
  return svg;
}

// A second press of the same vote takes it back.
export function vote(page, number, choice) {
  const pin = placeOf(page.board, number)?.pin;
  if (!pin) return null;
  const wanted = pin.mine === choice ? null : choice;
  if (pin.mine) pin.votes[pin.mine] -= 1;
  if (wanted) pin.votes[wanted] += 1;
  pin.mine = wanted;
  page.show(page.board);
  return page.command("board vote", { numbers: String(number), vote: wanted ? CHOICES[wanted] : "no vote" }, { quietly: true });
}

export function remove(page, number) {
  const place = placeOf(page.board, number);
  if (!place) return;
  const beside = place.section.pins[place.index + 1] || place.section.pins[place.index - 1];
  place.section.pins.splice(place.index, 1);
  page.show(page.board);
  page.command("board remove", { numbers: String(number) });
  (beside && page.root.querySelector(`[data-focus="photo:${beside.number}"]`) || page.root.querySelector("h2")).focus({ preventScroll: true });
}

export function editNote(page, number) {
  const element = page.root.querySelector(`.pin[data-number="${number}"]`), pin = placeOf(page.board, number)?.pin;
  if (!element || !pin || element.classList.contains("editing")) return;
  const field = make("textarea", { className: "note-field", value: pin.note, rows: 2, maxLength: 500, "aria-label": page.chat.say("note") });
  let open = true;
  const end = (keep) => {
    if (!open) return;
    open = false;
    const text = field.value.trim(), back = element.contains(document.activeElement);
    element.classList.remove("editing");
    field.remove();
    if (keep && text !== pin.note) writeNote(page, number, text);
    else page.show(page.board);
    if (back) page.root.querySelector(`[data-focus="photo:${number}"]`)?.focus({ preventScroll: true });
  };
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape" || (event.key === "Enter" && !event.shiftKey)) { event.preventDefault(); end(event.key === "Enter"); }
  });
  field.addEventListener("blur", () => end(true));
  element.classList.add("editing");
  element.querySelector(".caption").before(field);
  field.focus();
}

export function writeNote(page, number, text) {
  const pin = placeOf(page.board, number)?.pin;
  if (!pin || pin.note === text) return;
  pin.note = text;
  page.show(page.board);
  page.command("board note", { number, text });
}
