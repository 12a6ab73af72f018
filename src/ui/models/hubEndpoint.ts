/** Which Hub: the person's own choice is remembered, the token for it never is. */
export const defaultHub = 'https://huggingface.co';

const remembered = 'distillery.hub';

export function rememberedEndpoint(): string {
  try {
    return localStorage.getItem(remembered) ?? defaultHub;
  } catch {
    return defaultHub;
  }
}

export function rememberEndpoint(endpoint: string): void {
  try {
    localStorage.setItem(remembered, endpoint.trim() || defaultHub);
  } catch {
    // Storage may be forbidden; the choice then holds until the page is closed.
  }
}
