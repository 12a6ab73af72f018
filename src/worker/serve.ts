/** Commands in, events out: an engine behind a wire. Knows neither where the engine runs nor what carries the messages. */
import type { PushProgress } from '../engine/hub/push/types';
import type { DownloadProgress } from '../engine/hub/types';
import type { SelfTestProgress, StudioEngine } from '../engine/studio';
import { toFailure } from './failure';
import type { Command, Event, Reply } from './protocol';

/** Some milliseconds of work for the page. */
const ROWS_AT_A_TIME = 1000;

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
      case 'closeModel': {
        const closed = engine.closeModel(command.role).then(() => true as const);
        return answer(command.id, named('closeModel', closed));
      }
      case 'loadData': {
        const { id, split, name, file, options } = command;
        const loaded = engine.loadData(split, name, file, options).then(({ examples, ...rest }) => {
          for (let at = 0; at < examples.length; at += ROWS_AT_A_TIME)
            post({ type: 'rows', id, examples: examples.slice(at, at + ROWS_AT_A_TIME) });
          return { ...rest, examples: [] };
        });
        return answer(id, named('loadData', loaded));
      }
      case 'editRows':
        return answer(
          command.id,
          named(
            'editRows',
            engine.editRows(command.split, command.changes).then(() => true),
          ),
        );
      case 'divideRows':
        return answer(command.id, named('divideRows', engine.divideRows(command.share, command.seed)));
      case 'findTwins':
        return answer(command.id, named('findTwins', engine.findTwins()));
      case 'measureRows': {
        const { id, role, recipe } = command;
        const progress = (done: number, total: number): void => post({ type: 'measuring', id, done, total });
        return answer(id, named('measureRows', engine.measureRows(role, recipe, progress)));
      }
      case 'rowTokens': {
        const { id, split, place, role, recipe } = command;
        return answer(id, named('rowTokens', engine.rowTokens(split, place, role, recipe)));
      }
      case 'loadAdapter':
        return answer(command.id, named('loadAdapter', engine.loadAdapter(command.role, command.source)));
      case 'discardAdapter':
        return answer(
          command.id,
          named(
            'discardAdapter',
            engine.discardAdapter(command.role).then(() => true),
          ),
        );
      case 'restoreResult': {
        const { id, artifact, source, steps } = command;
        const restored = engine.restoreResult(artifact, source, steps).then(() => true as const);
        return answer(id, named('restoreResult', restored));
      }
      case 'saveInto': {
        const { id, artifact, place, options } = command;
        const progress = (bytes: number, total: number): void => post({ type: 'saving', id, bytes, total });
        return answer(id, named('saveInto', engine.saveInto(artifact, place, options, progress)));
      }
      case 'kernels':
        return answer(command.id, named('kernels', engine.kernels(command.request)));
      case 'selfTest': {
        const { id, request } = command;
        const listen = (progress: SelfTestProgress) => post({ type: 'selfTest', id, progress });
        return answer(id, named('selfTest', engine.selfTest(request, listen)));
      }
      case 'plan':
        return answer(command.id, named('plan', engine.plan(command.recipe)));
      case 'run': {
        const { id, stage, recipe, keeping } = command;
        const running = engine.run(stage, recipe, (event) => post({ type: 'stage', id, event }), keeping);
        return answer(id, named('run', running));
      }
      case 'checkpoints':
        return answer(command.id, named('checkpoints', engine.checkpoints()));
      case 'inspectCheckpoint':
        return answer(command.id, named('inspectCheckpoint', engine.inspectCheckpoint(command.file)));
      case 'checkpointFile':
        return answer(command.id, named('checkpointFile', engine.checkpointFile(command.key)));
      case 'deleteCheckpoints': {
        const deleted = engine.deleteCheckpoints(command.keys).then(() => true as const);
        return answer(command.id, named('deleteCheckpoints', deleted));
      }
      case 'chat': {
        const { id, request } = command;
        const answers = engine.chat(request, (event) => post({ type: 'chat', id, event }));
        return answer(id, named('chat', answers));
      }
      case 'compareTokens':
        return answer(command.id, named('compareTokens', engine.compareTokens(command.request)));
      case 'vouch': {
        const { id, request } = command;
        const report = engine.vouch(request, (event) => post({ type: 'vouch', id, event }));
        return answer(id, named('vouch', report));
      }
      case 'findModel':
        return answer(command.id, named('findModel', engine.findModel(command.request)));
      case 'download': {
        const { id, request } = command;
        const listen = (progress: DownloadProgress) => post({ type: 'download', id, progress });
        return answer(id, named('download', engine.download(request, listen)));
      }
      case 'storedModels':
        return answer(command.id, named('storedModels', engine.storedModels()));
      case 'deleteStored':
        return answer(command.id, named('deleteStored', engine.deleteStored(command.key)));
      case 'inspectPush':
        return answer(command.id, named('inspectPush', engine.inspectPush(command.folder)));
      case 'push': {
        const { id, request } = command;
        const listen = (progress: PushProgress) => post({ type: 'push', id, progress });
        return answer(id, named('push', engine.push(request, listen)));
      }
      case 'cancelPush':
        return engine.cancelPush();
      case 'cancelDownload':
        return engine.cancelDownload();
      case 'stopSelfTest':
        return engine.stopSelfTest();
      case 'stopChat':
        return engine.stopChat();
      case 'stopVouching':
        return engine.stopVouching();
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
