// Hands the microphone's samples on in blocks of some 100 ms.
class Recorder extends AudioWorkletProcessor {
  constructor() { super(); this.block = []; this.count = 0; }
  process(inputs) {
    const channel = inputs[0][0];
    if (channel) {
      this.block.push(channel.slice());
      this.count += channel.length;
      if (this.count >= sampleRate / 10) {
        const joined = new Float32Array(this.count);
        let at = 0;
        for (const part of this.block) { joined.set(part, at); at += part.length; }
        this.port.postMessage(joined, [joined.buffer]);
        this.block = []; this.count = 0;
      }
    }
    return true;
  }
}
registerProcessor('recorder', Recorder);
