// Requests to the program; paths are relative, so that the token in the address goes with them.

async function answer(response) {
  let content = {};
  try {
    content = await response.json();
  } catch {
    content = { error: `the program answered with status ${response.status}` };
  }
  if (!response.ok) throw new Error(content.error || `the program answered with status ${response.status}`);
  return content;
}

async function sent(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    throw new Error("the program does not answer: was it ended? Start specquant app again.");
  }
}

export const get = async (path) => answer(await sent(path));

export const post = async (path, content = {}) =>
  answer(await sent(path, { method: "POST", body: JSON.stringify(content) }));

export const put = async (path, body) => answer(await sent(path, { method: "PUT", body }));

// Lines of JSON as they come: parts go to `part`, the last line is the answer, or says why there is none.
export async function streamed(path, content, part, signal) {
  const response = await sent(path, { method: "POST", body: JSON.stringify(content), signal });
  if (!response.ok) await answer(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  const take = (line) => {
    const said = JSON.parse(line);
    if (said.error !== undefined) throw new Error(said.error);
    if (said.part !== undefined) part(said.part);
    return said.answer;
  };
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return take(waiting);
    const lines = (waiting + value).split("\n");
    waiting = lines.pop();
    lines.forEach(take);
  }
}

// Save what a request answers as a file.
export async function download(path, content) {
  const response = await sent(path, content === undefined ? undefined : { method: "POST", body: JSON.stringify(content) });
  if (!response.ok) await answer(response);
  const named = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") || "");
  save(await response.blob(), named ? named[1] : "specquant");
}

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
