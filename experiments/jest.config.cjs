const preset = require('../jest.preset.cjs')('experiments');

module.exports = { ...preset, testMatch: ['<rootDir>/*.test.ts'] };
