import type { Page } from '@app/read-models/queries/pages';

/** All items of all pages. */
export async function itemsOf<K, T>(page: Page<K, T> | Promise<Page<K, T>>): Promise<T[]> {
  const items: T[] = [];
  for await (const chunk of (await page).chunks) items.push(...chunk);
  return items;
}
