/** An object of Dawn's with something of a test's in place of some of its own. */

/** The object itself, but for these: its own methods take no other for it. */
export function withOwn<T extends object>(object: T, own: object): T {
  const bound = (key: PropertyKey): unknown => {
    const value: unknown = Reflect.get(object, key, object);
    return typeof value === 'function' ? value.bind(object) : value;
  };
  return new Proxy(object, { get: (_, key) => (key in own ? Reflect.get(own, key) : bound(key)) });
}
