/**
 * The one place where an address becomes code that runs beside the page. Browsers with Trusted Types start no worker from
 * anything else, and this gives away files of our own origin alone.
 */

/** As far as it is needed; newer than the language's types. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): string };
}

declare global {
  var trustedTypes: TrustedTypes | undefined;
}

const policy = globalThis.trustedTypes?.createPolicy('distillery', { createScriptURL: own });

/** The address as `Worker` and `register` take it. Throws a TypeError where it is not of our own origin. */
export function ownScript(address: string): string {
  return policy ? policy.createScriptURL(address) : own(address);
}

/** For a library that starts workers by itself: from exactly this address, whatever it asks for. Once in each worker. */
export function letLibraryStart(address: string): void {
  globalThis.trustedTypes?.createPolicy('default', {
    createScriptURL: (asked) => {
      if (asked !== address) throw foreign(asked);
      return asked;
    },
  });
}

function own(address: string): string {
  const { origin, href } = new URL(address, location.href);
  if (origin !== location.origin || !href.startsWith('http')) throw foreign(address);
  return href;
}

function foreign(address: string): TypeError {
  return new TypeError(`No code is started from ${address}: it is not a file of this page.`);
}
