/**
 * What esbuild bundles: the engine and tfjs-core's tests, on one copy of tfjs-core. Loading it describes the tests to
 * jasmine.
 */
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util';
import { tensorflow } from '@paperlab/engine';

await tensorflow();
setTestEnvs([{ name: 'test-tensorflow', backendName: 'tensorflow', flags: {}, isDataSync: true }]);
await import('@tensorflow/tfjs-core/dist/tests');
