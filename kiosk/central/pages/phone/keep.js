// The phone's own key and what was issued for it. The key can sign and can not be read out.

const NAME = "gate-pass";
const STORE = "pass";

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run(mode, act) {
  const db = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const request = act(db.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    db.close();
  }
}

// Under "waiting" lies the key of an invitation whose answer has not come yet.
export const read = (name = NAME) => run("readonly", (store) => store.get(name));
export const keep = (pass, name = NAME) => run("readwrite", (store) => store.put(pass, name));
export const drop = (name) => run("readwrite", (store) => store.delete(name));

export async function newKey() {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { sign: pair.privateKey, raw: new Uint8Array(raw) };
}
