import { useEffect } from 'preact/hooks';

/** Sets the title of the tab while a page is open, so that several tabs and the history of the browser can be told apart. */
export function useTitle(page: string): void {
  useEffect(() => {
    document.title = `${page} · Purchasing console`;
  }, [page]);
}
