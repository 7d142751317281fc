// The page: what is typed, dropped and pressed goes to the server, and what it answers is drawn.

import { drawEntry, make } from "/static/drawing.js";
import { openForm, submitted } from "/static/forms.js";
import { looked, openViewer } from "/static/viewer.js";

const by = (id) => document.getElementById(id);
const log = by("log"), text = by("text"), choices = by("choices"), attached = by("attached"), main = document.querySelector("main");
let phrases = {}, socket = null, pause = 500, waiting = [], offered = [], selected = -1, start = 0, asked = [], place = 0, draft = "";
let pictures = [];                  // attached to the next message: {id, name, url}
const sent = [];                    // pictures of messages sent from this window, to show them beside their words
const busy = new Map();

const chat = {
  say: (key) => phrases[key] || key,
  press: (id, chosen, entry) => send({ do: "press", id, chosen, entry }),
  look: (photo) => send({ do: "look", photo }),
  submit: (form, values, uploads) => send({ do: "submit", form, values, uploads }),
  upload,
  async menu(command, previews) {    // sent anew: the server forgets pictures after a while
    const again = await Promise.all(previews.map((one) => upload(one.file)));
    send({ do: "menu", command, uploads: again.filter(Boolean).map((one) => one.id) });
  },
  previews: (entry) => (sent.find((one) => one.text === entry.text && one.names.join() === (entry.pictures || []).join()) || { pictures: [] }).pictures,
  enlarge: (cards, at) => openViewer(cards, at, chat),
  photoOf: (card, opener) => opener?.closest(".gallery")?.querySelector(`[data-photo="${CSS.escape(card.id)}"]`) || text,
};

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/connection`);
  socket.onopen = () => { pause = 500; by("status").textContent = ""; };
  socket.onmessage = (event) => receive(JSON.parse(event.data));
  socket.onclose = () => {
    by("status").textContent = chat.say("offline") === "offline" ? "…" : chat.say("offline");
    setTimeout(connect, pause);
    pause = Math.min(pause * 2, 15000);
  };
}

function send(message) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  else waiting.push(message);
}

function receive(message) {
  ({ hello, history, entry, replace, busy: showBusy, done, form: (one) => openForm(one.form, chat), submitted, looked, completions })[message.do]?.(message);
}

function hello(message) {
  phrases = message.phrases;
  by("intro").textContent = chat.say("intro");
  by("intro-more").textContent = chat.say("intro_more");
  by("examples").replaceChildren(...message.examples.map((one) => make("button", { type: "button", onclick: () => say(one) }, one)));
  text.placeholder = chat.say("placeholder");
  text.setAttribute("aria-label", chat.say("your_message"));
  choices.setAttribute("aria-label", chat.say("your_message"));
  by("attach").setAttribute("aria-label", chat.say("attach"));
  by("send").setAttribute("aria-label", chat.say("send"));
  by("clear").textContent = chat.say("clear");
  log.setAttribute("aria-label", chat.say("conversation"));
  document.body.dataset.drop = chat.say("drop");
}

function history(message) {
  log.replaceChildren(...message.entries.map((one) => drawEntry(one, chat)));
  asked = message.entries.filter((one) => one.kind === "asked" && one.text).map((one) => one.text);
  place = asked.length;
  busy.clear();
  welcome();
  for (const one of waiting.splice(0)) send(one);
  scroll();
  follow();
}

function entry(message) {
  log.append(drawEntry(message.entry, chat));
  welcome();
  scroll(message.entry);
}

function replace(message) {
  const old = log.querySelector(`[data-entry="${message.entry.n}"]`);
  const drawn = drawEntry(message.entry, chat);
  if (old) old.replaceWith(drawn); else log.append(drawn);
  drawn.scrollIntoView({ block: "start" });
}

function showBusy(message) {
  const drawn = message.reply ? drawEntry(message.reply, chat) : make("article", { className: "entry dots", "aria-label": "…" });
  drawn.classList.add("busy");
  busy.get(message.id)?.remove();
  busy.set(message.id, drawn);
  log.append(drawn);
  scroll();
}

function done(message) {
  busy.get(message.id)?.remove();
  busy.delete(message.id);
}

function welcome() { by("welcome").hidden = log.children.length > 0; by("clear").hidden = log.children.length === 0; }

function scroll(of) {
  const last = log.lastElementChild;
  if (!last) return;
  if (of && of.kind === "reply") last.scrollIntoView({ block: "start" });
  else main.scrollTop = main.scrollHeight;
}

// Asking

function say(words) {
  const uploads = pictures.map((one) => one.id);
  if (!words.trim() && !uploads.length) return;
  if (pictures.length) sent.push({ text: words.trim(), names: pictures.map((one) => one.name), pictures });
  send({ do: "say", text: words, uploads });
  if (words.trim()) { asked.push(words.trim()); place = asked.length; }
  pictures = [];
  attached.replaceChildren();
  text.value = "";
  hideChoices();
}

by("ask").addEventListener("submit", (event) => { event.preventDefault(); say(text.value); });
by("clear").addEventListener("click", () => send({ do: "clear" }));

text.addEventListener("input", () => {
  const value = text.value;
  if (value.startsWith("/") || /(^|\s)-?(tag|by):[^\s]*$/.test(value)) send({ do: "complete", text: value });
  else hideChoices();
});

text.addEventListener("keydown", (event) => {
  if (!choices.hidden) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      select((selected + (event.key === "ArrowDown" ? 1 : -1) + offered.length) % offered.length);
      return event.preventDefault();
    }
    if (event.key === "Tab" || (event.key === "Enter" && selected >= 0)) {
      take(Math.max(selected, 0));
      return event.preventDefault();
    }
    if (event.key === "Escape") { hideChoices(); return event.preventDefault(); }
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    if (place === asked.length) draft = text.value;
    place = Math.min(Math.max(place + (event.key === "ArrowUp" ? -1 : 1), 0), asked.length);
    text.value = place === asked.length ? draft : asked[place];
    event.preventDefault();
  }
});

function completions(message) {
  if (message.text !== text.value || !message.choices.length) return hideChoices();
  offered = message.choices;
  start = message.start;
  choices.replaceChildren(...offered.map((one, index) => make("li", { id: `choice-${index}`, role: "option", "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); take(index); } },
    make("b", {}, one.label.trim()), make("span", {}, one.label.includes(one.description) ? "" : one.description))));
  choices.hidden = false;
  text.setAttribute("aria-expanded", "true");
  selected = -1;
  // Enter takes the command that is begun; once it is written out, Enter sends it
  if (start === 0 && offered[0].value.trim() !== text.value.trim()) select(0);
}

function select(index) {
  selected = index;
  for (const [place, item] of [...choices.children].entries()) item.setAttribute("aria-selected", String(place === index));
  choices.children[index].scrollIntoView({ block: "nearest" });
  text.setAttribute("aria-activedescendant", `choice-${index}`);
}

function take(index) {
  text.value = text.value.slice(0, start) + offered[index].value;
  hideChoices();
  text.focus();
  text.dispatchEvent(new Event("input"));
}

function hideChoices() {
  choices.hidden = true;
  selected = -1;
  text.setAttribute("aria-expanded", "false");
  text.removeAttribute("aria-activedescendant");
}

// Pictures

async function attach(files) {
  for (const file of [...files].filter((one) => one.type.startsWith("image/") || /\.(jpe?g|png|webp|avif|gif|tiff?|bmp)$/i.test(one.name))) {
    const picture = await upload(file);
    if (!picture) continue;
    pictures.push(picture);
    const thumb = make("div", { className: "thumb" }, make("img", { src: picture.url, alt: picture.name }));
    thumb.append(make("button", { type: "button", "aria-label": chat.say("remove_picture"), onclick: () => { pictures = pictures.filter((one) => one !== picture); thumb.remove(); } }, "×"));
    attached.append(thumb);
  }
  text.focus();
}

async function upload(file) {
  const answer = await fetch(`/uploads?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file }).catch(() => null);
  const said = answer ? await answer.json().catch(() => ({})) : {};
  if (!said.id) { by("status").textContent = said.error || chat.say("too_large"); return null; }
  return { id: said.id, name: file.name, file, url: URL.createObjectURL(file) };
}

by("attach").addEventListener("change", async (event) => { await attach(event.target.files); event.target.value = ""; });
document.addEventListener("paste", (event) => { if (event.clipboardData.files.length) { event.preventDefault(); attach(event.clipboardData.files); } });
document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dropping"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
document.addEventListener("drop", (event) => { event.preventDefault(); document.body.classList.remove("dropping"); attach(event.dataTransfer.files); });
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "k") { event.preventDefault(); text.focus(); }
  const photo = event.target.closest?.(".photo");
  if (photo && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    const all = [...photo.closest(".gallery").querySelectorAll(".photo")];
    all[(all.indexOf(photo) + (event.key === "ArrowRight" ? 1 : all.length - 1)) % all.length].focus();
    event.preventDefault();
  }
});

// Links to a photo or a result

function follow() {
  const [kind, value] = location.hash.slice(1).split("=");
  if (!value) return;
  window.history.replaceState(null, "", location.pathname);
  if (kind === "photo") say(`/photo ${decodeURIComponent(value)}`);
  if (kind === "result") send({ do: "press", id: `show:${decodeURIComponent(value)}`, chosen: [] });
}

window.addEventListener("hashchange", follow);
connect();
if (matchMedia("(hover: hover)").matches) text.focus();  // where that brings up no keyboard over the page
