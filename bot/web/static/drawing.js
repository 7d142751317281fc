// Draws entries of the conversation. Everything is inserted as text but credits, which the server has escaped.

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
    reply.text ? make("p", { className: "text" }, reply.text) : null,
    reply.result && !single ? make("p", { className: "mark" }, make("a", { href: `#result=${encodeURIComponent(reply.result)}` }, chat.say("link"))) : null,
    reply.cards.length ? make("ol", { className: "gallery" }, ...reply.cards.map((card) => drawCard(card, single, chat))) : null,
    reply.details.length ? drawDetails(reply.details) : null,
    ...reply.copyables.map((one) => drawCopyable(one, chat)),
    reply.files.length ? make("div", { className: "actions" }, ...reply.files.map(drawFile)) : null,
    reply.actions.length ? make("div", { className: "actions" }, ...reply.actions.map((one) => drawAction(one, reply, chat))) : null,
    reply.menus.length ? make("div", { className: "actions" }, ...reply.menus.map((one) => drawMenu(one, reply, chat))) : null);
}

function drawCard(card, single, chat) {
  const item = make("li");
  const image = make("img", { alt: card.alt, loading: single ? "eager" : "lazy", decoding: "async" });
  const button = make("button", { type: "button", className: "photo" }, image, make("span", { className: "number", "aria-hidden": "true" }, String(card.number)));
  image.onload = () => {
    const ratio = image.naturalWidth / image.naturalHeight;
    if (!single) { item.style.flexGrow = ratio; item.style.flexBasis = `${Math.min(ratio * chat.rowHeight(), 640)}px`; }
  };
  image.onerror = () => { button.classList.add("gone"); image.replaceWith(chat.say("no_picture")); };
  image.src = card.src;
  button.onclick = () => chat.enlarge(card, button);
  const caption = make("p", { className: "caption" }, card.title ? make("strong", {}, card.title) : null);
  const credit = make("span");
  credit.innerHTML = card.credit;
  for (const link of credit.querySelectorAll("a")) { link.target = "_blank"; link.rel = "noopener noreferrer"; }
  caption.append(credit, make("span", { className: "meta" }, card.note ? `${card.note} · ` : "", make("a", { href: `#photo=${encodeURIComponent(card.id)}` }, card.id)));
  item.append(button, caption);
  return item;
}

function drawDetails(details) {
  const list = make("dl", { className: "details" });
  for (const [label, value] of details) {
    const described = make("dd");
    for (const [index, part] of value.split(", ").entries()) {
      if (index) described.append(", ");
      const colour = /^#[0-9a-f]{6}\b/.exec(part);
      if (colour) {
        const swatch = make("span", { className: "swatch" });
        swatch.style.backgroundColor = colour[0];
        described.append(swatch);
      }
      if (/^https?:\/\/\S+$/.test(part)) described.append(make("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part));
      else described.append(part);
    }
    list.append(make("dt", {}, label), described);
  }
  return list;
}

function drawCopyable(one, chat) {
  const button = make("button", { type: "button" }, chat.say("copy"));
  button.onclick = async () => {
    await navigator.clipboard.writeText(one.text);
    button.textContent = chat.say("copied");
    setTimeout(() => { button.textContent = chat.say("copy"); }, 1500);
  };
  return make("details", { className: "copyable" }, make("summary", {}, one.label), make("pre", { tabIndex: 0 }, one.text), button);
}

function drawFile(file) {
  const bytes = Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
  return make("a", { className: "button", download: file.name, href: URL.createObjectURL(new Blob([bytes])) }, `↓ ${file.name}`);
}

function drawAction(action, reply, chat) {
  if (action.url) return make("a", { className: "button", href: action.url, target: "_blank", rel: "noopener noreferrer" }, action.label);
  return make("button", { type: "button", className: action.emphasis === "plain" ? "" : action.emphasis, onclick: () => chat.press(action.id, [], reply.n) }, action.label);
}

function drawMenu(menu, reply, chat) {
  const select = make("select", { "aria-label": menu.label }, make("option", { value: "" }, menu.label),
    ...menu.choices.map((one) => make("option", { value: one.value }, one.label)));
  select.onchange = () => {
    if (select.value) chat.press(menu.id, [select.value], reply.n);
    select.value = "";
  };
  return select;
}
