import { render } from 'preact';
import { LocationProvider } from 'preact-iso';
import { listenToHost } from './api/host';
import { Shell } from './shell';
import './styles.css';
import './pages.css';

if (location.pathname.startsWith('/account')) listenToHost();

const root = document.getElementById('console');
if (root !== null)
  render(
    <LocationProvider>
      <Shell />
    </LocationProvider>,
    root,
  );
