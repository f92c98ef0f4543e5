const preset = require('../../jest.preset.cjs')('golden');

module.exports = { ...preset, testMatch: ['<rootDir>/*.test.ts'] };
