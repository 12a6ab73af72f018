/** What this browser is and offers, beside the graphics card: asked of it, never guessed. */
import { useEffect, useState } from 'react';

export interface BrowserFacts {
  /** Its name and major version, and the system that it runs on. */
  readonly name: string;
  readonly system: string;
  readonly userAgent: string;
  readonly isolated: boolean;
  /** Files of the page's own: where downloaded models and the choice of kernels are kept. */
  readonly ownFiles: boolean;
  readonly directoryPicker: boolean;
  readonly wakeLock: boolean;
  readonly notifications: 'granted' | 'default' | 'denied' | 'none';
  /** Bytes, and whether they are safe when the disk fills up; undefined where the browser does not say. */
  readonly storage: { readonly used: number; readonly quota: number; readonly persisted: boolean } | undefined;
}

/** What of a window is looked at. */
export interface Scope {
  readonly crossOriginIsolated?: boolean;
  readonly showDirectoryPicker?: unknown;
  readonly Notification?: { readonly permission: string };
  readonly navigator: {
    readonly userAgent: string;
    readonly wakeLock?: unknown;
    readonly storage?: Partial<Pick<StorageManager, 'estimate' | 'persisted' | 'getDirectory'>>;
  };
}

export async function readBrowser({ navigator, ...window }: Scope): Promise<BrowserFacts> {
  const { userAgent, storage, wakeLock } = navigator;
  return {
    ...{ name: nameOf(userAgent), system: systemOf(userAgent), userAgent },
    isolated: window.crossOriginIsolated === true,
    ownFiles: await works(() => storage?.getDirectory?.()),
    directoryPicker: typeof window.showDirectoryPicker === 'function',
    wakeLock: wakeLock !== undefined,
    notifications: permissionOf(window.Notification?.permission),
    storage: await storageOf(storage),
  };
}

/** Undefined until the browser has answered. */
export function useBrowser(): BrowserFacts | undefined {
  const [facts, setFacts] = useState<BrowserFacts>();
  useEffect(() => {
    let wanted = true;
    const { crossOriginIsolated, navigator } = window;
    const { Notification, showDirectoryPicker }: Partial<Scope> = window;
    readBrowser({ crossOriginIsolated, navigator, ...(Notification && { Notification }), showDirectoryPicker }).then(
      (found) => wanted && setFacts(found),
    );
    return () => {
      wanted = false;
    };
  }, []);
  return facts;
}

async function works(ask: () => Promise<unknown> | undefined): Promise<boolean> {
  try {
    return (await ask()) !== undefined;
  } catch {
    // A private window has the function, and refuses.
    return false;
  }
}

async function storageOf(storage: Scope['navigator']['storage']): Promise<BrowserFacts['storage']> {
  try {
    const { usage: used, quota } = (await storage?.estimate?.()) ?? {};
    if (used === undefined || quota === undefined) return undefined;
    return { used, quota, persisted: (await storage?.persisted?.()) === true };
  } catch {
    return undefined;
  }
}

function permissionOf(permission: string | undefined): BrowserFacts['notifications'] {
  if (permission === 'granted' || permission === 'denied' || permission === 'default') return permission;
  return 'none';
}

/** Those that also call themselves by another's name come before it. */
const browsers = [
  ['Edge', /\bEdg\/(\d+)/],
  ['Opera', /\bOPR\/(\d+)/],
  ['Firefox', /\bFirefox\/(\d+)/],
  ['Chrome', /Chrom(?:e|ium)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+(?:\.\d+)?).* Safari\//],
] as const;

const systems = [
  ['Windows', /Windows NT/],
  ['Android', /Android/],
  ['iOS', /iPhone|iPad/],
  ['ChromeOS', /CrOS/],
  ['macOS', /Mac OS X/],
  ['Linux', /Linux/],
] as const;

function nameOf(userAgent: string): string {
  for (const [name, pattern] of browsers) {
    const version = pattern.exec(userAgent)?.[1];
    if (version !== undefined) return `${name} ${version}`;
  }
  return '–';
}

function systemOf(userAgent: string): string {
  return systems.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? '–';
}
