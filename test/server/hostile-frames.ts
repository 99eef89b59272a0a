/** WebSocket frames byte by byte, as a client may send them that is not well made, or means no good. */
import { randomBytes } from 'node:crypto';
import { randomNumbers } from '../../src/random-numbers.ts';

/** The request that opens a WebSocket. */
export const opening = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`;

/** A frame as clients send them, masked by zeros. */
export function frame(opcode: number, payload: Buffer): Buffer {
  const length = payload.length;
  const head = length < 126 ? [length | 128] : length < 65_536 ? [126 | 128, length >> 8, length & 255] : null;
  if (head === null) throw new Error('too long for this test');
  return Buffer.concat([Buffer.from([128 | opcode, ...head, 0, 0, 0, 0]), payload]);
}

export const text = (message: unknown): Buffer =>
  frame(1, Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)));

/** What a client says first. */
export const start = { type: 'start', sampleRate: 16_000 };

/** @returns Gives `count` frames of all kinds of faults, in an order that begins with another kind for every client. */
export function malformedFrames(): (client: number, count: number) => Buffer[] {
  const random = randomNumbers(7);
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => Math.floor(128 + 128 * random())));
  const kinds: (() => Buffer)[] = [
    () => frame(2, bytes(8)), // audio before "start"
    () => text('{"type":'),
    () => text({ type: 'stop' }),
    () => text({ type: 'start' }),
    () => text({ ...start, sampleRate: 5 }),
    () => text({ ...start, sampleRate: 1e9 }),
    () => text({ ...start, sampleRate: '16000' }),
    () => text({ ...start, extra: 1 }),
    () => text([1, 2]),
    () => frame(1, Buffer.from([0xff, 0xfe, 0xfd])), // no UTF-8
    () => frame(3, bytes(4)), // no such kind of frame
    () => Buffer.from([0x81, 0x05, 1, 2, 3, 4, 5]), // not masked
    () => Buffer.from([0xf2, 0x80, 0, 0, 0, 0]), // reserved bits
    () => Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]), // 2^63 bytes to come
    () => frame(9, bytes(126)), // a ping that is too long
    () => bytes(40),
  ];
  return (client, count) => Array.from({ length: count }, (_, at) => kinds[(client + at) % kinds.length]!());
}
