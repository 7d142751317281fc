// Looking for photos that fit a board, and putting them on it with one press each.

import { credit, make } from "/static/drawing.js";
import { layOut, setRatio, watch } from "/static/gallery.js";
import { toast } from "/static/toast.js";

export function drawFinder(page) {
  const finder = make("section", { className: "finder", hidden: true, "aria-label": page.chat.say("suggestions") });
  page.find = (words, section = null) => find(page, finder, words, section);
  return finder;
}

async function find(page, finder, words, section) {
  finder.hidden = false;
  finder.replaceChildren(make("p", { className: "dots", role: "status" }));
  const values = { ...(words ? { words } : {}), ...(section ? { section: section.id } : {}) };
  const reply = await page.command("board suggest", values, { shown: true });
  if (!reply || reply.failed) {
    finder.hidden = true;
    if (reply) toast(reply.text, { failed: true });
    return;
  }
  const [title, ...rest] = reply.text.split("\n");
  const pin = reply.menus.find((menu) => menu.id.startsWith("pin:"));
  const gallery = make("ol", { className: "gallery", "data-height": "140" }, ...reply.cards.map((card) => drawFound(page, card, pin, section)));
  finder.replaceChildren(
    make("div", { className: "finder-head" }, make("h3", { tabIndex: -1 }, section ? `${title}: ${section.title}` : title),
      make("button", { type: "button", className: "quiet", onclick: () => { finder.hidden = true; } }, page.chat.say("close"))),
    rest.length ? make("p", { className: "rest" }, rest.join("\n")) : "", gallery);
  watch(gallery);
  layOut(gallery);
  finder.querySelector("h3").focus({ preventScroll: true });
  finder.scrollIntoView({ block: "nearest" });
}

function drawFound(page, card, menu, section) {
  const image = make("img", { alt: card.alt, loading: "lazy", decoding: "async", src: card.src });
  const button = make("button", { type: "button", className: "photo add", title: page.chat.say("pin_it") }, image, make("span", { className: "plus", "aria-hidden": "true" }, "+"));
  button.onclick = async () => {
    button.disabled = true;
    const reply = await (section
      ? page.command("board add", { photos: card.id, section: section.id })
      : page.press(menu.id, [String(card.number)]));
    button.disabled = Boolean(reply && !reply.failed);
    button.classList.toggle("taken", button.disabled);
    if (button.disabled) button.querySelector(".plus").textContent = "✓";
  };
  const item = make("li", {}, button, make("p", { className: "caption" }, card.title ? make("strong", {}, card.title) : null, credit(card.credit), make("span", { className: "meta" }, card.note)));
  setRatio(item, card.ratio);
  return item;
}
