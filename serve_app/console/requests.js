// Requests to the service, with the reader's API key. Knows no element.

const STORED = "postlens-key";

export const rememberKey = (key) => sessionStorage.setItem(STORED, key);

export function headers(more = {}) {
  const key = sessionStorage.getItem(STORED);
  return key ? { ...more, Authorization: `Bearer ${key}` } : more;
}

// In place of a problem, where no answer came, or none that can be read.
export const UNREACHABLE = Object.freeze({ title: "unreachable" });

const unreachable = (error) => {
  throw error.name === "AbortError" ? error : UNREACHABLE;
};

// What came; throws the problem that the service answers instead.
export async function request(path, options) {
  const response = await fetch(path, options).catch(unreachable);
  if (!response.ok) throw await response.json().catch(unreachable);
  return response;
}

// What the service answers, decoded; throws a problem likewise.
export async function call(path, { method = "GET", body, signal } = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await request(path, { method, headers: headers(type), signal, ...sent });
  return response.status === 204 ? null : response.json().catch(unreachable);
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
