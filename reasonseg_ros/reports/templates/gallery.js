// SPDX-License-Identifier: Apache-2.0
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
  // Only what people read: the images are text of the page as well.
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
