/** The engine's side of vouching: refused while the card is needed, loaded when somebody asks for it. */
import type { Lookout } from './lookout';
import type { Held } from './stagesEngine';
import { StudioError } from './studioError';
import type { VouchDoor } from './vouch/report';
import type { OpenSecond, SecondEngine } from './vouch/second';

export const noSecond: OpenSecond = () => {
  const message = 'There is no second engine here: the page has one, and so has the command line.';
  return Promise.reject(new StudioError('second-unavailable', message));
};

export function createVouching({ turns, card, datasets }: Held, open: OpenSecond, lookout: Lookout): VouchDoor {
  let second: SecondEngine | undefined;
  const openSecond: OpenSecond = async (request) => {
    second = await open(request);
    return second;
  };
  return {
    vouch: (request, listen) =>
      turns.load(() =>
        turns.inquiries.ask(card.gpu, turns.running, async (control) => {
          const { vouch } = await import('./vouch/vouch');
          const prepare = card.kernels.prepare.bind(card.kernels);
          const examples = datasets.data.test?.examples ?? [];
          return vouch({ gpu: card.gpu, prepare, openSecond, examples, control, lookout }, request, listen);
        }),
      ),
    /** A row of a large model takes long on WebAssembly: the one under way is given up. */
    stopVouching: () => {
      turns.inquiries.stop();
      void second?.close();
    },
  };
}
