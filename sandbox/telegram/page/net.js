// The server: calls with the key, files as blobs, and the live line that comes back by itself.

let key = "";
const files = new Map();

// The key stands behind the # of the printed link; it is kept for this tab and taken out of the address.
export function takeKey() {
  const asked = new URLSearchParams(location.hash.replace(/^#\/?/, ""));
  const query = new URLSearchParams(location.search);
  key = asked.get("token") || query.get("token") || sessionStorage.getItem("key") || "";
  const start = asked.get("start") || query.get("start") || "";
  if (key) sessionStorage.setItem("key", key);
  const route = /^#\/\d/.test(location.hash) ? location.hash : "";
  if (location.hash !== route || location.search) history.replaceState(null, "", location.pathname + route);
  return { known: Boolean(key), start };
}

async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`api/${path}`, { ...options, headers: { Authorization: `Bearer ${key}`, ...options.headers } });
  } catch {
    throw new Error("The local server does not answer. Is usher still running?");
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  const error = new Error(told.error || `The server answered ${answer.status}.`);
  error.status = answer.status;
  throw error;
}

export const get = async (path, query = {}) => (await call(`${path}?${new URLSearchParams(query)}`)).json();

export const post = async (path, body) =>
  (await call(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } })).json();

export const upload = async (query, data) =>
  (await call(`upload?${new URLSearchParams(query)}`, { method: "POST", body: data, headers: { "Content-Type": "application/octet-stream" } })).json();

// An object URL of a file: an <img> cannot send the key.
export function fileUrl(id) {
  if (!files.has(id)) {
    const loading = call(`file/${encodeURIComponent(id)}`).then(async (answer) => URL.createObjectURL(await answer.blob()));
    loading.catch(() => files.delete(id));
    files.set(id, loading);
  }
  return files.get(id);
}

// Calls onChange for every change, onLine(true | false) when the line comes and goes, onMissed when some were missed,
// onKey when the key is no longer the server's.
export function live(after, { onChange, onLine, onMissed, onKey }) {
  let last = after;
  let pause = 300;
  const open = () => {
    const socket = new WebSocket(`ws://${location.host}/chat/api/live`);
    socket.onopen = () => socket.send(JSON.stringify({ token: key, after: last }));
    socket.onmessage = (event) => {
      const change = JSON.parse(event.data);
      if (change.kind === "hello") {
        pause = 300;
        onLine(true);
        if (change.missed) {
          last = change.now;
          onMissed();
        }
        return;
      }
      if (change.n) last = change.n;
      onChange(change);
    };
    socket.onclose = (event) => {
      if (event.code === 4401) return onKey();
      onLine(false);
      setTimeout(open, pause);
      pause = Math.min(pause * 1.7, 5000);
    };
  };
  open();
}
