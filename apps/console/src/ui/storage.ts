/** Values that the browser remembers for this site; nothing is remembered where a frame of another site may not store. */
export function recall(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The value holds until the page is left.
  }
}
