/**
 * The same items, the next of which is made while one is in use: the disk reads beside the work. An item is in memory
 * more than without. An error comes when it is its turn.
 */
export async function* oneAhead<T>(items: AsyncIterator<T>): AsyncGenerator<T> {
  let coming = items.next();
  try {
    while (true) {
      const item = await coming;
      if (item.done === true) return;
      coming = items.next();
      // Told above, if anybody still asks for it.
      coming.catch(() => undefined);
      yield item.value;
    }
  } finally {
    await coming.catch(() => undefined);
    await items.return?.();
  }
}
