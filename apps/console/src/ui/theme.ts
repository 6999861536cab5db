import { signal } from '@preact/signals';
import { recall, remember } from './storage';

const KEY = 'purchasing.theme';

/** The theme that the reader chose; empty: the one of the system. Remembered. */
export const theme = signal(recall(KEY));

function apply(): void {
  if (theme.value === '') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

apply();

export function toggleTheme(): void {
  const isDark = theme.value === '' ? matchMedia('(prefers-color-scheme: dark)').matches : theme.value === 'dark';
  theme.value = isDark ? 'light' : 'dark';
  remember(KEY, theme.value);
  apply();
}
