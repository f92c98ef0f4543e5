const preset = require('../../jest.preset.cjs')('docs');

module.exports = { ...preset, testMatch: ['<rootDir>/*.test.ts'], maxConcurrency: 2 };
