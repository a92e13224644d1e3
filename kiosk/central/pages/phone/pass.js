// The pass as a phone draws it: COSE_Sign1 of fixed offsets over the time and the credential,
// signed by this phone, in base45 (RFC 9285) after `GD1:`.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const PROTECTED = [0xa1, 0x01, 0x32]; // {1: -19}, Ed25519
const IAT = [0xa2, 0x06, 0x1a];
const CREDENTIAL = [0x3a, 0x00, 0x01, 0x00, 0x01, 0x58]; // claim -65538, bytes
const utf8 = new TextEncoder();

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function bytesOf(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function base45(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const isPair = at + 1 < bytes.length;
    let value = isPair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let letter = 0; letter < (isPair ? 3 : 2); letter += 1) {
      text += ALPHABET[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}

export async function drawn(pass, iat) {
  const time = [iat >>> 24, (iat >>> 16) & 255, (iat >>> 8) & 255, iat & 255];
  const payload = [...IAT, ...time, ...CREDENTIAL, pass.credential.length, ...pass.credential];
  const signed = [
    0x84, 0x6a, ...utf8.encode("Signature1"),
    0x43, ...PROTECTED,
    0x40,
    0x58, payload.length, ...payload,
  ];
  const message = new Uint8Array(signed);
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", pass.sign, message));
  const head = [0xd2, 0x84, 0x43, ...PROTECTED, 0xa0, 0x58, payload.length];
  return `GD1:${base45([...head, ...payload, 0x58, 0x40, ...signature])}`;
}
