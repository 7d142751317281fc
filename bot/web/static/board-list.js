// All boards, each with a small picture and the credits of what is on it.

import { make } from "/static/drawing.js";
import { drawCredits } from "/static/panel.js";

const root = document.getElementById("boards");
const FOLDED_FROM = 1;
let page = null, timer = 0;

export function openList(of) {
  page = of;
  page.chat.view("boards");
  if (!root.firstElementChild) draw();
  page.chat.send({ do: "boards" });
}

export function closeList() { root.replaceChildren(); }

export function refreshList(of) {
  if (!root.firstElementChild) return;
  clearTimeout(timer);
  timer = setTimeout(() => of.chat.send({ do: "boards" }), 400);
}

function draw() {
  const { say } = page.chat;
  const name = make("input", { type: "text", placeholder: say("new_board"), "aria-label": say("new_board"), maxLength: 80, required: true });
  const form = make("form", { className: "find" }, name, make("button", { type: "submit", className: "main" }, say("make_board")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reply = await page.command("board new", { name: name.value.trim() }, { elsewhere: true, quietly: true });
    if (reply?.panel) page.open(reply.panel.board);
  });
  root.replaceChildren(make("div", { className: "board-head" }, make("h2", { tabIndex: -1 }, say("boards")), form), make("ul", { className: "board-list", "aria-busy": "true" }));
  root.querySelector("h2").focus({ preventScroll: true });
}

export function listed(message) {
  const list = root.querySelector(".board-list");
  if (!list) return;
  list.removeAttribute("aria-busy");
  list.replaceChildren(...(message.boards.length ? message.boards.map(drawListed) : [make("li", { className: "none" }, page.chat.say("no_boards"))]));
}

function drawListed(board) {
  const link = make("a", { href: `#board=${encodeURIComponent(board.id)}` }, drawPreview(board), make("strong", {}, board.name));
  return make("li", { className: board.archived ? "archived" : "" }, link, make("p", { className: "meta" }, `${board.count} · ${board.changed}`), drawCredits(board.credits, page.chat, FOLDED_FROM));
}

function drawPreview(board) {
  const frame = make("span", { className: "preview" });
  const image = make("img", { alt: "", loading: "lazy", decoding: "async", src: board.preview });
  image.addEventListener("error", () => image.remove());
  frame.append(make("picture", {}, make("source", { media: "(prefers-color-scheme: dark)", srcset: `${board.preview}&dark` }), image));
  return frame;
}
