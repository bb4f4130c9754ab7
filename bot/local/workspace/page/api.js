/* The page's only door to the server: JSON calls, uploads and one WebSocket that comes back by itself. */

const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 10_000;

export class ApiError extends Error {
  constructor(code, message, reply = {}) {
    super(message);
    this.code = code;
    this.reply = reply;
  }
}

async function answered(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new ApiError("offline", "The workspace does not answer. Is it still running? Nothing was changed.");
  }
  const reply = await response.json().catch(() => ({ ok: false, error: `http_${response.status}` }));
  if (reply.ok) return reply;
  throw new ApiError(reply.error, reply.message ?? `The workspace said: ${reply.error}.`, reply);
}

/** GET /client/<path>. Returns the reply, or throws an ApiError whose message is a sentence. */
export function get(path, query) {
  return answered(fetch(`/client/${path}?${new URLSearchParams(query)}`));
}

export function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answered(fetch(`/client/${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

/**
 * Upload files; `fields` are user, channel, thread_ts, text (null ones left out); `onProgress` hears a fraction
 * from 0 to 1.
 */
export function upload(files, fields, onProgress = () => {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
  for (const file of files) form.append("file", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/client/upload");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () =>
      reject(new ApiError("offline", "The upload broke off. Nothing was shared; please try again."));
    request.onload = () => finishUpload(request, resolve, reject);
    request.send(form);
  });
}

function finishUpload(request, resolve, reject) {
  let reply;
  try {
    reply = JSON.parse(request.responseText);
  } catch {
    reply = { ok: false, error: `http_${request.status}` };
  }
  if (reply.ok) resolve(reply);
  else reject(new ApiError(reply.error, reply.message ?? `The file was refused (${reply.error}).`, reply));
}

export async function fetchAsFile(url, name) {
  const response = await fetch(url);
  if (!response.ok) throw new ApiError("no_sample", `The sample could not be read (${response.status}).`);
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type });
}

export function fileUrl(file, user) {
  const [id, name, reader] = [file.id, file.name, user].map(encodeURIComponent);
  return `/client/file/${id}/${name}?user=${reader}`;
}

/**
 * Keep a WebSocket open for one person. Every frame goes to `onFrame`; `onState` hears "connecting", "open" or "lost".
 * The server greets each connection with a full "hello", so a reconnect re-syncs by itself. Returns a function
 * that ends it.
 */
export function connect(user, { onFrame, onState }) {
  let socket;
  let timer;
  let wait = FIRST_RETRY_MS;
  let ended = false;

  function open() {
    onState("connecting");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/client/ws?user=${encodeURIComponent(user)}`);
    socket.onopen = () => {
      wait = FIRST_RETRY_MS;
      onState("open");
    };
    socket.onmessage = (event) => !ended && onFrame(JSON.parse(event.data));
    socket.onclose = retry;
  }

  function retry() {
    if (ended) return;
    onState("lost");
    timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 1.8, LONGEST_RETRY_MS);
  }

  function hurry() {
    if (ended || socket.readyState < WebSocket.CLOSING) return;
    clearTimeout(timer);
    open();
  }

  window.addEventListener("online", hurry);
  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    window.removeEventListener("online", hurry);
    socket.close();
  };
}
