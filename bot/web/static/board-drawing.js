// Draws a board: head, sections with their photos, colours. What has not changed is left as it stands, so that nobody
// loses the place, the focus or what is being written.

import { decideSection, editSection, tools } from "/static/board-tools.js";
import { drawFinder } from "/static/board-find.js";
import { drawPin } from "/static/board-pin.js";
import { make } from "/static/drawing.js";
import { layOut, watch } from "/static/gallery.js";
import { toast } from "/static/toast.js";

const LONG_BRIEF = 260;             // characters
const drawnOf = new WeakMap();      // what each element was drawn of

export function drawBoard(page) {
  const { say } = page.chat;
  page.root.replaceChildren(
    make("div", { className: "board-head" },
      make("h2", { tabIndex: -1 }), make("p", { className: "state" }), make("div", { className: "brief" }), make("p", { className: "decision" })),
    tools(page), drawFinder(page),
    make("p", { id: "board-help", hidden: true }, say("pin_help")),
    make("div", { className: "sections" }),
    make("div", { className: "palette", role: "group", "aria-label": say("palette") }));
}

export function update(page) {
  const { root, board } = page, focus = document.activeElement?.dataset.focus;
  root.querySelector("h2").textContent = board.name;
  root.querySelector(".state").textContent = board.state;
  redraw(root.querySelector(".brief"), board.brief, () => drawBrief(board.brief));
  const decision = root.querySelector(".decision");
  decision.textContent = board.decision;
  decision.hidden = !board.decision;
  root.querySelector(".toolbar").refresh();
  root.classList.toggle("bare", board.sections.length === 1 && !board.sections[0].pins.length);
  updateSections(page, root.querySelector(".sections"));
  redraw(root.querySelector(".palette"), board.palette, () => board.palette.map((one) => drawColour(one, page)));
  if (focus && document.activeElement?.dataset.focus !== focus) root.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
}

function redraw(element, data, draw) {
  const drawn = JSON.stringify(data);
  if (drawnOf.get(element) === drawn) return;
  drawnOf.set(element, drawn);
  element.replaceChildren(...draw());
}

function drawBrief(brief) {
  if (brief.length < LONG_BRIEF) return brief ? [make("p", {}, brief)] : [];
  const first = brief.slice(0, brief.lastIndexOf(" ", LONG_BRIEF - 60));
  return [make("details", {}, make("summary", {}, `${first} …`), make("p", {}, brief))];
}

function updateSections(page, container) {
  const pins = new Map([...container.querySelectorAll(".pin")].map((pin) => [pin.dataset.number, pin]));
  const old = new Map([...container.children].map((one) => [one.dataset.section, one]));
  const sections = page.board.sections.map((section) => {
    const element = old.get(section.id) || drawSection(page, section);
    updateHead(page, element, section);
    const gallery = element.querySelector(".gallery");
    arrange(gallery, section.pins.map((pin) => pinElement(page, pin, pins.get(String(pin.number)))));
    element.classList.toggle("empty", !section.pins.length);
    return element;
  });
  arrange(container, sections);
  for (const one of sections) layOut(one.querySelector(".gallery"));
}

// Puts elements in their order, moving only those that stand elsewhere.
function arrange(container, elements) {
  const wanted = new Set(elements);
  for (const child of [...container.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, place) => {
    if (container.children[place] !== element) container.insertBefore(element, container.children[place] || null);
  });
}

function pinElement(page, pin, old) {
  const drawn = JSON.stringify(pin);
  if (old && (drawnOf.get(old) === drawn || old.classList.contains("editing"))) return old;
  const element = drawPin(page, pin, old);
  drawnOf.set(element, drawn);
  old?.replaceWith(element);
  return element;
}

function drawSection(page, section) {
  const gallery = make("ol", { className: "gallery", "data-empty": page.chat.say(section.id ? "empty_section" : "empty_board") });
  watch(gallery);
  return make("section", { className: section.id ? "part" : "part top", "data-section": section.id }, make("div", { className: "part-head" }), gallery);
}

function updateHead(page, element, section) {
  const head = element.querySelector(".part-head"), { say } = page.chat;
  if (head.classList.contains("editing")) return;
  redraw(head, [section.title, section.wish, !section.pins.length], () => section.id ? [
    make("h3", {}, make("button", { type: "button", className: "edit", title: say("edit_title"), "data-focus": `title:${section.id}`, onclick: () => editSection(page, head, section, "title") }, section.title)),
    make("button", { type: "button", className: section.wish ? "edit wish" : "edit wish none", title: say("wish"), "data-focus": `wish:${section.id}`, onclick: () => editSection(page, head, section, "wish") }, section.wish ? say("looks_for", { wish: section.wish }) : `+ ${say("wish")}`),
    make("div", { className: "part-tools" },
      make("button", { type: "button", className: "quiet", "data-focus": `fill:${section.id}`, onclick: () => page.find("", section) }, say("find_for_section")),
      make("button", { type: "button", className: "quiet", "data-focus": `gone:${section.id}`, "aria-label": `${say("remove_section")}: ${section.title}`, onclick: () => decideSection(page, section) }, "×")),
  ] : []);
}

function drawColour(colour, page) {
  const button = make("button", { type: "button", "data-focus": `colour:${colour.hex}`, title: page.chat.say("copy") }, make("b", {}, colour.hex), make("span", {}, colour.name));
  const channels = [1, 3, 5].map((at) => parseInt(colour.hex.slice(at, at + 2), 16) / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
  button.style.backgroundColor = colour.hex;
  button.style.color = light > 0.18 ? "#000000" : "#ffffff";
  button.style.flexGrow = String(Math.max(colour.share, 0.06) * 100);
  button.onclick = async () => {
    await navigator.clipboard?.writeText(colour.hex);
    toast(navigator.clipboard ? `${page.chat.say("copied")}: ${colour.hex}` : colour.hex);
  };
  return button;
}
