// The file that is written when the network does not come back, for staff to upload. Its format is described where the
// service reads it: src/emergency/mod.rs. Nothing but WebCrypto is needed, which works without any network.

const INFO = "exam-service emergency file 1";

/**
 * @typedef {object} SealedAnswer
 * @property {string} question_id
 * @property {unknown} response
 * @property {boolean} flagged
 * @property {number} sequence
 * @property {string} answered_at
 */

/**
 * The text of an emergency answer file.
 * @param {{ id: string, exam_id: string, emergency_keys: { key_id: string, public_key: string, signing_key: string } }} attempt the
 *   service's answer to starting or looking at the attempt
 * @param {string} userId the account
 * @param {readonly SealedAnswer[]} answers
 * @param {Date} writtenAt by the server's clock
 */
export async function sealAnswers(attempt, userId, answers, writtenAt) {
  const keys = attempt.emergency_keys;
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const ephemeral = await crypto.subtle.exportKey("raw", pair.publicKey);
  const header = base64url(
    utf8(
      JSON.stringify({
        version: 1,
        exam_id: attempt.exam_id,
        attempt_id: attempt.id,
        user_id: userId,
        key_id: keys.key_id,
        ephemeral_key: base64url(new Uint8Array(ephemeral)),
        nonce: base64url(nonce),
        written_at: writtenAt.toISOString(),
      }),
    ),
  );
  const theirs = await crypto.subtle.importKey("raw", bytesOf(keys.public_key), curve, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, pair.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: utf8(header), info: utf8(INFO) },
    secret,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt"],
  );
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: utf8(header) },
    key,
    utf8(JSON.stringify({ answers })),
  );
  const signed = `${header}.${base64url(new Uint8Array(ciphertext))}`;
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const signing = await crypto.subtle.importKey("raw", bytesOf(keys.signing_key), hmac, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", signing, utf8(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

/** @param {string} text */
function utf8(text) {
  return /** @type {Uint8Array<ArrayBuffer>} */ (new TextEncoder().encode(text));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text */
function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
