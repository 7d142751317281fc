// What is done to a whole board, or to a section of it: the row of tools above the photos.

import { voteOneByOne } from "/static/board-look.js";
import { pinsOf } from "/static/board-moving.js";
import { drawEntry, make } from "/static/drawing.js";
import { openForm, submitted } from "/static/forms.js";
import { save } from "/static/panel.js";
import { toast } from "/static/toast.js";

const dialog = document.getElementById("dialog");

export function tools(page) {
  const { say } = page.chat;
  const button = (key, act, className = "") => make("button", { type: "button", className, "data-focus": `tool:${key}`, onclick: act }, say(key));
  const words = make("input", { type: "search", placeholder: say("find_for_board"), "aria-label": say("find_for_board"), maxLength: 200, enterKeyHint: "search" });
  const find = make("form", { className: "find", role: "search" }, words, make("button", { type: "submit" }, say("suggest")));
  find.addEventListener("submit", (event) => { event.preventDefault(); page.find(words.value.trim()); });
  const voteNow = button("vote_now", () => voteOneByOne(page), "main"), decide = button("decide", () => decideOn(page));
  const formats = make("select", { "aria-label": say("export_as") });
  formats.onchange = () => { const format = formats.value; formats.value = ""; if (format) page.command("board export", { format }); };
  const votes = button("secret_votes", () => page.command("board edit", { votes: page.board.secret ? "open" : "secret" }));
  const archive = button("archive", () => page.command("board archive"));
  const more = make("details", { className: "more" }, make("summary", { className: "button" }, say("more")), make("div", { className: "more-list" },
    button("history", () => showReply(page, "board history")), button("undo", () => page.command("board undo")), button("rename", () => rename(page)), votes,
    button("outliers", () => showReply(page, "board outlier")), button("gaps", () => showReply(page, "board gaps")), button("share", () => share(page)), button("share_with", () => showReply(page, "board share")), archive, button("delete", () => showReply(page, "board delete"))));
  more.addEventListener("click", (event) => { if (event.target.matches(".more-list button")) more.open = false; });
  document.addEventListener("pointerdown", (event) => { if (more.open && !more.contains(event.target)) more.open = false; });
  more.addEventListener("keydown", (event) => { if (event.key === "Escape" && more.open) { more.open = false; more.firstElementChild.focus(); } });
  more.addEventListener("focusout", (event) => { if (event.relatedTarget && !more.contains(event.relatedTarget)) more.open = false; });
  const bar = make("div", { className: "toolbar" }, find, make("div", { className: "tools" }, voteNow, decide, formats, button("add_section", () => addSection(page)), more));
  bar.refresh = () => {
    const empty = !pinsOf(page.board).length;
    for (const one of [voteNow, decide, formats]) one.disabled = empty;
    archive.textContent = say(page.board.archived ? "unarchive" : "archive");
    votes.textContent = say(page.board.secret ? "open_votes" : "secret_votes");
    if (!formats.options.length) formats.append(make("option", { value: "" }, say("export_as")), ...page.board.formats.map((one) => make("option", { value: one.value, title: one.description }, `${one.label}: ${one.description}`)));
  };
  return bar;
}

// Asks with a form of this page; it stays open, and says why, when the answer is a refusal.
function askWith(page, title, fields, run) {
  const id = `board:${title}`;
  const answer = async (values) => {
    const reply = await run(values);
    submitted({ form: id, again: id, refused: reply?.failed ? reply : null });
    if (reply && !reply.failed) page.tell(reply);
  };
  openForm({ id, title, fields: fields.map((one) => ({ kind: "line", required: false, value: "", hint: "", most: 80, choices: [], ...one })) }, { ...page.chat, submit: (_, values) => answer(values) });
}

function given(values) { return Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim())); }

function rename(page) {
  const { say } = page.chat;
  askWith(page, say("rename"), [{ name: "name", label: say("name"), required: true, value: page.board.name }],
    (values) => page.command("board edit", values, { shown: true }));
}

function decideOn(page) {
  const { say } = page.chat;
  askWith(page, say("decide"), [{ name: "numbers", label: say("decide_numbers"), hint: "3 7-9", most: 200 }, { name: "why", label: say("why"), kind: "paragraph", most: 500 }],
    (values) => page.command("board decide", given(values), { shown: true }));
}

function addSection(page) {
  const { say } = page.chat;
  askWith(page, say("add_section"), [{ name: "title", label: say("title"), required: true }, { name: "wish", label: say("wish"), most: 200 }],
    (values) => page.command("board section", given(values), { shown: true }));
}

export function decideSection(page, section) { page.command("board section", { title: section.id, remove: "yes" }); }

// Lets a section's title or wish be written over in its place.
export function editSection(page, head, section, what) {
  const button = head.querySelector(what === "title" ? "h3 button" : ".wish"), { say } = page.chat;
  const field = make("input", { type: "text", className: what, value: section[what], maxLength: what === "title" ? 80 : 200, "aria-label": say(what === "title" ? "edit_title" : "wish") });
  let open = true;
  const end = (keep) => {
    if (!open) return;
    open = false;
    const text = field.value.trim(), back = head.contains(document.activeElement);
    head.classList.remove("editing");
    field.replaceWith(button);
    const now = page.board.sections.find((one) => one.id === section.id);
    if (keep && text && now && text !== now[what]) {
      const { title } = now;
      now[what] = text;
      page.show(page.board);
      page.command("board section", { title, [what === "title" ? "rename" : "wish"]: text });
    } else page.show(page.board);
    if (back) page.root.querySelector(`[data-focus="${what}:${CSS.escape(section.id)}"]`)?.focus({ preventScroll: true });
  };
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter" || event.key === "Escape") { event.preventDefault(); end(event.key === "Enter"); }
  });
  field.addEventListener("blur", () => end(true));
  head.classList.add("editing");
  button.replaceWith(field);
  field.select();
}

async function share(page) {
  const reply = await page.press(`place:${page.board.id}`, [], { quietly: true });
  if (reply && !reply.failed) toast(page.chat.say("posted"));
}

async function showReply(page, command) {
  const reply = await page.command(command, {}, { shown: true });
  if (!reply || !page.board) return;
  if (reply.failed) { toast(reply.text, { failed: true }); return; }
  const chat = { ...page.chat, press: (...pressed) => { dialog.close(); page.close(); page.chat.press(...pressed); } };
  const close = make("button", { type: "button", className: "main", onclick: () => dialog.close() }, chat.say("close"));
  dialog.className = "told";
  dialog.replaceChildren(make("h2", { id: "dialog-title", tabIndex: -1 }, page.board.name), drawEntry({ ...reply, actions: reply.actions.filter((one) => !one.id.startsWith("board:")) }, chat), make("div", { className: "actions" }, close));
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("h2").focus();
  dialog.scrollTop = 0;
}

export function saveFiles(page, reply) {
  for (const file of reply.files) save(file);
  toast(`${reply.text}\n↓ ${reply.files.map((file) => file.name).join(", ")}`);
}
