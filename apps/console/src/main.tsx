import { render } from 'preact';
import { LocationProvider } from 'preact-iso';
import { Shell } from './shell';
import './styles.css';
import './pages.css';

const root = document.getElementById('console');
if (root !== null)
  render(
    <LocationProvider>
      <Shell />
    </LocationProvider>,
    root,
  );
