import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Contender, runScenario, type Scenario } from '../../../bench/lib/scenario.ts';
import { summarize } from '../../../bench/lib/stats.ts';
import { axisFor } from '../../../bench/report/axis.ts';

function scenarioOf(...contenders: Contender[]): Scenario {
  return {
    id: 'any',
    chapter: 'Launching',
    title: 'Any',
    isolates: 'nothing',
    rounds: 3,
    prepare: async () => contenders,
  };
}

function steady(name: string): Contender {
  return { name, run: async () => ({ '': 7 }) };
}

function failsAt(run: number): Contender {
  let runs = 0;
  return {
    name: 'fails',
    async run() {
      runs++;
      if (runs === run) throw new Error('it broke');
      return { '': 9 };
    },
  };
}

describe('runScenario()', () => {
  it('goes on without a contender that fails, and says why', async () => {
    const { figures, dropouts } = await runScenario(scenarioOf(failsAt(3), steady('goes on')));
    assert.deepEqual(dropouts, [{ contender: 'fails', failed: 'it broke' }]);
    assert.deepEqual(
      figures.map(({ key, samples }) => [key, samples.length]),
      [
        ['fails', 1], // the first does not count
        ['goes on', 3],
      ],
    );
  });

  it('keeps what was measured of one that fails to clean up', async () => {
    const close = () => Promise.reject(new Error('still there'));
    const scenario = scenarioOf({ ...steady('messy'), close });
    for (const order of ['alone', 'in turn'] as const) {
      const { figures, dropouts } = await runScenario({ ...scenario, order });
      assert.deepEqual(dropouts, [{ contender: 'messy', failed: 'still there' }]);
      assert.equal(figures[0]?.samples.length, 3);
    }
  });

  it('fails when there is nobody left', async () => {
    await assert.rejects(runScenario(scenarioOf(failsAt(1))), /it broke/);
  });
});

describe('summarize()', () => {
  it('tells how far the median may be off, from six samples on', () => {
    assert.equal(summarize([1, 2, 3, 4, 5]).doubtPercent, null);
    assert.equal(summarize([5, 5, 5, 5, 5, 5]).doubtPercent, 0);
    // 95 % of the medians of 100 samples lie between the 41st and the 60th of them.
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    const { median, doubtPercent } = summarize(hundred);
    assert.equal(median, 50.5);
    assert.equal(doubtPercent, ((60 - 41) / 2 / 50.5) * 100);
  });
});

describe('axisFor()', () => {
  const of = (...medians: number[]) =>
    axisFor(
      medians.map((median) => summarize([median])),
      0,
      400,
    );

  it('has round ticks, and the longest bar at its end', () => {
    const { ticks, isLogarithmic, x } = of(12, 47);
    assert.deepEqual([ticks, isLogarithmic, x(47)], [[0, 10, 20, 30, 40], false, 400]);
  });

  it('is logarithmic where the smallest could not be seen', () => {
    const { ticks, isLogarithmic } = of(0, 0.3, 870);
    assert.deepEqual([ticks, isLogarithmic], [[1, 10, 100], true]);
  });
});
