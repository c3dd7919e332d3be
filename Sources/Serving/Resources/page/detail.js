// One segment in words and bars: the classes, the attributes, and what carried the decision.
import { colour } from './draw.js';

export function element(kind, name, text) {
  const e = document.createElement(kind);
  if (name) e.className = name;
  if (text !== undefined) e.textContent = text;
  return e;
}

const percent = p => `${Math.round(100 * p)} %`;
export const clock = s => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;

export const tenths = s => `${Math.floor(s / 60)}:${(s % 60).toFixed(1).padStart(4, '0')}`;

// A bar from 0 to 1; less than 0 is drawn as hollow.
function bar(label, share, text, hue) {
  const item = element('li'), track = element('span', 'track'), fill = element('span', share < 0 ? 'fill against' : 'fill');
  fill.style.width = `${Math.min(100, 100 * Math.abs(share))}%`;
  fill.style.background = share < 0 ? 'none' : hue;
  fill.style.borderColor = hue;
  track.append(fill);
  item.append(element('span', 'label', label), track, element('span', 'amount', text));
  return item;
}

function bars(title, items) {
  const group = element('div', 'group'), list = element('ul', 'bars');
  list.append(...items);
  group.append(element('h4', '', title), list);
  return group;
}

// Where a network that pools by attention looked, which need not be what decides.
const looked = part => part.attention == null ? '' : `, ${percent(part.attention)} of the attention`;

// Text is legible on its shade in both themes: the shade is a line below it, and its height the weight.
function words(explanation) {
  const group = element('div', 'group'), line = element('p', 'words'), most = Math.max(1e-9, ...explanation.words.map(w => Math.abs(w.weight)));
  for (const word of explanation.words) {
    const e = element('span', word.weight < 0 ? 'against' : '', word.text);
    e.style.borderBottomWidth = `${Math.round(1 + 7 * Math.abs(word.weight) / most)}px`;
    e.title = word.weight.toFixed(3) + looked(word);
    line.append(e, ' ');
  }
  group.append(element('h4', '', 'Words'), line);
  return group;
}

function seconds(explanation) {
  const parts = [...explanation.seconds].sort((a, b) => b.weight - a.weight).slice(0, 3).filter(p => p.weight > 0);
  const most = Math.max(1e-9, ...parts.map(p => p.weight));
  return bars('Seconds that carried most', parts.map(p => {
    const item = bar(`${p.start.toFixed(1)}–${p.end.toFixed(1)} s`, p.weight / most, percent(p.weight), 'var(--accent)');
    item.title = `${percent(p.weight)} of the probability${looked(p)}`;
    return item;
  }));
}

export function detail(segment, classes) {
  const box = element('div', 'detail'), sorted = [...classes].sort((a, b) => (segment.probabilities[b] || 0) - (segment.probabilities[a] || 0));
  const heading = element('h3', '', `${tenths(segment.start)}–${tenths(segment.end)}: ${segment.emotion}${segment.abstains ? ', but too unsure to say' : ''}`);
  const groups = element('div', 'groups');
  groups.append(bars('Probabilities', sorted.map(name => bar(name, segment.probabilities[name] || 0, percent(segment.probabilities[name] || 0), colour(name)))));
  const attributes = Object.entries(segment.attributes || {});
  if (attributes.length) groups.append(bars('Attributes, 1–7', attributes.map(([name, value]) => bar(name, (value - 1) / 6, value.toFixed(1), name === 'valence' ? 'var(--valence)' : name === 'arousal' ? 'var(--arousal)' : 'var(--wave)'))));
  const explanation = segment.explanation;
  if (explanation) {
    if (explanation.streams?.length) groups.append(bars(`Streams that carried “${explanation.emotion}”`, explanation.streams.map(s => bar(s.name, s.weight, percent(s.weight), 'var(--accent)'))));
    if (explanation.seconds?.length) groups.append(seconds(explanation));
    if (explanation.words?.length) groups.append(words(explanation));
  }
  box.append(heading);
  if (segment.notes?.length) box.append(element('p', 'notes', `Not to be relied on: ${segment.notes.join(', ')}.`));
  if (segment.candidates?.length) box.append(element('p', 'notes', `With the coverage of the model's calibration: ${segment.candidates.join(', ')}.`));
  box.append(groups);
  return box;
}
