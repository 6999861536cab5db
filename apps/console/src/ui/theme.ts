import { computed, signal } from '@preact/signals';
import { recall, remember } from './storage';

const KEY = 'purchasing.theme';

/** The theme that the reader chose; empty: the one of the system. Remembered. */
const theme = signal(recall(KEY));

function apply(): void {
  if (theme.value === '') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

apply();

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const isSystemDark = signal(systemIsDark.matches);
systemIsDark.addEventListener('change', ({ matches }) => (isSystemDark.value = matches));

/** Whether the page is dark, by the choice of the reader or by the system. */
export const isDark = computed(() => (theme.value === '' ? isSystemDark.value : theme.value === 'dark'));

export function toggleTheme(): void {
  theme.value = isDark.value ? 'light' : 'dark';
  remember(KEY, theme.value);
  apply();
}
