/** One channel of sound as a WAV file of 16 bits: the plainest format, which every player takes. */
const HEAD = 44;
const BYTES = 2;
const LOUDEST = 0x7fff;

export function waveOf(samples: Float32Array, rate: number): ArrayBuffer {
  const file = new DataView(new ArrayBuffer(HEAD + samples.length * BYTES));
  const word = (at: number, letters: string) => [...letters].forEach((letter, index) => file.setUint8(at + index, letter.charCodeAt(0)));
  word(0, "RIFF");
  file.setUint32(4, HEAD - 8 + samples.length * BYTES, true);
  word(8, "WAVEfmt ");
  file.setUint32(16, 16, true); // length of what describes the format
  file.setUint16(20, 1, true); // plain samples
  file.setUint16(22, 1, true); // channels
  file.setUint32(24, rate, true);
  file.setUint32(28, rate * BYTES, true);
  file.setUint16(32, BYTES, true);
  file.setUint16(34, BYTES * 8, true);
  word(36, "data");
  file.setUint32(40, samples.length * BYTES, true);
  samples.forEach((sample, index) => file.setInt16(HEAD + index * BYTES, Math.max(-1, Math.min(1, sample)) * LOUDEST, true));
  return file.buffer;
}
