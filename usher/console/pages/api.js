// Questions and commands to the console's server, and the word that something moved.

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The console's server does not answer. Is usher still running?");
  }
  const body = await answer.json().catch(() => ({ error: `the answer cannot be read (${answer.status})` }));
  if (!answer.ok) throw new Error(body.error);
  return body;
}

export const get = (path) => ask(path, { headers: { Accept: "application/json" } });

// Without its token the console only reads.
const token = () => sessionStorage.getItem("token") || "";
export const mayAct = () => token() !== "";
export const post = (path, body) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json", "X-Usher-Token": token() }, body: JSON.stringify(body || {}) });

export function live(onMoved, onState) {
  const source = new EventSource("/api/live");
  source.addEventListener("open", () => onState(true));
  source.addEventListener("error", () => onState(false));
  source.addEventListener("moved", (event) => {
    onState(JSON.parse(event.data).connected);
    onMoved();
  });
}
