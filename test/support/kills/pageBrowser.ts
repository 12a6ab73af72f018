/** A browser on a profile of its own, which stays when it is killed, and the ways in which the page in it can be ended. */
import { type BrowserContext, type CDPSession, chromium, type Page } from '@playwright/test';
import config from '../../../playwright.config';
import { Studio } from '../../e2e/studio';
import { openEmpty } from '../../e2e/workers';
import { type Draw, type Kind, momentFor, type Order } from './moments';
import { PAGE_INTERVAL } from './pageDrive';
import { cutStored } from './pageStored';
import { overhear, type PageTold } from './pageTold';

/** `tab`: it is closed; `renderer`: its process crashes; `browser`: all of it is killed. The last three: and the power goes. */
export const pageKinds = ['tab', 'renderer', 'worker', 'gpu', 'browser', 'newest', 'index', 'both'] as const;
export type PageKind = (typeof pageKinds)[number];

export interface PageOrder extends Omit<Order, 'kind'> {
  readonly kind: PageKind;
}

/** The power goes as well, and what was written last is cut short. */
export const isCut = (kind: PageKind): kind is Kind & PageKind => ['newest', 'index', 'both'].includes(kind);

export class Tab {
  /** How often the GPU's process was killed in this browser, and the engine was lost on this page. */
  cardLost = 0;
  engineLost = 0;
  readonly page: Page;
  readonly studio: Studio;
  private readonly context: BrowserContext;
  private readonly browser: CDPSession;

  private constructor(context: BrowserContext, browser: CDPSession, page: Page) {
    this.context = context;
    this.browser = browser;
    this.page = page;
    this.studio = new Studio(page);
  }

  static async open(profile: string, baseURL: string, hear: (told: PageTold) => void): Promise<Tab> {
    const { executablePath, args = [] } = config.use?.launchOptions ?? {};
    const context = await chromium.launchPersistentContext(profile, {
      ...{ args, baseURL, locale: 'en-US', viewport: { width: 1440, height: 1000 }, serviceWorkers: 'block' },
      ...(executablePath && { executablePath }),
    });
    await overhear(context, hear);
    const browser = await context.browser()!.newBrowserCDPSession();
    return new Tab(context, browser, context.pages()[0] ?? (await context.newPage()));
  }

  /** A new page in the same browser, after what was there was closed or has crashed. */
  private async again(): Promise<Tab> {
    const tab = new Tab(this.context, this.browser, await this.context.newPage());
    tab.cardLost = this.cardLost;
    await this.page.close();
    return tab;
  }

  close(): Promise<void> {
    return this.context.close();
  }

  /** Ends it as ordered. The same tab where its page goes on by itself; undefined where the browser is gone. */
  async strike(kind: PageKind): Promise<Tab | undefined> {
    if (kind === 'worker') {
      await this.page.evaluate(() => window.endWorkers?.());
      return this;
    }
    if (kind === 'gpu') {
      this.cardLost += 1;
      await this.killProcess('GPU');
      return this;
    }
    if (kind === 'tab') return this.again();
    if (kind === 'renderer') {
      const crashed = this.page.waitForEvent('crash');
      const session = await this.context.newCDPSession(this.page);
      session.send('Page.crash').catch(() => {});
      await crashed;
      return this.again();
    }
    const closed = this.context.waitForEvent('close');
    await this.killProcess('browser');
    await closed;
    return undefined;
  }

  private async killProcess(type: string): Promise<void> {
    const { processInfo } = await this.browser.send('SystemInfo.getProcessInfo');
    const found = processInfo.find((process) => process.type === type);
    if (!found) throw new Error(`no ${type} process among ${processInfo.map((process) => process.type)}`);
    process.kill(found.id, 'SIGKILL');
  }

  /** What the power leaves of the checkpoints, before the studio sees them. */
  async cut(kind: PageKind, draw: Draw): Promise<void> {
    const shares = [draw(), draw()] as const;
    if (!isCut(kind)) return;
    await openEmpty(this.page);
    await cutStored(this.page, kind, shares);
  }
}

export function pageMoment({ kind, ...rest }: PageOrder, draw: Draw) {
  return momentFor({ ...rest, kind: isCut(kind) ? kind : 'kill' }, draw, PAGE_INTERVAL);
}
