// A board's page: which board is shown, what is asked of the server, and what comes of it. What somebody does is shown
// at once, and once more as the server tells it.

import { toggleKeys } from "/static/board-keys.js";
import { drawBoard, update } from "/static/board-drawing.js";
import { watchDragging } from "/static/board-drag.js";
import { closeList, listed, openList, refreshList } from "/static/board-list.js";
import { copy } from "/static/board-moving.js";
import { saveFiles } from "/static/board-tools.js";
import { speak, toast } from "/static/toast.js";
import { closeViewer, refreshViewer } from "/static/viewer.js";

const TITLE = document.title;
const SLOW_MS = 500;                // until it is shown that an answer is awaited
const root = document.getElementById("board");
const queue = [];                   // what is asked of the server, one after the other: moves build on one another
let current = null, count = 0, latest = null, missed = 0, slow = 0;

export const page = {
  chat: null, id: null, board: null, root,
  held: false,                      // while a photo is carried, nothing is drawn under somebody's hands
  command, press, show, release, tell,
  open: openBoard, close: closeBoard,
};

export function begin(chat) {
  page.chat = chat;
  toggleKeys(page);
  watchDragging(page);
}

export const handlers = { board: received, boards: listed, board_answer: answered, board_changed: changed };

// Opening and closing

export function follow(kind, value) {
  if (kind === "board" && value) openBoard(decodeURIComponent(value));
  else if (kind === "boards") { leave(); openList(page); } else { leave(); closeList(); page.chat.view("talk"); }
}

// What was on its way when the connection went may be lost; the board is shown as the server has it.
export function reconnected() {
  const lost = [current, ...queue.splice(0)].filter(Boolean);
  current = null;
  rest();
  for (const one of lost) one.resolve(null);
  if (lost.length) toast(page.chat.say("change_lost"), { failed: true });
}

function openBoard(id) {
  if (location.hash !== `#board=${encodeURIComponent(id)}`) { location.hash = `board=${encodeURIComponent(id)}`; return; }
  if (page.id === id) { page.chat.send({ do: "board", id }); return; }
  closeList();
  page.id = id;
  page.board = latest = null;
  missed = 0;
  page.chat.view("board");
  root.replaceChildren();
  document.title = TITLE;
  page.chat.send({ do: "board", id });
}

function closeBoard() { location.hash = ""; }

function leave() {
  if (page.id) closeViewer();
  page.id = null;
  page.board = null;
  page.held = false;
  root.replaceChildren();
  document.title = TITLE;
}

// What the server says

function received(message) {
  if (message.id !== page.id) return;
  if (message.board) return take(message.board);
  toast(page.chat.say("board_gone"), { failed: true });
  location.hash = "boards";
}

function changed(message) {
  refreshList(page);
  if (message.id !== page.id || (message.revision && message.revision <= (latest?.revision ?? 0))) return;
  if (current) missed = message.revision;
  else page.chat.send({ do: "board", id: page.id });
}

function take(board) {
  latest = board;
  if (page.held || current || queue.length || !page.id) return;
  const isNew = page.board === null;
  if (!isNew && board.revision < page.board.revision) return;
  show(copy(board));
  if (isNew) root.querySelector("h2").focus({ preventScroll: true });
}

// What was carried is put down: what came meanwhile is shown.
function release() {
  page.held = false;
  if (latest && latest.id === page.id && latest.revision > page.board.revision) take(latest);
}

function show(board) {
  const isNew = page.board === null;
  page.board = board;
  if (isNew) drawBoard(page);
  update(page);
  document.title = `${board.name} · ${TITLE}`;
  refreshViewer();
}

// What is asked of the server

function command(name, values = {}, options = {}) {
  const onBoard = options.elsewhere ? {} : { board: page.id };
  return ask({ do: "board_command", command: name, values: { ...values, ...onBoard } }, options);
}

function press(id, chosen = [], options = {}) { return ask({ do: "board_press", id, chosen }, options); }

function ask(message, options) {
  return new Promise((resolve) => {
    count += 1;
    queue.push({ message: { ...message, board: page.id, asked: count }, options, resolve });
    next();
  });
}

function next() {
  if (current || !queue.length) return;
  current = queue.shift();
  page.chat.send(current.message);
  clearTimeout(slow);
  slow = setTimeout(() => document.body.classList.add("asking"), SLOW_MS);
}

function answered(message) {
  if (!current || message.asked !== current.message.asked) return;
  const { options, resolve } = current;
  current = null;
  next();
  if (!current) rest();
  if (message.board && message.board.id === page.id) take(message.board);
  if (!current && missed > (latest?.revision ?? 0)) page.chat.send({ do: "board", id: page.id });
  if (!options.shown) tell(message.reply, options);
  resolve(message.reply);
}

function rest() {
  clearTimeout(slow);
  document.body.classList.remove("asking");
}

// A refusal is said aloud, everything else in a low voice, with the way back.
function tell(reply, { quietly = false } = {}) {
  if (reply.failed) return toast(reply.text, { failed: true });
  if (reply.files.length) return saveFiles(page, reply);
  if (quietly) return undefined;
  const undo = reply.actions.find((one) => one.id.startsWith("undo:"));
  return toast(reply.text, undo ? { label: undo.label, act: () => press(undo.id, [], { quietly: true }).then((said) => said && !said.failed && speak(said.text)) } : {});
}
