/** Commands in, events out: an engine behind a wire. Knows neither where the engine runs nor what carries the messages. */
import type { StudioEngine } from '../engine/studio';
import { toFailure } from './failure';
import type { Command, Event, Reply } from './protocol';

/** The handler of one wire. Every command with an id is answered exactly once, by `reply` or `failed`. */
export function serve(engine: StudioEngine, post: (event: Event) => void): (command: Command) => void {
  const answer = (id: number, work: Promise<Reply>): void => {
    work.then(
      (reply) => post({ type: 'reply', id, reply }),
      (error: unknown) => post({ type: 'failed', id, failure: toFailure(error) }),
    );
  };

  return (command) => {
    switch (command.type) {
      case 'open':
        return answer(command.id, named('open', engine.open()));
      case 'loadModel':
        return answer(command.id, named('loadModel', engine.loadModel(command.role, command.source)));
      case 'loadData':
        return answer(command.id, named('loadData', engine.loadData(command.split, command.name, command.file)));
      case 'plan':
        return answer(command.id, named('plan', engine.plan(command.recipe)));
      case 'run': {
        const { id, stage, recipe } = command;
        const running = engine.run(stage, recipe, (event) => post({ type: 'stage', id, event }));
        return answer(id, named('run', running));
      }
      case 'pause':
        return engine.pause();
      case 'resume':
        return engine.resume();
      case 'stop':
        return engine.stop();
      default:
        command satisfies never;
    }
  };
}

type Value<To extends Reply['to']> = Extract<Reply, { to: To }>['value'];
type Named<To extends Reply['to']> = { readonly to: To; readonly value: Value<To> };

async function named<To extends Reply['to']>(to: To, work: Promise<Value<To>>): Promise<Named<To>> {
  return { to, value: await work };
}
