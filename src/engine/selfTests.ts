/** The self-test as the engine runs it: loaded when somebody asks for it, and stopped between two kernels. */
import type { Gpu } from './gpu/gpu';
import type { SelfTestProgress, SelfTestReport, SelfTestRequest } from './studio';
import { StudioError } from './studioError';

export class SelfTests {
  private current: { stopped: boolean } | undefined;

  async run(gpu: Gpu, { all }: SelfTestRequest, tell: (progress: SelfTestProgress) => void): Promise<SelfTestReport> {
    const own = { stopped: false };
    this.current = own;
    try {
      const { casesFor, runSelfTest } = await import('./selfTest/selfTest');
      const watch = { stopped: () => own.stopped, tell, now: () => performance.now() };
      return await runSelfTest(gpu, casesFor(gpu, all), watch);
    } finally {
      this.current = undefined;
    }
  }

  stop(): void {
    if (this.current) this.current.stopped = true;
  }

  refuseWhileRunning(): void {
    if (this.current) throw new StudioError('self-testing', 'The kernels are still being compared with their twins.');
  }
}
