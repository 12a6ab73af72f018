/** The page: language, studio, React. Wires and nothing else. */
import { createRoot } from 'react-dom/client';
import { browserStorage, createStudio } from './store';
import { App } from './ui/App';
import { startLanguage } from './ui/i18n';
import { keepWhenIdle } from './ui/offline/offline';
import { createClient, startWorker } from './worker/client';
import { ownScript } from './worker/ownScript';
import './ui/styles/index.css';

const newClient = () => {
  const worker = startWorker();
  return createClient(worker, () => worker.terminate());
};
const studio = createStudio(newClient, document.baseURI, undefined, browserStorage);

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with id “root”');
const started = studio.start();
await startLanguage();
createRoot(root).render(<App studio={studio} />);
// Built pages only: while developing, what was kept would stand before what was changed.
if (import.meta.env.PROD)
  started.finally(() => keepWhenIdle(ownScript(new URL('serviceWorker.js', document.baseURI).href)));
