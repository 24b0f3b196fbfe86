// Questions to the console's server, and the word that something moved.

export async function get(path) {
  let answer;
  try {
    answer = await fetch(path, { headers: { Accept: "application/json" } });
  } catch {
    throw new Error("The console's server does not answer. Is usher still running?");
  }
  const body = await answer.json().catch(() => ({ error: `the answer cannot be read (${answer.status})` }));
  if (!answer.ok) throw new Error(body.error);
  return body;
}

export function live(onMoved, onState) {
  const source = new EventSource("/api/live");
  source.addEventListener("open", () => onState(true));
  source.addEventListener("error", () => onState(false));
  source.addEventListener("moved", (event) => {
    onState(JSON.parse(event.data).connected);
    onMoved();
  });
}
