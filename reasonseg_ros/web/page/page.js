// SPDX-License-Identifier: Apache-2.0
// The page: draws live images with masks, and sends what is said and pointed at. All texts from the
// robot are set as text, never as markup. The messages are those of reasonseg_ros/web/app.py.
'use strict';
const by = id => document.getElementById(id);
const canvas = by('live'), pen = canvas.getContext('2d');
const RETRY = 1500, SILENT = 3000, CLICK = 6;
let socket = null, state = null, live = null, bitmap = null, drag = null, shownAt = 0;
let chosen = new Set(), masks = new Map(), spoken = null, hovered = 0, failures = 0;

function make(tag, kind, text) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text !== undefined) element.textContent = text;
  return element;
}
function send(message) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  else hint('the page is not connected to the robot; wait a moment');
}
function hint(text) { by('hint').textContent = text || ''; by('hint').hidden = !text; }

function connect() {
  socket = new WebSocket((location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/live');
  socket.binaryType = 'blob';
  socket.onopen = () => { failures = 0; hint(''); if (document.hidden || follows()) look(); };
  socket.onmessage = event => typeof event.data === 'string' ? receive(JSON.parse(event.data)) : show(event.data);
  socket.onclose = event => {
    failures++;
    by('state').textContent = event.reason || 'the connection to "reasonseg web" is lost; trying again';
    setTimeout(connect, Math.min(RETRY * failures, 10000));
  };
}
function look() { if (socket && socket.readyState === WebSocket.OPEN) send({kind: 'look', on: !document.hidden, follow: follows()}); }
function follows() { return by('masks').value === 'follow'; }
function receive(message) {
  if (message.kind === 'state') { state = message; update(); }
  else if (message.kind === 'image') live = message;
  else if (message.kind === 'refused') hint(message.text);
  else if (message.kind === 'pointed') pointed(message.ids);
}
async function show(blob) {
  try {
    const next = await createImageBitmap(blob);
    if (bitmap) bitmap.close();
    bitmap = next;
    shownAt = Date.now();
    draw();
  } finally { send({kind: 'shown'}); }
}

// The image
function mask(name) {
  let image = masks.get(name);
  if (!image) {
    image = new Image();
    image.onload = draw;
    image.src = '/image/' + name;
    masks.set(name, image);
  }
  return image;
}
function visible() {
  if (!state || !live || follows()) return [];
  const which = by('masks').value, newest = state.rounds.length ? state.rounds[state.rounds.length - 1].index : 0;
  return state.things.filter(t => t.here && !live.moved.includes(t.id) && (
    chosen.has(t.id) || t.id === hovered || which === 'all' || which === 'new' && t.round === newest));
}
function draw() {
  if (!bitmap || !live) return;
  if (canvas.width !== live.width || canvas.height !== live.height) {
    canvas.width = live.width; canvas.height = live.height;
  }
  pen.drawImage(bitmap, 0, 0, live.width, live.height);
  const size = Math.max(12, Math.round(live.width / 36));
  pen.font = '600 ' + size + 'px system-ui, sans-serif';
  pen.textBaseline = 'middle';
  const things = visible();
  for (const t of things) {
    const image = mask(t.mask);
    if (image.complete && image.naturalWidth) pen.drawImage(image, t.box[0], t.box[1]);
  }
  const followed = follows() ? live.followed : [];
  if (state) by('state').textContent = status();
  followed.forEach(outline);
  const tags = [];
  for (const t of things.concat(followed.filter(t => t.outlines.length))) {
    const text = t.id + ' ' + t.label, wide = pen.measureText(text).width + size;
    const x = Math.max(0, Math.min(live.width - wide, (t.box[0] + t.box[2] - wide) / 2));
    let y = Math.max(0, t.box[1] - 1.6 * size);
    for (let n = 0; n < 8 && tags.some(o => x < o.x + o.wide && o.x < x + wide && Math.abs(y - o.y) < 1.4 * size); n++) y += 1.5 * size;
    tags.push({x, y, wide});
    pen.fillStyle = chosen.has(t.id) ? '#ffffff' : t.colour;
    pen.beginPath(); pen.roundRect(x, y, wide, 1.4 * size, size / 3); pen.fill();
    pen.fillStyle = '#12141a';
    pen.fillText(text, x + size / 2, y + 0.72 * size);
  }
  if (drag && drag.far) {
    pen.strokeStyle = '#ffffff'; pen.lineWidth = Math.max(2, live.width / 320);
    pen.strokeRect(drag.x0, drag.y0, drag.x1 - drag.x0, drag.y1 - drag.y0);
  }
}
function outline(t) {
  pen.beginPath();
  for (const around of t.outlines) {
    pen.moveTo(around[0] + 0.5, around[1] + 0.5);
    for (let n = 2; n < around.length; n += 2) pen.lineTo(around[n] + 0.5, around[n + 1] + 0.5);
    pen.closePath();
  }
  pen.fillStyle = pen.strokeStyle = t.colour;
  pen.lineWidth = Math.max(1, live.width / 640);
  pen.globalAlpha = 0.4; pen.fill('evenodd');
  pen.globalAlpha = 1; pen.stroke();
}
function status() {
  const busy = state && state.pending !== null, gone = follows() && live ? live.followed : [];
  const of = kind => gone.filter(t => t.state === kind).map(t => t.id + ' ' + t.label).join(', ');
  const away = ['occluded', 'lost'].filter(of).map(kind => kind + ': ' + of(kind));
  return state.trouble || state.camera || (busy ? 'answering (' + state.stage + ')' : away.join('; ') || 'ready');
}
function spot(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
}
canvas.addEventListener('pointerdown', event => {
  if (!live || event.button) return;
  const [x, y] = spot(event);
  drag = {x0: x, y0: y, x1: x, y1: y, far: false, from: [event.clientX, event.clientY]};
  if (event.pointerType === 'mouse') canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener('pointermove', event => {
  if (!drag) return;
  [drag.x1, drag.y1] = spot(event);
  drag.far = drag.far || Math.hypot(event.clientX - drag.from[0], event.clientY - drag.from[1]) > CLICK;
  draw();
});
canvas.addEventListener('pointerup', () => {
  if (!drag) return;
  const {x0, y0, x1, y1, far} = drag;
  drag = null;
  draw();
  send({kind: 'point', box: far ? [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)] : [x0, y0, x0, y0]});
});
canvas.addEventListener('pointercancel', () => { drag = null; draw(); });  // the finger scrolls
function pointed(ids) {
  if (!ids.length) { hint('nothing there has been shown yet; say what it is, e.g. "the mug"'); return; }
  hint('');
  if (ids.length === 1) toggle(ids[0]);
  else { ids.forEach(id => chosen.add(id)); update(); by('text').focus(); }
}
function toggle(id) {
  if (!chosen.delete(id)) chosen.add(id);
  update();
  if (matchMedia('(hover: hover)').matches) by('text').focus();
}

// The dialogue and the things
function update() {
  if (!state) return;
  const known = new Map(state.things.map(t => [t.id, t]));
  chosen = new Set([...chosen].filter(id => known.has(id)));
  const names = new Set(state.things.map(t => t.mask));
  masks = new Map([...masks].filter(([name]) => names.has(name)));
  const busy = state.pending !== null;
  by('state').textContent = status();
  by('send').disabled = busy || !!state.trouble;
  by('cancel').hidden = !busy;
  by('undo').disabled = by('reset').disabled = busy || !state.rounds.length;
  const follow = talk(busy);
  choices(busy);
  by('about').hidden = !chosen.size;
  by('about').replaceChildren(...[...chosen].map(id => {
    const chip = make('button', 'chip', 'about ' + id + ' ' + known.get(id).label + '  ×');
    chip.type = 'button';
    chip.onclick = () => toggle(id);
    return chip;
  }));
  // Buttons and chips take room from the dialogue: it scrolls once they are there.
  if (follow) by('said').scrollTop = by('said').scrollHeight;
  by('things').replaceChildren(...state.things.slice().reverse().map(entry));
  by('none').hidden = state.things.length > 0;
  draw();
}
function talk(busy) {
  const said = by('said'), low = said.scrollHeight - said.scrollTop - said.clientHeight < 40;
  const lines = [];
  const add = (kind, text) => { if (text) lines.push(make('li', kind, text)); };
  const answer = (status, text) => add('robot' + (['AMBIGUOUS', 'NOTHING_FOUND'].includes(status) ? ' ask' : ['OK', 'TALK'].includes(status) ? '' : ' bad'), text);
  const notes = after => state.notes.filter(n => after === null ? n.after > last : n.after === after).forEach(n => {
    add('mine', n.instruction);
    answer(n.status, n.answer);
  });
  const first = state.rounds.length ? state.rounds[0].index : 1;
  const last = state.rounds.length ? state.rounds[state.rounds.length - 1].index : 0;
  if (first === 1) notes(0);
  for (const r of state.rounds) {
    add('mine', r.instruction);
    answer(r.status, r.answer);
    notes(r.index);
  }
  notes(null);
  if (busy) { add('mine', state.pending || '...'); add('robot waits', state.partial || state.stage + ' ...'); }
  said.replaceChildren(...lines);
  aloud();
  return low || busy;
}
function choices(busy) {
  const newest = state.rounds[state.rounds.length - 1];
  // Not below an answer to something else.
  const asks = newest && newest.status === 'AMBIGUOUS' && !busy && !state.notes.some(n => n.after >= newest.index);
  by('choices').hidden = !asks;
  by('choices').replaceChildren(...!asks ? [] : state.things.filter(t => t.round === newest.index).map(t => {
    const chip = make('button', 'chip', t.id + ' ' + t.label);
    chip.type = 'button';
    chip.onclick = () => send({kind: 'say', text: 'instance ' + t.id, references: []});
    return chip;
  }));
}
function entry(t) {
  const item = make('li'), button = make('button', 'thing'), text = make('span');
  button.type = 'button';
  button.style.setProperty('--thing', t.colour);
  button.setAttribute('aria-pressed', chosen.has(t.id));
  const image = make('img');
  image.alt = '';
  image.src = '/image/' + (t.crop || t.mask);
  text.append(make('b', '', t.id + ' ' + t.label));
  const details = ['score ' + t.score.toFixed(2), t.state];
  if (t.parent) details.push('part of ' + t.parent);
  text.append(make('small', '', details.join(', ')));
  button.append(image, text);
  button.onclick = () => toggle(t.id);
  button.onmouseenter = () => { hovered = t.id; draw(); };
  button.onmouseleave = () => { hovered = 0; draw(); };
  item.append(button);
  return item;
}

// What a person does
by('form').addEventListener('submit', event => {
  event.preventDefault();
  const text = by('text').value.trim();
  if (!text && !chosen.size || by('send').disabled) return;
  hint('');
  send({kind: 'say', text, references: [...chosen]});
  by('text').value = '';
  chosen.clear();
  update();
});
by('undo').onclick = () => send({kind: 'undo'});
by('reset').onclick = () => { if (confirm('Forget this dialogue?')) send({kind: 'reset'}); };
by('cancel').onclick = () => send({kind: 'cancel'});
by('masks').onchange = () => { look(); update(); draw(); };
document.addEventListener('visibilitychange', look);
setInterval(() => {
  const old = shownAt && Date.now() - shownAt > SILENT && !document.hidden;
  by('blind').hidden = shownAt && !old;
  by('blind').textContent = shownAt ? 'no new image since ' + new Date(shownAt).toLocaleTimeString()
    : state && (state.trouble || state.camera) || 'waiting for the camera';
}, 500);

// Speech, where the browser has it
const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
if (Recognition) {
  const button = by('mic'), ear = new Recognition();
  let hears = false;
  button.hidden = false;
  ear.lang = 'en-US';
  ear.interimResults = true;
  ear.onresult = event => {
    const result = event.results[event.results.length - 1];
    by('text').value = result[0].transcript;
    if (result.isFinal) by('form').requestSubmit();
  };
  ear.onerror = event => hint('no speech was understood (' + event.error + ')');
  ear.onend = () => { hears = false; button.className = ''; button.textContent = 'Speak'; };
  button.onclick = () => {
    if (hears) { ear.stop(); return; }
    hint('');
    ear.start();
    hears = true; button.className = 'hears'; button.textContent = 'Listening';
  };
}
if (window.speechSynthesis) by('aloud-label').hidden = false;
function aloud() {
  const answers = by('said').querySelectorAll('.robot:not(.waits)');
  const newest = answers.length ? answers.length + answers[answers.length - 1].textContent : '';
  const text = answers.length ? answers[answers.length - 1].textContent : '';
  if (spoken !== null && newest !== spoken && text && by('aloud').checked) {
    speechSynthesis.cancel();
    speechSynthesis.speak(new SpeechSynthesisUtterance(text));
  }
  spoken = newest;
}
connect();
