import { tensorflow } from '@paperlab/engine';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

/**
 * Our half of the conversation with the harness (`contender.ts`), once we are warm: says our versions, then does a round
 * for every line on stdin, until its end.
 * @param round what it returns is the answer
 * @param parameters of the network that it trains, to compare with the others'
 */
export async function serve(round: () => Promise<object>, parameters?: number): Promise<void> {
  const answer = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
  const { version: paperlab } = createRequire(import.meta.url)('@paperlab/runner/package.json');
  answer({
    versions: { paperlab, tensorflow: (await tensorflow()).version, node: process.versions.node },
    parameters,
  });
  const words = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  while (!(await words.next()).done) answer(await round());
}
