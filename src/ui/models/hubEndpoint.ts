/** Which Hub: the person's own choice is remembered, the token for it never is. */
import { recall, remember } from '../shared/remember';

export const defaultHub = 'https://huggingface.co';

const remembered = 'distillery.hub';

export function rememberedEndpoint(): string {
  return recall(remembered) ?? defaultHub;
}

export function rememberEndpoint(endpoint: string): void {
  remember(remembered, endpoint.trim() || defaultHub);
}
