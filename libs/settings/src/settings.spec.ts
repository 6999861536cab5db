import { loadSettings, misspeltSettings } from './settings';
import { SETTINGS } from './setting-table';

describe('the settings', () => {
  it('all have defaults', () => {
    expect(loadSettings({})).toMatchObject({ host: '127.0.0.1', port: 3000, projector: 'inside', logLevel: 'log' });
    expect(loadSettings({}).dataDir).toMatch(/\.data$/);
  });

  it('treat an empty variable as absent', () => {
    expect(loadSettings({ PORT: '', EVENTSTORE_URL: ' ' })).toMatchObject({ port: 3000, eventStoreUrl: undefined });
  });

  it('report every invalid variable at once', () => {
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

  it('are listed once each', () => {
    expect(new Set(SETTINGS.map(({ name }) => name)).size).toBe(SETTINGS.length);
  });

  it('accept the URL of a KurrentDB', () => {
    const urlOf = (EVENTSTORE_URL: string) => loadSettings({ EVENTSTORE_URL }).eventStoreUrl;
    expect(urlOf('kurrentdb://a:2113?tls=false')).toBe('esdb://a:2113?tls=false');
    expect(urlOf('kdb+discover://a:2113')).toBe('esdb+discover://a:2113');
    expect(urlOf('esdb://kurrentdb:2113')).toBe('esdb://kurrentdb:2113');
  });

  it('decide whether a demo site is created', () => {
    expect(loadSettings({}).demoSite).toBeUndefined();
    expect(loadSettings({ DEMO_SITE: 'false' }).demoSite).toBe(false);
    expect(() => loadSettings({ DEMO_SITE: 'no' })).toThrow('setting DEMO_SITE must be true or false');
  });

  it.each([
    ['POTR', 'PORT'],
    ['port', 'PORT'],
    ['HOTS', 'HOST'],
    ['DATADIR', 'DATA_DIR'],
    ['EVENT_STORE_URL', 'EVENTSTORE_URL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['TOKEN_SECRETS', 'TOKEN_SECRET'],
  ])('are missed by %s, which is told', (wrong, meant) => {
    expect(misspeltSettings({ [wrong]: 'x' })).toEqual([`${wrong} is no setting: did you mean ${meant}?`]);
  });

  it('are not reported as misspelt when set beside a similar name, nor are other names', () => {
    expect(misspeltSettings({ POTR: '1', PORT: '2' })).toEqual([]);
    const others = [
      'PATH',
      'HOME',
      'PWD',
      'SHELL',
      'TERM',
      'USER',
      'LANG',
      'HOSTNAME',
      'NODE_ENV',
      'XDG_DATA_DIRS',
      'LOGNAME',
    ];
    expect(misspeltSettings(Object.fromEntries(others.map((name) => [name, 'x'])))).toEqual([]);
  });
});
