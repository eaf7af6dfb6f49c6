// Requests to the service, with the reader's API key. Knows no element.

const STORED = "postlens-key";

export const rememberKey = (key) => sessionStorage.setItem(STORED, key);

export function headers(more = {}) {
  const key = sessionStorage.getItem(STORED);
  return key ? { ...more, Authorization: `Bearer ${key}` } : more;
}

// What the service answers, decoded; throws the problem that it answers instead.
export async function call(path, { method = "GET", body, signal } = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await fetch(path, { method, headers: headers(type), signal, ...sent });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw answer;
  return answer;
}

// Each object of an answer in lines, as it comes.
export async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const parts = (rest + (value ?? "")).split("\n");
    rest = parts.pop();
    for (const part of parts) if (part) yield JSON.parse(part);
    if (done) break;
  }
  if (rest) yield JSON.parse(rest);
}
