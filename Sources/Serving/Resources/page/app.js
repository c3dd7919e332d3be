import * as audio from './audio.js';
import * as draw from './draw.js';
import { clock, detail, element, tenths } from './detail.js';

const $ = id => document.getElementById(id);
const player = new Audio();
let models = [], formats = [], timeline = null, sound = null, file = null, mic = null, socket = null, blocks = [], chosen = null, work = null, painted = [], isQueued = false;

const key = () => $('key').value.trim();
const headers = more => key() ? { ...more, Authorization: 'Bearer ' + key() } : { ...more };
const say = (text, bad = false) => { $('status').textContent = text; $('status').className = bad ? 'bad' : ''; };
const classes = () => models.find(m => m.name === $('model').value)?.classes || [];

async function problem(response) {
  if (response.status === 401) $('keyLabel').hidden = false;
  try { return (await response.json()).detail; } catch { return `the server answered ${response.status}`; }
}

async function load() {
  const [found, limits] = await Promise.all([fetch('/v1/models', { headers: headers() }), fetch('/v1/limits', { headers: headers() })]);
  if (!found.ok) { say(await problem(found), true); return; }
  models = (await found.json()).models;
  formats = (await limits.json()).formats;
  $('model').replaceChildren(...models.map(m => new Option(m.name, m.name)));
  say('');
}

function show(next) {
  timeline = next;
  $('result').hidden = false;
  $('name').textContent = next.file || 'Recording';
  list(next.segments);
  $('segmentsTitle').hidden = !next.segments.length;
  chosen = null;
  paint();
  if ((file ? formats.length : 0) !== $('downloads').children.length) $('downloads').replaceChildren(...(file ? formats : []).map(format => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = format;
    button.title = `Download the timeline as ${format}`;
    button.onclick = () => download(format);
    return button;
  }));
}

// Rows that stay are left as they are, and keep the focus.
function list(segments) {
  const rows = $('segments');
  segments.forEach((segment, i) => {
    const have = rows.children[i];
    if (have?.segment === segment) return;
    const item = row(segment);
    item.segment = segment;
    have ? have.replaceWith(item) : rows.append(item);
  });
  while (rows.children.length > segments.length) rows.lastChild.remove();
}

function row(segment) {
  const item = document.createElement('li'), button = document.createElement('button'), dot = element('span', 'dot');
  button.type = 'button';
  dot.style.background = draw.colour(segment.emotion);
  const words = element('span', 'what', segment.abstains ? `${segment.emotion}?` : segment.emotion);
  if (segment.text) words.append(element('span', 'text', segment.text));
  if (segment.open) words.append(element('span', 'text', 'still being heard'));
  if (segment.speaker) words.append(element('span', 'text', segment.speaker));
  if (segment.notes?.length) words.append(element('span', 'text', segment.notes.join(', ')));
  button.append(element('span', 'time', `${tenths(segment.start)}–${tenths(segment.end)}`), dot, words, element('span', 'score', `${Math.round(100 * (segment.probabilities[segment.emotion] || 0))} %`));
  button.onclick = () => hear(segment);
  item.append(button);
  return item;
}

function paint() {
  if (!timeline) return;
  const length = Math.max(timeline.duration, 0.1);
  // Segments come one after the other; what is drawn of the sound stays the same.
  const look = [sound, $('wave').clientWidth, matchMedia('(prefers-color-scheme: dark)').matches];
  if (look.some((value, i) => value !== painted[i])) {
    draw.wave($('wave'), sound);
    draw.spectrum($('spectrum'), sound);
    painted = look;
  }
  draw.band($('band'), timeline.segments, classes(), length);
  const tracked = draw.track($('track'), timeline.segments, length);
  $('track').hidden = $('trackTitle').hidden = !tracked;
  $('weights').hidden = $('weightsTitle').hidden = !timeline.segments.some(s => s.explanation?.seconds?.length);
  draw.weights($('weights'), timeline.segments, length);
  draw.axis($('axis'), length);
  $('legend').replaceChildren(...classes().map(name => {
    const item = element('li'), dot = element('span', 'dot');
    dot.style.background = draw.colour(name);
    item.append(dot, name);
    return item;
  }));
  $('stage').setAttribute('aria-valuemax', length.toFixed(1));
  move();
}

function move() {
  if (!timeline) return;
  const t = player.currentTime, length = Math.max(timeline.duration, 0.1);
  const live = Boolean(socket);
  $('cursor').hidden = !file;
  $('cursor').style.transform = `translateX(${Math.min(1, t / length) * $('stage').clientWidth}px)`;
  $('clock').textContent = `${clock(t)} / ${clock(timeline.duration)}`;
  $('stage').setAttribute('aria-valuenow', t.toFixed(1));
  const at = timeline.segments.findIndex(s => t >= s.start && t < s.end);
  const now = timeline.segments[at] || (live ? timeline.segments.at(-1) : chosen || timeline.segments[0]) || null;
  if (now !== chosen || !now) { chosen = now; $('detail').replaceChildren(...(now ? [detail(now, classes())] : [])); }
  $('stage').setAttribute('aria-valuetext', `${clock(t)}${at < 0 ? '' : ', ' + timeline.segments[at].emotion}`);
  [...$('segments').children].forEach((li, i) => li.firstChild.setAttribute('aria-current', i === at));
  const playing = !player.paused;
  $('play').textContent = playing ? 'Pause' : 'Play';
  $('play').setAttribute('aria-pressed', playing);
  if (stopAt !== null && t >= stopAt) { player.pause(); stopAt = null; }
  if (playing) requestAnimationFrame(move);
}

const extensions = { textgrid: 'TextGrid', elan: 'eaf', audformat: 'audformat.csv', labelstudio: 'labelstudio.json' };
let stopAt = null;
const play = () => player.play().catch(() => say('This browser can not play the recording.', true));
function hear(segment) { if (file) { player.currentTime = segment.start; stopAt = segment.end; play(); } }
function toggle() { if (!file) return; stopAt = null; player.paused ? play() : player.pause(); }
function seek(t) { if (file) { player.currentTime = Math.max(0, Math.min(timeline.duration, t)); stopAt = null; move(); } }

function body(blob) {
  const form = new FormData();
  form.append('file', blob, blob.name || 'recording.wav');
  form.append('model', $('model').value);
  // A recording of up to half a minute would otherwise be one segment, and no timeline.
  for (const [name, value] of Object.entries(cut())) form.append(name, value);
  if ($('explain').checked) form.append('explain', 'true');
  return form;
}

const cut = () => $('cut').value === 'windows' ? { segmentation: 'windows', window: '5' } : { segmentation: 'utterances', whole: '0' };

async function recognize(blob) {
  work?.abort();
  const mine = work = new AbortController();
  file = blob;
  sound = null;
  say('Listening …');
  if (player.src) URL.revokeObjectURL(player.src);
  player.src = URL.createObjectURL(blob);
  try {
    const [response, decoded] = await Promise.all([
      fetch('/v1/recognize', { method: 'POST', body: body(blob), headers: headers({ Accept: 'text/event-stream' }), signal: mine.signal }), audio.samples(blob)]);
    if (mine !== work) return;
    sound = decoded;
    if (!response.ok) { say(await problem(response), true); return; }
    const found = { file: blob.name || 'Recording', duration: sound ? sound.length / 16000 : 0, segments: [] };
    for await (const [name, data] of events(response.body)) {
      if (name === 'segment') { found.segments.push(data); found.duration = Math.max(found.duration, data.end); soon(found); }
      else if (name === 'done') found.duration = data.duration;
      else { say(data.detail, true); return; }
    }
    show(found);
    say(found.segments.length ? `${found.segments.length} segment${found.segments.length === 1 ? '' : 's'} in ${clock(found.duration)}.` : 'Nobody was heard to speak; windows of 5 s show what the model makes of it.');
  } catch (error) { if (mine === work) say(`The server can't be reached: ${error.message}`, true); }
}

// Many segments may come between two pictures.
function soon(next) {
  timeline = next;
  if (isQueued) return;
  isQueued = true;
  requestAnimationFrame(() => { isQueued = false; show(timeline); });
}

async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const lines = text.slice(0, end).split('\n');
      yield [lines[0].slice(7), JSON.parse(lines[1].slice(6))];
    }
  }
}

async function download(format) {
  const form = body(file);
  form.append('format', format);
  const response = await fetch('/v1/recognize', { method: 'POST', body: form, headers: headers() });
  if (!response.ok) { say(await problem(response), true); return; }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = `${(file.name || 'recording').replace(/\.[^.]*$/, '')}.${extensions[format] || format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  say(`${link.download} was saved.`);
}

const remember = (blob, name) => new File([blob], name, { type: 'audio/wav' });

async function record() {
  if (socket) return;
  if (mic) {
    const done = mic;
    mic = null;
    press('record', 'Record', false);
    await done.stop();
    if (blocks.length) await recognize(remember(audio.wav(blocks, done.rate), 'Recording.wav'));
    return;
  }
  try {
    blocks = [];
    mic = await audio.microphone(block => blocks.push(block));
    press('record', 'Stop', true);
    say('Recording. Press again to stop.');
  } catch (error) { say(`The microphone can't be used: ${error.message}`, true); }
}

async function live() {
  if (socket) { await mic?.stop(); mic = null; if (socket.readyState === 1) socket.send('{"type":"end"}'); return; }
  if (mic) return;
  const found = { file: 'Live', duration: 0, segments: [] };
  file = null; sound = null;
  const heard = [];
  let picture = null;
  try {
    mic = await audio.microphone(block => {
      if (socket?.readyState === 1 && socket.ready) { heard.push(block); picture.add(block); socket.send(block.buffer); }
    });
  } catch (error) { say(`The microphone can't be used: ${error.message}`, true); return; }
  const rate = mic.rate;
  picture = audio.thinned(rate);
  socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/stream`);
  press('live', 'Stop', true);
  socket.onopen = () => socket.send(JSON.stringify({ type: 'start', encoding: 'f32le', rate, ...($('cut').value === 'windows' ? { segmentation: 'windows', window: 5 } : { segmentation: 'utterances' }), model: $('model').value, key: key() || undefined }));
  socket.onmessage = event => {
    const data = JSON.parse(event.data);
    if (data.type === 'ready') { socket.ready = true; say('Live.'); }
    else if (data.type === 'error') say(data.problem.detail, true);
    else if (data.type === 'done') found.duration = data.duration;
    else {
      found.segments = found.segments.filter(s => !s.open);
      found.segments.push({ ...data.segment, open: data.type === 'partial' });
      sound = picture.heard();
      found.duration = Math.max(found.duration, data.segment.end, sound.length / picture.rate);
      show(found);
    }
  };
  socket.onclose = async () => {
    socket = null;
    await mic?.stop();
    mic = null;
    press('live', 'Live', false);
    if ($('status').className !== 'bad') say('The live stream has ended.');
    if (heard.length) {
      file = remember(audio.wav(heard, rate), 'Live.wav');
      if (player.src) URL.revokeObjectURL(player.src);
      player.src = URL.createObjectURL(file);
      sound = await audio.samples(file);
      show(found);
    }
  };
}

function press(id, text, on) { $(id).textContent = text; $(id).setAttribute('aria-pressed', on); }

$('file').onchange = () => { if ($('file').files[0]) recognize($('file').files[0]); $('file').value = ''; };
$('cut').onchange = () => { if (file && !socket && !mic) recognize(file); };
$('model').onchange = $('explain').onchange = $('cut').onchange;
$('record').onclick = record;
$('live').onclick = live;
$('play').onclick = toggle;
$('key').onchange = load;
player.onplay = player.onpause = player.onseeked = move;
$('stage').onclick = event => timeline && seek((event.clientX - $('stage').getBoundingClientRect().left) / $('stage').clientWidth * timeline.duration);
for (const name of ['dragover', 'dragleave', 'drop']) {
  addEventListener(name, event => {
    event.preventDefault();
    $('drop').classList.toggle('over', name === 'dragover');
    if (name === 'drop' && event.dataTransfer.files[0]) recognize(event.dataTransfer.files[0]);
  });
}
addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === 'SELECT' || event.target.matches('input:not([type=checkbox]):not([type=file])')) return;
  const at = timeline ? timeline.segments.findIndex(s => player.currentTime < s.end) : -1;
  const step = d => { const s = timeline?.segments[Math.max(0, Math.min(timeline.segments.length - 1, (at < 0 ? timeline.segments.length - 1 : at) + d))]; if (s) seek(s.start + 1e-3); };
  const actions = {
    ' ': () => ['BUTTON', 'INPUT'].includes(event.target.tagName) ? false : toggle(), ArrowLeft: () => seek(player.currentTime - 1), ArrowRight: () => seek(player.currentTime + 1),
    Home: () => seek(0), End: () => seek(timeline?.duration ?? 0), p: () => chosen && hear(chosen),
    j: () => step(1), k: () => step(-1), o: () => $('file').click(), r: record, l: live,
  };
  const action = actions[event.key] || actions[event.key.toLowerCase()];
  if (action && action() !== false) event.preventDefault();
});
addEventListener('resize', paint);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { if (timeline) { $('segments').replaceChildren(); show(timeline); } });
load().catch(error => say(`The server can't be reached: ${error.message}`, true));
