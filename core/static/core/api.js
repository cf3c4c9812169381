/** The login API. Every change carries the CSRF token, which only a page of this origin can read. */

/** `status` 0: there was no answer at all. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function get(path) {
  return answer(await request(path, {}));
}

/** `authorization`: the header's value, where one is to be sent. */
export async function post(path, body, authorization) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  if (authorization) headers.Authorization = authorization;
  return answer(await request(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function request(path, options) {
  try {
    return await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new ApiError(0, "The server does not answer.");
  }
}

async function answer(response) {
  const data = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
  if (!response.ok) throw new ApiError(response.status, message(response, data));
  return data;
}

function message(response, data) {
  if (response.status === 429) return `Too many attempts; wait ${response.headers.get("Retry-After")} seconds.`;
  const detail = data?.detail ?? Object.values(data ?? {}).flat().join(" ");
  return detail || `The server answered ${response.status}.`;
}

function csrfToken() {
  return document.cookie.match(/(?:^|;\s*)csrftoken=([^;]*)/)?.[1] ?? "";
}
