/** The page: language, studio, React. Wires and nothing else. */
import { createRoot } from 'react-dom/client';
import { browserStorage, createStudio } from './store';
import { App } from './ui/App';
import { startLanguage } from './ui/i18n';
import { createClient, startWorker } from './worker/client';
import './ui/styles/index.css';

const newClient = () => {
  const worker = startWorker();
  return createClient(worker, () => worker.terminate());
};
const studio = createStudio(newClient, document.baseURI, undefined, browserStorage);

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with id “root”');
studio.start();
await startLanguage();
createRoot(root).render(<App studio={studio} />);
