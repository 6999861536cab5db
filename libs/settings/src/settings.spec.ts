import { loadSettings, SETTINGS } from './settings';

describe('the settings', () => {
  it('have defaults for all', () => {
    expect(loadSettings({})).toMatchObject({ host: '127.0.0.1', port: 3000, projector: 'inside', logLevel: 'warn' });
    expect(loadSettings({}).dataDir).toMatch(/\.data$/);
  });

  it('take an empty variable for an absent one', () => {
    expect(loadSettings({ PORT: '', EVENTSTORE_URL: ' ' })).toMatchObject({ port: 3000, eventStoreUrl: undefined });
  });

  it('name every wrong variable at once', () => {
    const wrong = {
      PORT: 'x',
      EVENTSTORE_URL: 'http://x',
      DATABASE_URL: 'mysql://x',
      TOKEN_SECRET: 'short',
      LOG_LEVEL: 'loud',
    };
    let message = '';
    try {
      loadSettings(wrong);
    } catch (error) {
      message = String(error);
    }
    for (const name of Object.keys(wrong)) expect(message).toContain(name);
  });

  it('are each listed once', () => {
    expect(new Set(SETTINGS.map(({ name }) => name)).size).toBe(SETTINGS.length);
  });
});
