// Where photos stand on a board, as plain data: found, moved, and told apart.

export function pinsOf(board) { return board.sections.flatMap((section) => section.pins); }

export function placeOf(board, number) {
  for (const [at, section] of board.sections.entries()) {
    const index = section.pins.findIndex((pin) => pin.number === number);
    if (index >= 0) return { at, section, index, pin: section.pins[index], before: section.pins[index + 1]?.number ?? null };
  }
  return null;
}

// Moves a photo in front of another one of a section, or to the section's end.
export function move(board, number, sectionId, before) {
  const from = placeOf(board, number), to = board.sections.find((section) => section.id === sectionId);
  if (!from || !to || before === number) return false;
  if (from.section === to && from.before === before) return false;
  from.section.pins.splice(from.index, 1);
  const index = before === null ? -1 : to.pins.findIndex((pin) => pin.number === before);
  to.pins.splice(index < 0 ? to.pins.length : index, 0, from.pin);
  return true;
}

// Moves a photo one place on; past a section's end it comes into the next one.
export function step(board, number, by) {
  const { at, section, index } = placeOf(board, number), last = section.pins.length - 1;
  if (by > 0 && index < last) return move(board, number, section.id, section.pins[index + 2]?.number ?? null);
  if (by < 0 && index > 0) return move(board, number, section.id, section.pins[index - 1].number);
  const beside = board.sections[at + by];
  return beside ? move(board, number, beside.id, by > 0 ? beside.pins[0]?.number ?? null : null) : false;
}

// Moves a photo into the section above or below, as far from its beginning as it stands in its own.
export function jump(board, number, by) {
  const { at, index } = placeOf(board, number), beside = board.sections[at + by];
  return beside ? move(board, number, beside.id, beside.pins[index]?.number ?? null) : false;
}

export function copy(board) {
  return { ...board, sections: board.sections.map((section) => ({ ...section, pins: section.pins.map((pin) => ({ ...pin, votes: { ...pin.votes } })) })) };
}
