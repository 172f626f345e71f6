// The least of a WebSocket server (RFC 6455) that the mock needs: it sends binary frames and hears only the close.

import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Answers an upgrade. Returns send(bytes), and close(). */
export function accept(req, socket, closed) {
  const key = createHash('sha1').update(req.headers['sec-websocket-key'] + GUID).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  socket.on('data', (data) => (data[0] & 15) === 8 && socket.end());
  socket.on('error', () => undefined);
  socket.on('close', closed);
  return { send: (bytes) => socket.write(Buffer.concat([head(bytes.length), bytes])), close: () => socket.destroy() };
}

function head(length) {
  if (length < 126) return Buffer.from([0x82, length]);
  const out = Buffer.alloc(length < 65_536 ? 4 : 10);
  out[0] = 0x82;
  out[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) out.writeUInt16BE(length, 2);
  else out.writeBigUInt64BE(BigInt(length), 2);
  return out;
}
