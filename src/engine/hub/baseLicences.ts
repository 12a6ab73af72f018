/** Licences of the models that others are made from: as the cards of those say that were opened or downloaded here. */
import type { Licence } from '../formats/licence';
import type { StoredModel } from './types';

export class BaseLicences {
  private readonly stored: () => Promise<readonly StoredModel[]>;
  private readonly opened = new Map<string, Licence>();

  /** `stored` gives what is on the shelf; it may reject where there is none. */
  constructor(stored: () => Promise<readonly StoredModel[]>) {
    this.stored = stored;
  }

  /** Of a model that was opened; undefined where nothing beside it says one. */
  learn(name: string, licence: Licence | undefined): void {
    if (licence) this.opened.set(name, licence);
  }

  /** `name` is as a card has it. */
  async of(name: string): Promise<Licence | undefined> {
    const found = [...this.opened].find(([opened]) => sameModel(opened, name));
    if (found) return found[1];
    const stored = await this.stored().catch(() => []);
    return stored.find(({ model }) => sameModel(model.name, name))?.model.licence;
  }
}

/** A folder is often called as its model, without the owner. */
function sameModel(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a === b || (a.includes('/') !== b.includes('/') && a.split('/').at(-1) === b.split('/').at(-1));
}
