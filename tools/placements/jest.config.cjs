const preset = require('../../jest.preset.cjs')('placements');

module.exports = { ...preset, testMatch: ['<rootDir>/*.test.ts'] };
