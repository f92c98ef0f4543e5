module.exports = require('../../jest.preset.cjs')('trackers');
