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
