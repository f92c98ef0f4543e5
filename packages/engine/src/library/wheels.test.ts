import { expect, it } from '@jest/globals';
import { isSupported, libraryNames } from './wheels.js';

it('names the libraries as each system does', () => {
  expect(libraryNames('linux').cc).toBe('libtensorflow_cc.so.2');
  expect(libraryNames('darwin').framework).toBe('libtensorflow_framework.2.dylib');
});

it('supports the patch releases of 2.20', () => {
  expect(['2.20.0', '2.20.1', '2.20.0rc0', '2.19.1', '2.21.0'].filter(isSupported)).toEqual([
    '2.20.0',
    '2.20.1',
  ]);
});
