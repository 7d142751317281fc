// A picture that was drawn of a board, with the credit of every photo on it; files to be saved.

import { credit, make } from "/static/drawing.js";

const FOLDED_FROM = 13, DARK = "(prefers-color-scheme: dark)";

export function drawPanel(panel, chat) {
  const image = make("img", { alt: panel.alt, decoding: "async", loading: "lazy" });
  const picture = make("picture", { className: panel.shows });
  if (panel.shows === "board") picture.append(make("source", { media: DARK, srcset: `${panel.src}&dark` }));
  picture.append(image);
  image.src = panel.src;
  image.addEventListener("error", () => picture.replaceChildren(make("span", {}, chat.say("no_picture"))));
  const open = make("button", { type: "button", className: "main", onclick: () => chat.openBoard(panel.board) }, chat.say("open_board"));
  return make("div", { className: "drawn" }, picture, drawCredits(panel.credits, chat), make("div", { className: "actions" }, open));
}

// All credits can be reached; many are folded away.
export function drawCredits(credits, chat, foldedFrom = FOLDED_FROM) {
  if (!credits.length) return null;
  const list = make("ol", { className: "credits" }, ...credits.map(([number, html]) =>
    make("li", {}, make("b", {}, String(number)), " ", credit(html))));
  if (credits.length < foldedFrom) return list;
  return make("details", {}, make("summary", {}, chat.say("credits_of", { n: credits.length })), list);
}

export function drawFile(file, chat) {
  const gone = () => make("span", { className: "button gone" }, `${file.name}: ${chat.say("file_gone")}`);
  if (file.until && file.until * 1000 < Date.now()) return gone();
  const link = make("a", { className: "button", download: file.name, href: addressOf(file) }, `↓ ${file.name}`);
  link.addEventListener("click", (event) => {
    if (!file.until || file.until * 1000 >= Date.now()) return;
    event.preventDefault();
    link.replaceWith(gone());
  });
  return link;
}

// Conversations of earlier versions hold their files in themselves.
export function addressOf(file) {
  if (file.href) return file.href;
  const bytes = Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes]));
}

export function save(file) {
  const link = make("a", { download: file.name, href: addressOf(file), hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
}
