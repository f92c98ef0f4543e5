/** Shared jest settings: native ESM, TypeScript by swc, the packages' sources instead of their builds. */
module.exports = (displayName) => ({
  displayName,
  testEnvironment: 'node',
  // jest runs CommonJS imports of a module in any order; tsyringe wants this one before itself.
  setupFiles: [require.resolve('reflect-metadata')],
  testTimeout: 30_000, // the machines are small and shared: a limit for what hangs, not for what is slow
  testMatch: ['<rootDir>/src/**/*.test.ts'],
  silent: true, // what libraries print, such as tfjs's advice to install tfjs-node; --silent=false shows it
  reporters: ['default', require.resolve('./tools/test-results.mjs')],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: ['@paperlab/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true, dynamicImport: true },
          transform: { legacyDecorator: true, useDefineForClassFields: false },
        },
      },
    ],
  },
});
