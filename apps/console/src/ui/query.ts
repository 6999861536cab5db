import { useLocation } from 'preact-iso';

export interface Query {
  /** A value of the address; empty when the address does not have it. */
  get: (name: string) => string;
  /** Sets values of the address; an empty one is removed. `replace` makes no step in the history of the browser. */
  set: (changes: Readonly<Record<string, string>>, replace?: boolean) => void;
  /** The address of this page with other values, for a link. */
  href: (changes: Readonly<Record<string, string>>) => string;
}

function hrefWith(changes: Readonly<Record<string, string>>): string {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text === '' ? location.pathname : `${location.pathname}?${text}`;
}

/** The query of the address, in which each page stores its state, so that links and the back button restore it. */
export function useQuery(): Query {
  const { query, route } = useLocation();
  return {
    get: (name) => query[name] ?? '',
    set: (changes, replace = false) => route(hrefWith(changes), replace),
    href: hrefWith,
  };
}
