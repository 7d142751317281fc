// Questions that are asked together. What was filled in stays until the server has taken it.

import { make } from "/static/drawing.js";

const dialog = document.getElementById("dialog");
let asked = null;                   // the form that is shown

export function openForm(form, chat) {
  asked = form;
  const element = make("form", { method: "dialog" }, make("h2", { id: "dialog-title" }, form.title),
    make("p", { className: "refused", role: "alert", hidden: true }), ...form.fields.map(drawField));
  element.append(make("div", { className: "actions" },
    make("button", { type: "button", onclick: () => dialog.close() }, chat.say("close")),
    make("button", { type: "submit", className: "main" }, chat.say("save"))));
  element.addEventListener("submit", (event) => { event.preventDefault(); submit(element, form, chat); });
  dialog.className = "";
  dialog.replaceChildren(element);
  if (!dialog.open) dialog.showModal();
}

export function submitted(message) {
  if (!asked || asked.id !== message.form || !dialog.open || !dialog.querySelector("form")) return;
  if (!message.refused) { dialog.close(); return; }
  asked.id = message.again;
  const notice = dialog.querySelector(".refused");
  notice.textContent = message.refused.text;
  notice.hidden = false;
  dialog.querySelector("[type=submit]").disabled = false;
}

function drawField(field) {
  const input = makeInput(field);
  Object.assign(input, { name: field.name, required: field.required });
  return make("label", {}, field.label, field.required ? " *" : "", input, field.hint ? make("span", { className: "hint" }, field.hint) : null);
}

function makeInput(field) {
  if (field.kind === "picture") return make("input", { type: "file", accept: "image/*", multiple: true });
  if (field.kind === "choice") {
    return make("select", {}, ...field.choices.map((one) => make("option", { value: one.value, selected: one.value === field.value }, one.label)));
  }
  const input = field.kind === "paragraph" ? make("textarea", { rows: 4 }) : make("input", { type: "text" });
  return Object.assign(input, { value: field.value, maxLength: field.most });
}

async function submit(element, form, chat) {
  element.querySelector("[type=submit]").disabled = true;
  const values = {}, uploads = [];
  for (const input of element.elements) {
    if (!input.name) continue;
    if (input.type !== "file") values[input.name] = input.value;
    else for (const file of input.files) { const picture = await chat.upload(file); if (picture) uploads.push(picture.id); }
  }
  chat.submit(form.id, values, uploads);
}
