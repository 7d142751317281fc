// Lays photos out in rows that fill the width, each photo whole: of all ways to break the rows, the one whose rows are
// nearest to the height that looks best.

const GAP = 12, WIDEST = 3, NARROWEST = 0.5, UNKNOWN = 1.5;
const widths = new WeakMap();
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) if (widths.get(target) !== target.clientWidth) layOut(target);
});

export function watch(gallery) { observer.observe(gallery); }

export function setRatio(item, ratio) {
  item.dataset.ratio = Math.min(Math.max(ratio || UNKNOWN, NARROWEST), WIDEST);
}

export function layOut(gallery) {
  const width = gallery.clientWidth, items = [...gallery.children];
  if (!width || !items.length) return;
  widths.set(gallery, width);
  const ratios = items.map((item) => Number(item.dataset.ratio));
  const best = Number(gallery.dataset.height) || (width < 560 ? 150 : 240);
  let first = 0;
  for (const last of breakRows(ratios, width, best)) {
    const row = items.slice(first, last), total = ratios.slice(first, last).reduce((a, b) => a + b, 0);
    const height = Math.min((width - GAP * (row.length - 1)) / total, best * 1.65);
    row.forEach((item, place) => {
      item.style.flexBasis = `${Math.floor(height * ratios[first + place] * 20) / 20 - 0.05}px`;
      item.firstElementChild.style.aspectRatio = String(ratios[first + place]);
    });
    first = last;
  }
}

// Returns where each row ends. Cheapest way to break the first `n` photos, for every `n`.
function breakRows(ratios, width, best) {
  const cost = [0], from = [0];
  for (let last = 1; last <= ratios.length; last += 1) {
    cost[last] = Infinity;
    for (let first = last - 1, total = 0; first >= 0; first -= 1) {
      total += ratios[first];
      const height = (width - GAP * (last - first - 1)) / total;
      const here = cost[first] + Math.log(height / best) ** 2;
      if (here < cost[last]) { cost[last] = here; from[last] = first; }
    }
  }
  const ends = [];
  for (let last = ratios.length; last > 0; last = from[last]) ends.unshift(last);
  return ends;
}
