// What is typed: completed while it is, and what was asked before is brought back with the arrow keys.

import { make } from "/static/drawing.js";

const text = document.getElementById("text"), choices = document.getElementById("choices");
let send = null, offered = [], selected = -1, start = 0, asked = [], place = 0, draft = "";

export function watchTyping(how) { send = how; }

export function remember(texts) { asked = texts; place = asked.length; }

export function said(words) {
  if (words) { asked.push(words); place = asked.length; }
  text.value = "";
  hideChoices();
}

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

export function completions(message) {
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
