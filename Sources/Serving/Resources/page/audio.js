// The microphone and files, as samples.
export async function microphone(receive) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  const context = new AudioContext();
  await context.resume();
  await context.audioWorklet.addModule('/assets/recorder.js');
  const source = context.createMediaStreamSource(stream), node = new AudioWorkletNode(context, 'recorder', { numberOfOutputs: 0 });
  node.port.onmessage = event => receive(event.data);
  source.connect(node);
  return { rate: context.sampleRate, stop() { node.port.onmessage = null; stream.getTracks().forEach(t => t.stop()); return context.close(); } };
}

// Mono at 16 kHz; null for a format that this browser does not know, though the server may.
export async function samples(blob) {
  try {
    const buffer = await new OfflineAudioContext(1, 1, 16000).decodeAudioData(await blob.arrayBuffer());
    const mono = new Float32Array(buffer.length);
    for (let c = 0; c < buffer.numberOfChannels; c++) {
      const channel = buffer.getChannelData(c);
      for (let i = 0; i < mono.length; i++) mono[i] += channel[i] / buffer.numberOfChannels;
    }
    return mono;
  } catch { return null; }
}

// What is being heard, at about 16 kHz: enough to draw it.
export function thinned(rate) {
  const step = Math.max(1, Math.round(rate / 16000));
  let samples = new Float32Array(1 << 16), count = 0, skip = 0;
  return {
    rate: rate / step,
    add(block) {
      if (count + block.length > samples.length) { const more = new Float32Array(2 * (count + block.length)); more.set(samples); samples = more; }
      for (let i = skip; i < block.length; i += step) samples[count++] = block[i];
      skip = (skip + Math.ceil((block.length - skip) / step) * step) - block.length;
    },
    heard: () => samples.subarray(0, count),
  };
}

export function wav(blocks, rate) {
  const count = blocks.reduce((n, b) => n + b.length, 0), view = new DataView(new ArrayBuffer(44 + 2 * count));
  const text = (at, s) => [...s].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, 'RIFF'); view.setUint32(4, 36 + 2 * count, true); text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, 'data'); view.setUint32(40, 2 * count, true);
  let at = 44;
  for (const block of blocks) for (const v of block) { view.setInt16(at, Math.max(-1, Math.min(1, v)) * 32767, true); at += 2; }
  return new Blob([view], { type: 'audio/wav' });
}
