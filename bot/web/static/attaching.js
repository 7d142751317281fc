// Pictures and files of text that go with the next message.

import { make } from "/static/drawing.js";

const by = (id) => document.getElementById(id);
const text = by("text"), attached = by("attached");
const PICTURE = /\.(jpe?g|png|webp|avif|gif|tiff?|bmp)$/i, TEXT = /\.(txt|md|json)$/i;
let attachments = [], chat = null, elsewhere = () => false;  // attached: {id, name, file, url}; url only of pictures

// `drop` may take files itself: a board that is shown does.
export function watchFiles(of, drop) { chat = of; elsewhere = drop; }

export function takeAttachments() {
  const taken = attachments;
  attachments = [];
  attached.replaceChildren();
  return taken;
}

export const isPicture = (file) => file.type.startsWith("image/") || PICTURE.test(file.name);

async function attach(files) {
  for (const file of [...files].filter((one) => isPicture(one) || TEXT.test(one.name))) {
    const sent = await upload(file);
    if (!sent) continue;
    attachments.push(sent);
    const shown = make("div", { className: sent.url ? "thumb" : "thumb chip" }, sent.url ? make("img", { src: sent.url, alt: sent.name }) : make("span", {}, sent.name));
    shown.append(make("button", { type: "button", "aria-label": `${chat.say(sent.url ? "remove_picture" : "remove_file")}: ${sent.name}`, onclick: () => { attachments = attachments.filter((one) => one !== sent); shown.remove(); } }, "×"));
    attached.append(shown);
  }
  text.focus();
}

export async function upload(file) {
  const answer = await fetch(`/uploads?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file }).catch(() => null);
  const said = answer ? await answer.json().catch(() => ({})) : {};
  if (!said.id) { by("status").textContent = said.error || chat.say("too_large"); return null; }
  return { id: said.id, name: file.name, file, url: isPicture(file) ? URL.createObjectURL(file) : null };
}

function take(files) { if (!elsewhere([...files])) attach(files); }

by("attach").addEventListener("change", async (event) => { await attach(event.target.files); event.target.value = ""; });
document.addEventListener("paste", (event) => { if (event.clipboardData.files.length) { event.preventDefault(); take(event.clipboardData.files); } });
document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dropping"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
document.addEventListener("drop", (event) => { event.preventDefault(); document.body.classList.remove("dropping"); take(event.dataTransfer.files); });
