/** Whose the token is, and whether it may write where the push goes: known before anything is made there. */
import * as v from 'valibot';
import { StudioError } from '../../studioError';
import type { Target } from './refusals';

const account = v.object({
  name: v.string(),
  orgs: v.optional(v.array(v.object({ name: v.string() })), []),
  auth: v.optional(v.object({ accessToken: v.optional(v.object({ role: v.optional(v.string()) })) })),
});

/** `json` is the Hub's answer to whoami. Throws a StudioError: `push-account`, `push-token-read`, `push-owner`. */
export function checkAccount(json: unknown, { endpoint, name }: Target): void {
  const parsed = v.safeParse(account, json);
  if (!parsed.success) {
    const message = `${endpoint} does not say whose the token is: is this the address of a Hub?`;
    throw new StudioError('push-account', message, { endpoint });
  }
  const { name: user, orgs, auth } = parsed.output;
  const page = `${endpoint}/settings/tokens`;
  if (auth?.accessToken?.role === 'read') {
    const message = `This token of ${user} only reads. A push takes one of the kind “Write”, or a fine-grained one that may write to your repositories: ${page}.`;
    throw new StudioError('push-token-read', message, { user, page });
  }
  const owners = [user, ...orgs.map((org) => org.name)];
  const [owner = ''] = name.split('/');
  if (owners.some((one) => one.toLowerCase() === owner.toLowerCase())) return;
  const message = `The token is of ${user}, who cannot write to ${owner}. Push to: ${owners.join(', ')}.`;
  throw new StudioError('push-owner', message, { user, owner, owners: owners.join(', ') });
}
