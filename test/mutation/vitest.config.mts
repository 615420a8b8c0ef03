import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The table of states and events goes first: it is quick, and most mutants of the machine end there. */
class ChartFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const sorted = await super.sort(files);
    const isChart = ({ moduleId }: TestSpecification) => moduleId.includes('/test/chart/');
    return [...sorted.filter(isChart), ...sorted.filter((file) => !isChart(file))];
  }
}

/** The tests that hold the machines, the actors and the sessions, and that take next to no time. */
export default defineConfig({
  test: {
    include: [
      'test/mutation/*.test.ts',
      'test/chart/*.test.ts',
      'test/unit/{machines,actors}/*.test.ts',
      'test/unit/*.test.ts',
    ],
    exclude: ['test/unit/linearTime.test.ts', 'test/unit/channel/frameInbox.test.ts'],
    sequence: { sequencer: ChartFirst },
  },
});
