// The page: what is typed, dropped and pressed goes to the server, and what it answers is drawn.

import { isPicture, takeAttachments, upload, watchFiles } from "/static/attaching.js";
import * as boards from "/static/board.js";
import { drawEntry, make } from "/static/drawing.js";
import { openForm, submitted } from "/static/forms.js";
import { completions, remember, said, watchTyping } from "/static/typing.js";
import { looked, openViewer } from "/static/viewer.js";

const ENDED = 4401;                 // how a connection is closed whose session has ended
const QUIET_MS = 500;               // that what is drawn anew is not read out

const by = (id) => document.getElementById(id);
const log = by("log"), text = by("text"), talk = by("talk"), status = by("status");
let phrases = {}, socket = null, pause = 500, waiting = [], opened = false, read = null;
const sent = [];                    // pictures of messages sent from this window, to show them beside their words
const busy = new Map();
const newest = new Map();           // entries that are drawn anew, by number, while their pictures come

const chat = {
  say: (key, values = {}) => (phrases[key] || key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole),
  send,
  view,
  openBoard: boards.page.open,
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
  socket.onopen = () => { pause = 500; status.textContent = ""; };
  socket.onmessage = (event) => receive(JSON.parse(event.data));
  socket.onclose = (event) => {
    if (event.code === ENDED) { location.replace("/"); return; }  // nothing of the conversation stays
    status.textContent = chat.say("offline") === "offline" ? "…" : chat.say("offline");
    setTimeout(connect, pause);
    pause = Math.min(pause * 2, 15000);
  };
}

function send(message) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  else waiting.push(message);
}

function receive(message) {
  ({ hello, history, entry, replace, busy: showBusy, done, form: (one) => openForm(one.form, chat), submitted, looked, completions, called, reload: () => location.reload(), ...boards.handlers })[message.do]?.(message);
}

function hello(message) {
  phrases = message.phrases;
  if (opened) boards.reconnected();
  opened = true;
  by("intro").textContent = chat.say("intro");
  by("intro-more").textContent = chat.say("intro_more");
  by("examples").replaceChildren(...message.examples.map((one) => make("button", { type: "button", onclick: () => say(one) }, one)));
  text.placeholder = chat.say("placeholder");
  text.setAttribute("aria-label", chat.say("your_message"));
  by("choices").setAttribute("aria-label", chat.say("your_message"));
  by("to-talk").textContent = chat.say("to_talk");
  by("to-boards").textContent = chat.say("boards");
  by("attach").setAttribute("aria-label", chat.say("attach"));
  by("send").setAttribute("aria-label", chat.say("send"));
  by("clear").textContent = chat.say("clear");
  by("clear").setAttribute("title", chat.say("clear_all"));
  by("me").setAttribute("title", chat.say("your_name"));
  by("leave").textContent = chat.say("leave");
  called(message);
  log.setAttribute("aria-label", chat.say("conversation"));
  document.body.dataset.drop = chat.say("drop");
}

function called(message) { by("me").textContent = message.me; }

by("me").addEventListener("click", () => openForm({
  id: "me", title: chat.say("your_name"),
  fields: [{ name: "name", label: chat.say("your_name"), kind: "line", required: true, value: by("me").textContent, hint: chat.say("your_name_hint"), most: 40, choices: [] }],
}, chat));

function history(message) {
  log.replaceChildren(...message.entries.map((one) => drawEntry(one, chat)));
  remember(message.entries.filter((one) => one.kind === "asked" && one.text).map((one) => one.text));
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
  const find = () => log.querySelector(`[data-entry="${message.entry.n}"]`);
  const drawn = drawEntry(message.entry, chat);
  if (message.quietly) { if (find()) redraw(find, drawn); return; }
  if (find()) find().replaceWith(drawn); else log.append(drawn);
  drawn.scrollIntoView({ block: "start" });
}

// Draws an entry anew without moving what somebody reads: once its picture is here, and with the page held still.
async function redraw(find, drawn) {
  newest.set(drawn.dataset.entry, drawn);
  const images = [...drawn.querySelectorAll("picture img")];
  for (const image of images) image.loading = "eager";
  await Promise.all(images.map((image) => image.decode().catch(() => null)));
  const old = find();
  if (!old || newest.get(drawn.dataset.entry) !== drawn) return;
  const folds = [...old.querySelectorAll("details")].map((one) => one.open);
  [...drawn.querySelectorAll("details")].forEach((one, at) => { one.open = folds[at] ?? false; });
  const focused = old.contains(document.activeElement) ? [...old.querySelectorAll("button, a, summary")].indexOf(document.activeElement) : -1;
  const seen = [...log.children].find((one) => one !== old && isRead(one.getBoundingClientRect())) || old;
  const anchor = seen === old ? drawn : seen, before = seen.getBoundingClientRect().top;
  talk.style.overflowAnchor = "none";  // the browser would hold the page still once more
  log.setAttribute("aria-live", "off");  // nor is all of it read out again
  old.replaceWith(drawn);
  talk.scrollTo({ top: talk.scrollTop + anchor.getBoundingClientRect().top - before, behavior: "instant" });
  requestAnimationFrame(() => { talk.style.overflowAnchor = ""; });
  setTimeout(() => log.setAttribute("aria-live", "polite"), QUIET_MS);
  drawn.querySelectorAll("button, a, summary")[focused]?.focus({ preventScroll: true });
}

// Tells whether what stands there is what somebody looks at: it begins in the upper part of what is seen, or above it.
function isRead(box) {
  const frame = talk.getBoundingClientRect();
  return box.bottom > frame.top && box.top < frame.top + frame.height * 0.6;
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

function welcome() { by("welcome").hidden = log.children.length > 0; by("clear").hidden = talk.hidden || log.children.length === 0; }

function scroll(of) {
  const last = log.lastElementChild;
  if (!last) return;
  if (of && of.kind === "reply") last.scrollIntoView({ block: "start" });
  else talk.scrollTop = talk.scrollHeight;
}

// Asking

function say(words) {
  const given = takeAttachments(), pictures = given.filter((one) => one.url);
  if (!words.trim() && !given.length) return;
  if (pictures.length) sent.push({ text: words.trim(), names: given.map((one) => one.name), pictures });
  send({ do: "say", text: words, uploads: given.map((one) => one.id) });
  said(words.trim());
}

by("ask").addEventListener("submit", (event) => { event.preventDefault(); say(text.value); });
by("clear").addEventListener("click", () => send({ do: "clear" }));

// What is seen: the conversation, a board, or all boards

function view(name) {
  const before = document.body.dataset.view;
  if (before === "talk" && name !== "talk") read = talk.scrollTop;
  for (const one of ["talk", "board", "boards"]) by(one).hidden = one !== name;
  document.querySelector("footer").hidden = name !== "talk";
  by("to-talk").hidden = name === "talk";
  by("clear").hidden = name !== "talk" || log.children.length === 0;
  document.body.dataset.view = name;
  if (name === "talk" && before && before !== "talk") talk.scrollTo({ top: read ?? talk.scrollHeight, behavior: "instant" });
  if (name === "talk" && document.activeElement === document.body && matchMedia("(hover: hover)").matches) text.focus({ preventScroll: true });
}

by("to-talk").addEventListener("click", () => boards.page.close());
by("to-boards").addEventListener("click", () => { location.hash = "boards"; });

// Pictures that are dropped on a board are pinned on it.
watchFiles(chat, (files) => {
  if (!boards.page.id) {
    boards.page.close();
    return false;
  }
  Promise.all(files.filter(isPicture).map(upload)).then((given) => {
    const image = given.filter(Boolean).map((one) => one.id);
    if (image.length) boards.page.command("board add", { image });
  });
  return true;
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "k") { event.preventDefault(); (document.querySelector("main:not([hidden]) .find input") || text).focus(); }
  const photo = event.target.closest?.(".photo");
  if (photo && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    const all = [...photo.closest(".gallery").querySelectorAll(".photo")];
    all[(all.indexOf(photo) + (event.key === "ArrowRight" ? 1 : all.length - 1)) % all.length].focus();
    event.preventDefault();
  }
});

// Links to a board, a photo or a result

function follow() {
  const [kind, value] = location.hash.slice(1).split("=");
  if (!value || kind === "board") { boards.follow(kind, value); return; }
  window.history.replaceState(null, "", location.pathname);
  boards.follow("");
  if (kind === "photo") say(`/photo ${decodeURIComponent(value)}`);
  if (kind === "result") send({ do: "press", id: `show:${decodeURIComponent(value)}`, chosen: [] });
}

window.addEventListener("hashchange", follow);
boards.begin(chat);
watchTyping(send);
connect();
by("send").disabled = false;  // until now the browser would have sent the form itself, and lost what is typed
if (matchMedia("(hover: hover)").matches) text.focus();  // where that brings up no keyboard over the page
