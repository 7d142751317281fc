// Draws entries of the conversation. Everything is inserted as text; of credits, which are HTML, only links are taken.

import { layOut, setRatio, watch } from "/static/gallery.js";
import { drawFile, drawPanel } from "/static/panel.js";

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role" || name.startsWith("data-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function drawEntry(entry, chat) {
  const element = entry.kind === "asked" ? drawAsked(entry, chat) : drawReply(entry, chat);
  element.dataset.entry = entry.n;
  return element;
}

function drawAsked(entry, chat) {
  const previews = chat.previews(entry);
  const pictures = previews.map((one) => make("img", { src: one.url, alt: one.name }));
  const named = pictures.length ? [] : (entry.pictures || []).map((name) => make("span", {}, name || "·"));
  const menu = previews.length ? make("div", { className: "actions" }, ...["similar", "add"].map((command) =>
    make("button", { type: "button", onclick: () => chat.menu(command, previews) }, chat.say(`menu_${command}`)))) : null;
  return make("article", { className: "entry mine", "aria-label": chat.say("you") },
    entry.text ? make("div", { className: "said" }, entry.text) : null,
    entry.pictures && entry.pictures.length ? make("div", { className: "pictures" }, ...pictures, ...named) : null,
    menu);
}

function drawReply(reply, chat) {
  const single = reply.cards.length === 1;
  return make("article", { className: `entry${reply.failed ? " failed" : ""}${single ? " single" : ""}`, "aria-label": "ModaCLIP" },
    reply.posted ? make("p", { className: "mark" }, chat.say("posted")) : null,
    ...drawText(reply, chat),
    reply.panel ? drawPanel(reply.panel, chat) : null,
    reply.cards.length ? drawGallery(reply.cards, chat) : null,
    reply.details.length ? drawDetails(reply.details) : null,
    ...reply.copyables.map((one) => drawCopyable(one, chat)),
    reply.files.length ? make("div", { className: "actions" }, ...reply.files.map((one) => drawFile(one, chat))) : null,
    reply.actions.length || reply.menus.length ? make("div", { className: "actions" },
      ...reply.actions.map((one) => drawAction(one, reply, chat)), ...reply.menus.map((one) => drawMenu(one, reply, chat))) : null);
}

// What stands above photos is their heading.
function drawText(reply, chat) {
  if (!reply.cards.length) return [reply.text ? make("p", { className: "text" }, reply.text) : null];
  const [title, ...rest] = reply.text.split("\n");
  const link = reply.result ? make("a", { className: "mark", href: `#result=${encodeURIComponent(reply.result)}` }, chat.say("link")) : null;
  return [
    make("div", { className: "heading" }, title ? make("h2", { className: "text" }, title) : null, link),
    rest.join("").trim() ? make("p", { className: "rest" }, rest.join("\n")) : null,
  ];
}

function drawGallery(cards, chat) {
  const single = cards.length === 1;
  const gallery = make("ol", { className: "gallery" }, ...cards.map((card, at) => drawCard(card, single, () => chat.enlarge(cards, at))));
  for (const image of gallery.querySelectorAll("img")) {
    image.addEventListener("load", () => {
      const item = image.closest("li"), before = item.dataset.ratio;
      setRatio(item, image.naturalWidth / image.naturalHeight);
      if (single) image.style.aspectRatio = String(image.naturalWidth / image.naturalHeight);
      else if (Math.abs(before - item.dataset.ratio) > 0.01) layOut(gallery);
    });
    image.addEventListener("error", () => { image.parentElement.classList.add("gone"); image.replaceWith(chat.say("no_picture")); });
  }
  if (!single) watch(gallery);
  return gallery;
}

function meta(card) {
  if (card.here === false) return [card.note];
  return [card.note ? `${card.note} · ` : "", make("a", { href: `#photo=${encodeURIComponent(card.id)}` }, card.id)];
}

function drawCard(card, single, enlarge) {
  const image = make("img", { alt: card.alt, loading: single ? "eager" : "lazy", decoding: "async" });
  if (single) {
    image.style.setProperty("--ratio", card.ratio || 1.5);
    image.style.aspectRatio = String(card.ratio || 1.5);
  }
  if (card.src) image.src = card.src;
  const button = make("button", { type: "button", className: "photo", "data-photo": card.id, onclick: enlarge }, image,
    make("span", { className: "number", "aria-hidden": "true" }, String(card.number)));
  const item = make("li", {}, button, make("p", { className: "caption" },
    card.title && !single ? make("strong", {}, card.title) : null, credit(card.credit),
    make("span", { className: "meta" }, ...meta(card))));
  setRatio(item, card.ratio);
  return item;
}

export function credit(html) {
  const line = make("span", { className: "credit" });
  for (const node of new DOMParser().parseFromString(html, "text/html").body.childNodes) {
    const isLink = node.nodeName === "A" && /^https?:\/\//i.test(node.getAttribute("href"));
    line.append(isLink ? make("a", { href: node.getAttribute("href"), target: "_blank", rel: "noopener noreferrer" }, node.textContent) : node.textContent);
  }
  return line;
}

export function drawDetails(details) {
  const list = make("dl", { className: "details" });
  for (const [label, value] of details) {
    const described = make("dd");
    for (const [index, part] of value.split(", ").entries()) {
      if (index) described.append(", ");
      const colour = /^#[0-9a-f]{6}\b/.exec(part);
      if (colour) {
        const swatch = make("span", { className: "swatch" });
        swatch.style.backgroundColor = colour[0];
        described.append(make("span", { className: "colour" }, swatch, part));
      } else if (/^https?:\/\/\S+$/.test(part)) described.append(make("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part));
      else described.append(part);
    }
    list.append(make("dt", {}, label), described);
  }
  return list;
}

export function drawCopyable(one, chat) {
  const button = make("button", { type: "button" }, chat.say("copy"));
  button.onclick = async () => {
    await navigator.clipboard.writeText(one.text);
    button.textContent = chat.say("copied");
    setTimeout(() => { button.textContent = chat.say("copy"); }, 1500);
  };
  return make("details", { className: "copyable" }, make("summary", {}, one.label), make("pre", { tabIndex: 0 }, one.text), button);
}

export function drawAction(action, reply, chat) {
  if (action.url) return make("a", { className: "button", href: action.url, target: "_blank", rel: "noopener noreferrer" }, action.label);
  return make("button", { type: "button", className: action.emphasis === "plain" ? "" : action.emphasis, onclick: () => chat.press(action.id, [], reply.n) }, action.label);
}

function drawMenu(menu, reply, chat) {
  const many = menu.most > 1;
  const select = make("select", { "aria-label": menu.label, multiple: many }, many ? null : make("option", { value: "" }, menu.label),
    ...menu.choices.map((one) => make("option", { value: one.value, title: one.description }, one.label)));
  const send = () => {
    const chosen = [...select.selectedOptions].map((one) => one.value).filter(Boolean).slice(0, menu.most);
    if (chosen.length) chat.press(menu.id, chosen, reply.n);
    select.value = "";
  };
  if (!many) { select.onchange = send; return select; }
  return make("span", { className: "many" }, select, make("button", { type: "button", onclick: send }, menu.label));
}
