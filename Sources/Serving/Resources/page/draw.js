// Draws the recording and its timeline. Colours are told apart in both themes and by those who see few of them; the
// segments below the drawings say the same in words.
const light = { angry: '#c8372d', sad: '#3b6fc4', happy: '#d69a00', surprise: '#c85a9a', fear: '#6f4bb5', disgust: '#5d8a2f', contempt: '#8a6a4f', neutral: '#8d95a5' };
const dark = { angry: '#ff7a6e', sad: '#7fa9f5', happy: '#f5c542', surprise: '#f08fc4', fear: '#b197f0', disgust: '#9fce6a', contempt: '#c9a587', neutral: '#8e97aa' };

export const colour = name => (matchMedia('(prefers-color-scheme: dark)').matches ? dark : light)[name] || '#888888';
const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function surface(canvas) {
  const scale = devicePixelRatio || 1, width = canvas.clientWidth, height = Number(canvas.getAttribute('height-css') || canvas.getAttribute('height'));
  canvas.setAttribute('height-css', height);
  canvas.style.height = height + 'px';
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.round(height * scale);
  const g = canvas.getContext('2d');
  g.scale(scale, scale);
  g.clearRect(0, 0, width, height);
  return { g, width, height };
}

export function wave(canvas, samples) {
  const { g, width, height } = surface(canvas);
  if (!samples) return;
  g.fillStyle = style('--wave');
  // Quiet recordings are shown as large as loud ones.
  let most = 0.02;
  for (let i = 0; i < samples.length; i++) most = Math.max(most, Math.abs(samples[i]));
  for (let x = 0; x < width; x++) {
    const from = Math.floor(x * samples.length / width), to = Math.max(from + 1, Math.floor((x + 1) * samples.length / width));
    let low = 0, high = 0;
    const step = Math.max(1, Math.floor((to - from) / 400));
    for (let i = from; i < to; i += step) { low = Math.min(low, samples[i] / most); high = Math.max(high, samples[i] / most); }
    g.fillRect(x, height / 2 * (1 - Math.min(high, 1)), 1, Math.max(1, height / 2 * (Math.min(high, 1) - Math.max(low, -1))));
  }
}

function transform(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) { [re[i], re[j]] = [re[j], re[i]]; [im[i], im[j]] = [im[j], im[i]]; }
  }
  for (let size = 2; size <= n; size <<= 1) {
    const angle = -2 * Math.PI / size, half = size >> 1;
    for (let k = 0; k < half; k++) {
      const c = Math.cos(angle * k), s = Math.sin(angle * k);
      for (let i = k; i < n; i += size) {
        const a = re[i + half] * c - im[i + half] * s, b = re[i + half] * s + im[i + half] * c;
        re[i + half] = re[i] - a; im[i + half] = im[i] - b; re[i] += a; im[i] += b;
      }
    }
  }
}

export function spectrum(canvas, samples) {
  const { g, width, height } = surface(canvas);
  if (!samples) return;
  const n = 512, columns = Math.max(1, Math.min(width, 900)), image = g.createImageData(columns, height);
  const night = matchMedia('(prefers-color-scheme: dark)').matches;
  for (let x = 0; x < columns; x++) {
    const middle = Math.floor((x + 0.5) * samples.length / columns) - n / 2, re = new Float64Array(n), im = new Float64Array(n);
    for (let i = 0; i < n; i++) re[i] = (samples[middle + i] || 0) * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / (n - 1)));
    transform(re, im);
    for (let y = 0; y < height; y++) {
      const bin = Math.floor((1 - (y + 1) / height) * n / 2), power = re[bin] * re[bin] + im[bin] * im[bin];
      const v = Math.max(0, Math.min(1, (10 * Math.log10(power + 1e-9) + 45) / 75)), at = 4 * (y * columns + x);
      const [r, gr, b] = night ? [18 + 237 * v ** 1.6, 20 + 190 * v ** 1.2, 26 + 160 * Math.sqrt(v) * (1 - v * 0.5)] : [251 - 225 * v, 251 - 215 * v ** 0.9, 253 - 130 * v ** 1.4];
      image.data[at] = r; image.data[at + 1] = gr; image.data[at + 2] = b; image.data[at + 3] = 255;
    }
  }
  const buffer = document.createElement('canvas');
  buffer.width = columns; buffer.height = height;
  buffer.getContext('2d').putImageData(image, 0, 0);
  g.drawImage(buffer, 0, 0, width, height);
}

// Seconds on the recording's own scale.
export function axis(canvas, duration) {
  const { g, width, height } = surface(canvas);
  const step = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find(s => s / duration * width >= 64) || 7200;
  g.fillStyle = style('--soft');
  g.strokeStyle = style('--line');
  g.font = '12px system-ui, sans-serif';
  for (let t = 0; t <= duration; t += step) {
    const x = t / duration * width, text = step < 1 ? t.toFixed(1) : `${Math.floor(t / 60)}:${String(Math.round(t % 60)).padStart(2, '0')}`;
    g.beginPath(); g.moveTo(x + 0.5, 0); g.lineTo(x + 0.5, 5); g.stroke();
    const wide = g.measureText(text).width;
    g.fillText(text, Math.min(Math.max(0, x - wide / 2), width - wide), 18);
  }
}

// The shares of the seconds of each segment that says what carried it; false where none does.
export function weights(canvas, segments, duration) {
  const { g, width, height } = surface(canvas);
  let found = false;
  for (const s of segments) {
    const parts = s.explanation?.seconds || [], most = Math.max(1e-9, ...parts.map(p => p.weight));
    for (const p of parts) {
      found = true;
      g.globalAlpha = Math.max(0.04, p.weight / most);
      g.fillStyle = style('--accent');
      g.fillRect(p.start / duration * width, 0, Math.max(1, (p.end - p.start) / duration * width - 1), height);
    }
  }
  g.globalAlpha = 1;
  return found;
}

export function band(canvas, segments, classes, duration) {
  const { g, width, height } = surface(canvas);
  for (const s of segments) {
    const x = s.start / duration * width, w = Math.max(1, (s.end - s.start) / duration * width - 1);
    let y = height;
    g.globalAlpha = s.open ? 0.55 : 1;
    for (const name of classes) {
      const h = (s.probabilities[name] || 0) * height;
      y -= h;
      g.fillStyle = colour(name);
      g.fillRect(x, y, w, h + 0.5);
    }
  }
  g.globalAlpha = 1;
}

export function track(canvas, segments, duration) {
  const { g, width, height } = surface(canvas);
  g.strokeStyle = style('--line');
  g.beginPath(); g.moveTo(0, height / 2); g.lineTo(width, height / 2); g.stroke();
  const y = v => height - 6 - (Math.max(1, Math.min(7, v)) - 1) / 6 * (height - 12);
  g.font = '600 12px system-ui, sans-serif';
  g.fillStyle = style('--soft');
  g.textAlign = 'right';
  for (const [value, at] of [[7, 14], [4, height / 2 - 4], [1, height - 4]]) g.fillText(value, width - 4, at);
  g.textAlign = 'left';
  let row = 0;
  for (const name of ['arousal', 'valence']) {
    const points = segments.filter(s => s.attributes[name] !== undefined);
    if (!points.length) continue;
    g.strokeStyle = g.fillStyle = style('--' + name);
    g.lineWidth = 2;
    g.setLineDash(name === 'valence' ? [6, 4] : []);
    g.beginPath();
    points.forEach((s, i) => { const x = (s.start + s.end) / 2 / duration * width; i ? g.lineTo(x, y(s.attributes[name])) : g.moveTo(x, y(s.attributes[name])); });
    g.stroke();
    g.setLineDash([]);
    for (const s of points) { g.beginPath(); g.arc((s.start + s.end) / 2 / duration * width, y(s.attributes[name]), 3, 0, 7); g.fill(); }
    g.fillText(name, 6 + 70 * row++, 14);
  }
  return row > 0;
}
