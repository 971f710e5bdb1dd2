# SPDX-License-Identifier: Apache-2.0
"""Style and script of the gallery: filter, sort, and pictures that are decoded when they come into
view. Plain browser script without any library; written into the page.
"""

STYLE = """\
nav { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
nav a {
  color: var(--accent); text-decoration: none; font-size: 0.88rem; padding: 4px 12px;
  border: 1px solid var(--line); border-radius: 99px; background: var(--card);
}
nav a:hover { border-color: var(--accent); }
td > .quiet { display: inline-block; min-width: 220px; }
.facts + *, .scroll + p, svg + details { margin-top: 14px; }
.controls {
  display: flex; flex-wrap: wrap; gap: 10px; align-items: center; position: sticky; top: 0;
  z-index: 2; padding: 10px 0; background: var(--ground);
}
.controls select, .controls input, .controls button {
  font: inherit; font-size: 0.88rem; color: var(--ink); background: var(--card);
  border: 1px solid var(--line); border-radius: 9px; padding: 6px 10px; max-width: 240px;
}
.controls input { flex: 1 1 180px; }
.controls button { cursor: pointer; }
.controls :focus-visible, .shot:focus-visible { outline: 2px solid var(--accent); }
.controls output { color: var(--quiet); font-size: 0.88rem; margin-left: auto; }
.cards {
  display: grid; gap: 18px; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr));
}
.cards.pairs { grid-template-columns: repeat(auto-fill, minmax(min(540px, 100%), 1fr)); }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden;
  content-visibility: auto; contain-intrinsic-size: auto 420px;
}
.card[hidden] { display: none; }
.card.large { grid-column: 1 / -1; }
.sides { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 1px; }
.shot {
  display: block; width: 100%; padding: 0; border: 0; cursor: zoom-in;
  background: var(--line);
}
.large .shot { cursor: zoom-out; }
.shot img { display: block; width: 100%; height: auto; }
.card .text { padding: 12px 16px 14px; font-size: 0.9rem; }
.card p { margin: 0 0 5px; overflow-wrap: anywhere; }
.card .top { display: flex; gap: 8px; align-items: baseline; justify-content: space-between; }
.card table { font-size: 0.82rem; margin-top: 8px; }
.card th, .card td { padding: 3px 8px 3px 0; border: 0; }
.card .sides .text { border-top: 1px solid var(--line); }
.none { padding: 28px; text-align: center; color: var(--quiet); }
"""

SCRIPT = """\
(() => {
  const box = document.getElementById('cards');
  const cards = [...box.children];
  const controls = document.getElementById('controls');
  const count = document.getElementById('count');
  const none = document.getElementById('none');
  const show = entry => {
    if (!entry.isIntersecting) return;
    seen.unobserve(entry.target);
    for (const shot of entry.target.querySelectorAll('.shot')) {
      const data = shot.querySelector('script');
      shot.querySelector('img').src = 'data:image/jpeg;base64,' + data.textContent;
      data.remove();
    }
  };
  const seen = new IntersectionObserver(list => list.forEach(show), {rootMargin: '400px'});
  cards.forEach(card => seen.observe(card));
  // Only what people read: the pictures are text of the page as well.
  const words = new Map(cards.map(card => [card, [...card.querySelectorAll('.text')].map(
    text => text.textContent).join(' ').toLowerCase()]));
  const fits = (card, values) => values.every(([name, value]) =>
    !value || (name === 'search' ? words.get(card).includes(value.toLowerCase())
                                 : card.dataset.tags.includes('|' + name + ':' + value + '|')));
  const update = () => {
    const fields = [...controls.querySelectorAll('select, input')];
    const values = fields.filter(f => f.name !== 'sort').map(f => [f.name, f.value]);
    const [key, sign] = controls.elements.sort.value.split(' ');
    const order = [...cards].sort((a, b) => sign * (a.dataset[key] - b.dataset[key])
                                            || a.dataset.place - b.dataset.place);
    let shown = 0;
    for (const card of order) shown += !(card.hidden = !fits(card, values));
    box.append(...order);
    count.textContent = shown + ' of ' + cards.length;
    none.hidden = shown > 0;
  };
  controls.addEventListener('input', update);
  controls.addEventListener('reset', () => setTimeout(update));
  controls.addEventListener('submit', event => event.preventDefault());
  box.addEventListener('click', event => {
    const shot = event.target.closest('.shot');
    if (shot) shot.closest('.card').classList.toggle('large');
  });
  update();
  document.documentElement.dataset.ready = Math.round(performance.now());
})();
"""
